"""The HTTP face: Connect, JSON and gRPC-Web, over the same handlers as gRPC."""
