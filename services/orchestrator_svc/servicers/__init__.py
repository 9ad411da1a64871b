"""The gRPC face: each method maps the request, calls one use case, and maps the answer back."""
