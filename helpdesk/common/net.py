"""The one way out by HTTP (reliability-security 1.11): for webhooks, chat, and whatever else calls another server.

A name is looked up once, every address it has must be public, and exactly the address that was looked at is the one
connected to: the check sits where the connection is opened, so no address goes round it. The certificate is verified
for the name. Redirects are not followed, proxies of the environment not used. Private addresses and other ports only
as `EGRESS_ALLOW` names them.
"""

from __future__ import annotations

import ipaddress
import queue
import re
import socket
import ssl
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from time import monotonic
from typing import Any, Literal

import httpcore
import httpx
from django.conf import settings

TIME_LIMIT = 10.0  # seconds, from the look-up of the name to the last byte of the answer
MAX_ANSWER = 64 * 1024
SCHEMES = {"http": 80, "https": 443}
# What web servers listen on. Ports above 1023 hold databases and caches too, so no other is free.
PORTS = frozenset({80, 443, 8080, 8443})
_LAST_LABEL_IS_A_NUMBER = re.compile(r"(^|\.)(0x[0-9a-f]*|[0-9]+)\.?$", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x20\x7f]")
_AUTHORITY = re.compile(r"[a-zA-Z0-9+.-]*://([^/?#]*)")
_WITHIN_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
# Addresses that carry another one inside, lead to whoever answers first, or stand in books only.
_DISGUISED: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...] = (
    ipaddress.IPv6Network("2001::/32"),
    ipaddress.IPv6Network("2002::/16"),
    ipaddress.IPv6Network("3fff::/20"),
    ipaddress.IPv4Network("192.88.99.0/24"),
    # Older Pythons take these for public; providers of machines give their secrets there.
    ipaddress.IPv4Network("192.0.0.0/24"),
    ipaddress.IPv4Network("168.63.129.16/32"),
)
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Code = Literal[
    "bad_url",
    "scheme",
    "user_info",
    "port",
    "host",
    "unresolvable",
    "not_public",
    "tls",
    "timeout",
    "connect",
    "broken",
]


class EgressError(Exception):
    """A request that was refused or got no answer. `code` is stable, `reason` is for administrators.

    `is_refused`: our own rules forbid it. `may_have_arrived`: it had been written, so the other side may have acted.
    `seconds` is how long it took.
    """

    def __init__(self, code: Code, reason: str, *, may_have_arrived: bool = False) -> None:
        self.code = code
        self.reason = reason
        self.may_have_arrived = may_have_arrived
        self.seconds = 0.0
        super().__init__(f"{code}: {reason}")

    @property
    def is_refused(self) -> bool:
        return self.code in ("bad_url", "scheme", "user_info", "port", "host", "not_public")


@dataclass(frozen=True)
class Answer:
    """What came back. `body` holds at most MAX_ANSWER bytes as they were sent; the rest was not read."""

    status: int
    headers: httpx.Headers
    body: bytes
    is_cut: bool
    seconds: float

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300


def check_url(url: str) -> None:
    """Refuse an address that `request` would refuse now. Looks the name up; connects to nothing. Raises EgressError."""
    target = _parse(url)
    _checked_addresses(_host_of(target), _port_of(target), _Deadline(TIME_LIMIT))


def request(method: str, url: str, *, headers: Mapping[str, str] | None = None, content: bytes = b"") -> Answer:
    """One request, one answer, whatever its status. Raises EgressError."""
    deadline = _Deadline(TIME_LIMIT)
    try:
        return _exchange(method, _parse(url), headers or {}, content, deadline)
    except EgressError as error:
        error.seconds = deadline.used()
        raise


def _exchange(
    method: str, target: httpx.URL, headers: Mapping[str, str], content: bytes, deadline: _Deadline
) -> Answer:
    transport = _Transport(deadline)
    # No compression: what is counted is what arrives.
    sent = {"Accept-Encoding": "identity", "User-Agent": "helpdesk", "Connection": "close", **headers}
    try:
        with (
            httpx.Client(transport=transport, trust_env=False, follow_redirects=False, timeout=TIME_LIMIT) as client,
            client.stream(method, target, headers=sent, content=content) as response,
        ):
            body, is_cut = _read(response.iter_raw())
            return Answer(response.status_code, response.headers, body, is_cut, deadline.used())
    except EgressError as error:
        error.may_have_arrived = transport.has_written
        raise
    except (httpcore.TimeoutException, httpx.TimeoutException) as error:
        raise _failure("timeout", error, transport) from error
    except (httpcore.ConnectError, ssl.SSLError) as error:
        is_tls = isinstance(error, ssl.SSLError) or isinstance(error.__context__, ssl.SSLError)
        raise _failure("tls" if is_tls else "connect", error, transport) from error
    except (httpcore.NetworkError, httpcore.ProtocolError, httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        raise _failure("broken", error, transport) from error


def _failure(code: Code, error: Exception, transport: _Transport) -> EgressError:
    words = _CONTROL.sub(" ", str(error)) or type(error).__name__
    return EgressError(code, words[:200], may_have_arrived=transport.has_written)


def _read(chunks: Iterator[bytes]) -> tuple[bytes, bool]:
    kept = bytearray()
    for chunk in chunks:
        kept += chunk
        if len(kept) > MAX_ANSWER:
            return bytes(kept[:MAX_ANSWER]), True
    return bytes(kept), False


# --- What an address may look like -----------------------------------------------------------------------------


def _parse(url: str) -> httpx.URL:
    if _CONTROL.search(url) or "\\" in url:
        raise EgressError("bad_url", "blanks, backslashes or control characters in the address")
    try:
        target = httpx.URL(url)
        host = target.host
    except (httpx.InvalidURL, UnicodeError, ValueError) as error:
        raise EgressError("bad_url", str(error)[:200]) from error
    if target.scheme not in SCHEMES:
        raise EgressError("scheme", "only http and https")
    authority = _AUTHORITY.match(url)
    if target.userinfo or (authority is not None and "@" in authority[1]):
        raise EgressError("user_info", "no user name or password in the address")
    if not host:
        raise EgressError("bad_url", "no host")
    _refuse_odd_host(host)
    return target


def _host_of(target: httpx.URL) -> str:
    return target.raw_host.decode("ascii").strip("[]").lower().rstrip(".")


def _port_of(target: httpx.URL) -> int:
    return SCHEMES[target.scheme] if target.port is None else target.port


def _refuse_odd_host(host: str) -> None:
    """Numbers have to be written as addresses are: no octal, hexadecimal, single or missing parts, no zones."""
    if "%" in host:
        raise EgressError("host", "no zone and no escapes in the host")
    if ":" not in host and _LAST_LABEL_IS_A_NUMBER.search(host):
        try:
            ipaddress.IPv4Address(host)
        except ValueError:
            raise EgressError("host", "this is no plain IPv4 address") from None


def _is_allowed(host: str, port: int) -> bool:
    return any(port == allowed and host == name.lower() for name, allowed in settings.EGRESS_ALLOW)


def is_public(address: Address) -> bool:
    """True for an address that anybody on the internet means by it, without another one inside."""
    if isinstance(address, ipaddress.IPv6Address) and address not in _WITHIN_GLOBAL_UNICAST:
        return False  # mapped, compatible, NAT64, link-local, site-local, unique-local
    if any(address.version == net.version and address in net for net in _DISGUISED):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


# --- Looking up and connecting ---------------------------------------------------------------------------------


class _Deadline:
    """The moment at which a request has to be over, whatever it is doing."""

    def __init__(self, seconds: float) -> None:
        self._began = monotonic()
        self._ends = self._began + seconds

    def used(self) -> float:
        """Seconds since it began."""
        return monotonic() - self._began

    def left(self) -> float:
        """Seconds, more than none. Raises httpcore.ReadTimeout when it is over."""
        seconds = self._ends - monotonic()
        if seconds <= 0:
            raise httpcore.ReadTimeout(f"no answer within {TIME_LIMIT:g} seconds")
        return seconds


def _checked_addresses(host: str, port: int, deadline: _Deadline) -> list[str]:
    """The addresses that may be connected to; all of a name's, or none of them."""
    if port not in PORTS and port not in {allowed for _name, allowed in settings.EGRESS_ALLOW}:
        raise _wrong_port(port)
    addresses = _look_up(host, port, deadline)
    for address in addresses:
        if _is_allowed(host, port) or _is_allowed(str(address), port):
            continue
        if not is_public(address):
            raise EgressError("not_public", f"{host} leads to {address}, which is not public")
        if port not in PORTS:
            raise _wrong_port(port)
    return [str(address) for address in addresses]


def _wrong_port(port: int) -> EgressError:
    return EgressError("port", f"port {port} is not one of {', '.join(map(str, sorted(PORTS)))}")


def _look_up(host: str, port: int, deadline: _Deadline) -> list[Address]:
    try:
        return [ipaddress.ip_address(host)]
    except ValueError:
        pass
    found: queue.SimpleQueue[list[Any] | OSError] = queue.SimpleQueue()

    def ask() -> None:
        try:
            found.put(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            found.put(error if isinstance(error, OSError) else OSError(str(error)))

    # The resolver has time limits of its own, longer than ours.
    threading.Thread(target=ask, daemon=True, name="name-look-up").start()
    try:
        answer = found.get(timeout=deadline.left())
    except (queue.Empty, httpcore.TimeoutException):
        raise EgressError("timeout", f"no address of {host} was found in time") from None
    if isinstance(answer, OSError) or not answer:
        raise EgressError("unresolvable", f"{host} has no address")
    numbers = dict.fromkeys(str(entry[4][0]) for entry in answer)
    return [ipaddress.ip_address(number.partition("%")[0]) for number in numbers]


class _Backend(httpcore.NetworkBackend):
    """Opens connections to checked addresses only, and counts every wait against the one deadline."""

    def __init__(self, deadline: _Deadline) -> None:
        self._deadline = deadline
        self._plain = httpcore.SyncBackend()
        self.has_written = False

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        addresses = _checked_addresses(host.strip("[]").lower().rstrip("."), port, self._deadline)
        while True:
            address = addresses.pop(0)
            try:
                # One address that swallows everything leaves time for the others.
                stream = self._plain.connect_tcp(address, port, timeout=self._deadline.left() / (1 + len(addresses)))
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if not addresses:
                    raise
            else:
                return _Stream(stream, self._deadline, self)

    def connect_unix_socket(self, path: str, timeout: float | None = None, socket_options: Any = None) -> Any:
        raise EgressError("scheme", "only http and https")


class _Stream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream, deadline: _Deadline, backend: _Backend) -> None:
        self._stream, self._deadline, self._backend = stream, deadline, backend

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._backend.has_written = True
        self._stream.write(buffer, self._deadline.left())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        secured = self._stream.start_tls(ssl_context, server_hostname, self._deadline.left())
        return _Stream(secured, self._deadline, self._backend)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


@cache
def _tls_context() -> ssl.SSLContext:
    """The public authorities, and those of this machine: SSL_CERT_FILE names a house's own."""
    context = httpx.create_ssl_context(trust_env=False)
    context.load_default_certs()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


class _Transport(httpx.BaseTransport):
    """httpx on connections of `_Backend`."""

    def __init__(self, deadline: _Deadline) -> None:
        self._backend = _Backend(deadline)
        self._pool = httpcore.ConnectionPool(
            ssl_context=_tls_context(), network_backend=self._backend, max_connections=1, retries=0
        )

    @property
    def has_written(self) -> bool:
        return self._backend.has_written

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        assert isinstance(request.stream, httpx.SyncByteStream)
        answer = self._pool.handle_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(
                    scheme=request.url.raw_scheme,
                    host=request.url.raw_host,
                    port=request.url.port,
                    target=request.url.raw_path,
                ),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer), extensions=answer.extensions)

    def close(self) -> None:
        self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        yield from self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()
