"""The rules and nouns of a business's books, in plain Python: no gRPC, no protobuf, no SQL."""
