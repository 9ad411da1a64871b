"""The experiences as gRPC methods: each maps, calls inner services, and maps back."""
