"""Channels to the services, over TLS where the settings name who signs their certificates."""

from collections.abc import Sequence

import grpc

from runway_cli.errors import CommandError
from runway_cli.settings import Settings
from service_kit.process import StartError
from service_kit.tls import client_tls

# A proxy set for the web must not be asked for an address that a service listens on.
_NO_PROXY = ("grpc.enable_http_proxy", 0)


def channel(
    settings: Settings, address: str, options: Sequence[tuple[str, int]] = ()
) -> grpc.Channel:
    """Return a channel to an address.

    Raises CommandError when the files of RUNWAY_CLIENT_TLS_* cannot be used.
    """
    try:
        tls = client_tls(
            settings.client_tls_ca_file,
            settings.client_tls_certificate_file,
            settings.client_tls_key_file,
            "RUNWAY_CLIENT_TLS_",
        )
    except StartError as error:
        raise CommandError(str(error)) from None
    options = [*options, _NO_PROXY]
    if tls is None:
        return grpc.insecure_channel(address, options)
    return grpc.secure_channel(address, tls.credentials(), options)
