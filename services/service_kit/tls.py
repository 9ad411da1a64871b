"""TLS on a server's ports, and towards other servers: from files that settings name."""

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import structlog

from service_kit.process import StartError
from service_kit.settings import ServerSettings, is_loopback

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class ServerTls:
    """A server's certificate and key (PEM), and who must sign its clients' certificates, if they
    have to show one.
    """

    certificate_file: Path
    key_file: Path
    client_ca_file: Path | None = None

    def credentials(self) -> grpc.ServerCredentials:
        """Return what a gRPC server takes; files that change are read again with the next
        connection.
        """
        last = self._stamp()

        def changed() -> Any:
            nonlocal last
            now = self._stamp()
            if now == last:
                return None
            last = now
            return self._configuration()

        return grpc.dynamic_ssl_server_credentials(
            self._configuration(), changed, require_client_authentication=bool(self.client_ca_file)
        )

    def context(self) -> ssl.SSLContext:
        """Return what an HTTP server takes; files that change are read again with the next
        connection.
        """
        first = self._context()
        self.renew(first)
        return first

    def renew(self, first: ssl.SSLContext) -> None:
        """Have what a server took show files that change from the next connection on."""
        shown, last = self._context(), self._stamp()

        def look_again(connection: Any, name: str | None, context: ssl.SSLContext) -> None:
            nonlocal shown, last
            now = self._stamp()
            if now != last:
                try:
                    shown, last = self._context(), now
                except OSError:
                    # Half of a pair is there; the next connection looks again.
                    log.warning("a certificate that was replaced cannot be used yet")
            connection.context = shown

        # Called for each connection, also where the client names no host.
        first.sni_callback = look_again

    def _context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate_file, self.key_file)
        if self.client_ca_file:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(self.client_ca_file)
        return context

    def _configuration(self) -> Any:
        return grpc.ssl_server_certificate_configuration(
            [(self.key_file.read_bytes(), self.certificate_file.read_bytes())],
            self.client_ca_file.read_bytes() if self.client_ca_file else None,
        )

    def _stamp(self) -> tuple[int, ...]:
        files = [self.certificate_file, self.key_file, self.client_ca_file]
        return tuple(file.stat().st_mtime_ns for file in files if file)


@dataclass(frozen=True, slots=True)
class ClientTls:
    """Who must have signed the certificates of servers, and what this client shows of itself.

    The files are read when a channel is made, and not again: a server's certificate may change
    while it runs, a client's takes a restart.
    """

    ca_file: Path
    certificate_file: Path | None = None
    key_file: Path | None = None

    def credentials(self) -> grpc.ChannelCredentials:
        """Return what a gRPC channel takes."""
        key = self.key_file.read_bytes() if self.key_file else None
        certificate = self.certificate_file.read_bytes() if self.certificate_file else None
        return grpc.ssl_channel_credentials(self.ca_file.read_bytes(), key, certificate)


def server_tls(settings: ServerSettings) -> ServerTls | None:
    """Return what a server's settings ask for; None for plain text.

    Raises StartError when they do not fit each other, or a file cannot be used.
    """
    certificate_file, key_file = settings.tls_certificate_file, settings.tls_key_file
    client_ca_file, host = settings.tls_client_ca_file, settings.bind_host
    if certificate_file is None and key_file is None and client_ca_file is None:
        if not is_loopback(host):
            log.warning("without TLS beyond this host; set RUNWAY_TLS_CERTIFICATE_FILE", host=host)
        return None
    if certificate_file is None or key_file is None:
        raise StartError(
            "RUNWAY_TLS_CERTIFICATE_FILE and RUNWAY_TLS_KEY_FILE belong together; set both."
        )
    _check("RUNWAY_TLS_", certificate_file, key_file, client_ca_file)
    return ServerTls(certificate_file, key_file, client_ca_file)


def client_tls(
    ca_file: Path | None, certificate_file: Path | None, key_file: Path | None, prefix: str
) -> ClientTls | None:
    """Return how to call other servers; None for plain text. `prefix` is that of the variables.

    Raises StartError when the settings do not fit each other, or a file cannot be used.
    """
    if ca_file is None and certificate_file is None and key_file is None:
        return None
    if ca_file is None:
        raise StartError(
            f"{prefix}CA_FILE is missing: it says whose certificates to trust; set it."
        )
    if (certificate_file is None) != (key_file is None):
        raise StartError(
            f"{prefix}CERTIFICATE_FILE and {prefix}KEY_FILE belong together; set both."
        )
    _check(prefix, certificate_file, key_file, ca_file)
    return ClientTls(ca_file, certificate_file, key_file)


def _check(
    prefix: str, certificate_file: Path | None, key_file: Path | None, ca_file: Path | None
) -> None:
    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        if certificate_file and key_file:
            context.load_cert_chain(certificate_file, key_file)
        if ca_file:
            context.load_verify_locations(ca_file)
    except OSError as error:
        why = error.strerror or "it is no certificate or key in PEM, or they do not fit"
        raise StartError(
            f"A file that {prefix}* names cannot be used ({why}); give PEM files."
        ) from None
