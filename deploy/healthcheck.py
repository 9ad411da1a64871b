"""`python healthcheck.py HOST:PORT`: exit with 0 when the gRPC server there says SERVING.

Over TLS where RUNWAY_CLIENT_TLS_CA_FILE says who signed its certificate, which must then be for
that host; RUNWAY_CLIENT_TLS_CERTIFICATE_FILE and _KEY_FILE are shown to a server that asks.
"""

import os
import sys
from pathlib import Path
from typing import Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

# The server is in this very container, whatever proxy the engine's settings put into it.
NO_PROXY = [("grpc.enable_http_proxy", 0)]
TLS = "RUNWAY_CLIENT_TLS_"


def channel_to(address: str) -> grpc.Channel:
    """Return a channel to the server; exit with one line where the settings cannot be used."""
    ca, certificate, key = (
        Path(file) if (file := os.environ.get(TLS + name)) else None
        for name in ("CA_FILE", "CERTIFICATE_FILE", "KEY_FILE")
    )
    if not (ca or certificate or key):
        return grpc.insecure_channel(address, NO_PROXY)
    # Imported where it is needed: it takes longer than the check.
    from service_kit.process import StartError
    from service_kit.tls import client_tls

    try:
        tls = client_tls(ca, certificate, key, TLS)
    except StartError as error:
        sys.exit(str(error))
    assert tls is not None
    return grpc.secure_channel(address, tls.credentials(), NO_PROXY)


def main(address: str) -> int:
    """Return 0 when the server serves, and 1 after one line on standard error when it does not."""
    with channel_to(address) as channel:
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
