"""`python healthcheck.py HOST:PORT`: exit with 0 when the gRPC server there says SERVING."""

import sys
from typing import Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

# The server is in this very container, whatever proxy the engine's settings put into it.
NO_PROXY = [("grpc.enable_http_proxy", 0)]


def main(address: str) -> int:
    """Return 0 when the server serves, and 1 after one line on standard error when it does not."""
    with grpc.insecure_channel(address, NO_PROXY) as channel:
        # The stub gets its methods at run time, out of a type checker's sight.
        stub: Any = health_pb2_grpc.HealthStub(channel)
        try:
            status = stub.Check(health_pb2.HealthCheckRequest(), timeout=3).status
        except grpc.RpcError as error:
            print(f"{address} does not answer: {error.code().name}", file=sys.stderr)
            return 1
    if status != health_pb2.HealthCheckResponse.SERVING:
        name = health_pb2.HealthCheckResponse.ServingStatus.Name(status)
        print(f"{address} says {name}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
