"""How an experience is put together: plain rules that know neither gRPC nor protobuf."""
