"""Web servers on this machine that answer as a test wishes, and note what they were asked."""

from __future__ import annotations

import datetime
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

Reply = Callable[[socket.socket, "Asked"], None]


@dataclass(frozen=True)
class Asked:
    line: str
    headers: dict[str, str]
    body: bytes


def answer(status: str = "200 OK", body: bytes = b"ok", **headers: str) -> Reply:
    """The usual answer; `headers` with underscores for hyphens."""

    def reply(connection: socket.socket, asked: Asked) -> None:
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        connection.sendall("\r\n".join([*lines, "", ""]).encode() + body)

    return reply


def reset(connection: socket.socket, asked: Asked) -> None:
    """The line is cut instead of an answer."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")


class WebServer:
    """Answers each request in a thread of its own by `reply`; `asked` is what came, in order.

    `hold` is a reply that waits until `let_go()` or the end of the server.
    """

    def __init__(self, reply: Reply | None = None, *, certificate: Path | None = None) -> None:
        self.reply: Reply = reply or answer()
        self.asked: list[Asked] = []
        self.connections = 0
        self.has_arrived = threading.Event()
        self._released = threading.Event()
        self._context: ssl.SSLContext | None = None
        if certificate is not None:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(certificate)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http{'s' if self._context else ''}://127.0.0.1:{self.port}/hook"

    def stop(self) -> None:
        self.let_go()
        self._socket.close()

    def let_go(self) -> None:
        self._released.set()

    def hold(self, connection: socket.socket, asked: Asked) -> None:
        self._released.wait(60)
        answer()(connection, asked)

    def drip(self, connection: socket.socket, asked: Asked) -> None:
        """An answer of one byte now and then, without end."""
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while not self._released.wait(0.2):
            connection.sendall(b"x")

    def _accept(self) -> None:
        while True:
            try:
                connection, _address = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            if self._context is not None:
                connection = self._context.wrap_socket(connection, server_side=True)
            with connection:
                asked = self._read(connection)
                self.asked.append(asked)
                self.has_arrived.set()
                self.reply(connection, asked)
        except OSError:
            pass  # The other side hung up, or refused the certificate.

    @staticmethod
    def _read(connection: socket.socket) -> Asked:
        data = b""
        while b"\r\n\r\n" not in data:
            data += connection.recv(65536) or b"\r\n\r\n"
        head, _, body = data.partition(b"\r\n\r\n")
        line, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (text.partition(":") for text in lines)}
        while len(body) < int(headers.get("content-length", 0)):
            body += connection.recv(65536)
        return Asked(line, headers, body)


def make_certificate(folder: Path, *, address: str = "127.0.0.1") -> Path:
    """A key and a certificate that signs itself, for that address, in one file."""
    import ipaddress

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sink")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"sink-{address}.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return path
