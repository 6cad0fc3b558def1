"""The one way out: only to public addresses, to exactly the one that was checked, within its limits (group G)."""

from __future__ import annotations

import gzip
import ipaddress
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from helpdesk.common import net
from helpdesk.common.net import EgressError, check_url, is_public, request
from tests.net_server import WebServer, answer, make_certificate, reset

# The way each of them is refused at first sight, with nothing connected to (G1).
HOSTILE = {
    "http://127.0.0.1/": "not_public",
    "http://[::1]/": "not_public",
    "http://0.0.0.0/": "not_public",
    "http://[::]/": "not_public",
    "http://[::ffff:7f00:1]/": "not_public",
    "http://[::ffff:93.184.216.34]/": "not_public",
    "http://[::7f00:1]/": "not_public",
    "http://[64:ff9b::7f00:1]/": "not_public",
    "http://[64:ff9b:1::7f00:1]/": "not_public",
    "http://[2002:7f00:1::]/": "not_public",
    "http://[2001:0:53aa:64c:0:7f8e:80ff:fffe]/": "not_public",
    "http://[fe80::1]/": "not_public",
    "http://[fec0::1]/": "not_public",
    "http://[fd00::1]/": "not_public",
    "http://[ff02::1]/": "not_public",
    "http://169.254.169.254/latest/meta-data/": "not_public",
    "http://10.1.2.3/": "not_public",
    "http://172.16.0.1/": "not_public",
    "http://192.168.1.1/": "not_public",
    "http://100.64.0.1/": "not_public",
    "http://192.0.2.1/": "not_public",
    "http://192.88.99.1/": "not_public",
    "http://198.18.0.1/": "not_public",
    "http://224.0.0.1/": "not_public",
    "http://255.255.255.255/": "not_public",
    "http://localhost/": "not_public",
    "http://LOCALHOST./": "not_public",
    "http://127。0。0。1/": "not_public",
    "http://2130706433/": "host",
    "http://0177.1/": "host",
    "http://0x7f.1/": "host",
    "http://0x7f000001/": "host",
    "http://127.1/": "host",
    "http://010.0.0.1/": "bad_url",
    "http://[fe80::1%25eth0]/": "host",
    "http://93.184.216.34@127.0.0.1/": "user_info",
    "http://user:secret@93.184.216.34/": "user_info",
    "http://@93.184.216.34/": "user_info",
    "http://93.184.216.34:22/": "port",
    "http://93.184.216.34:25/": "port",
    "http://93.184.216.34:5432/": "port",
    "http://93.184.216.34:6379/": "port",
    "http://93.184.216.34:11211/": "port",
    "file:///etc/passwd": "scheme",
    "gopher://93.184.216.34/": "scheme",
    "ftp://93.184.216.34/": "scheme",
    "javascript:alert(1)": "scheme",
    "//93.184.216.34/": "scheme",
    "http:///x": "bad_url",
    "http://": "bad_url",
    "": "scheme",
    "http://93.184.216.34/\r\nX: y": "bad_url",
    "http://93.184.216.34 /": "bad_url",
    "http://93.184.216.34:99999/": "port",
    "http://93.184.216.34\\@127.0.0.1/": "bad_url",
    "http://93.184.216.34:x/": "bad_url",
    "http://no-such-host.invalid/": "unresolvable",
}


@pytest.fixture
def server(settings: Any) -> Iterator[WebServer]:
    """A web server that may be reached; nothing else may."""
    running = WebServer()
    settings.EGRESS_ALLOW = [("127.0.0.1", running.port)]
    yield running
    running.stop()


def refused(url: str) -> str:
    with pytest.raises(EgressError) as caught:
        request("POST", url, content=b"x")
    return caught.value.code


@pytest.mark.parametrize("url", HOSTILE)
def test_hostile_addresses_are_refused_when_saved_and_when_sent(url: str) -> None:
    with pytest.raises(EgressError) as caught:
        check_url(url)
    assert caught.value.code == HOSTILE[url]
    assert refused(url) == HOSTILE[url]


@pytest.mark.parametrize(
    "url", ["https://93.184.216.34/", "http://93.184.216.34:8080/x?y=z", "https://[2606:4700::1]/"]
)
def test_public_addresses_pass(url: str) -> None:
    check_url(url)


@pytest.mark.parametrize(
    "port_of", ["http://127.0.0.1:{port}/", "http://localhost:{port}/", "http://127.0.0.2:{port}/"]
)
def test_nothing_private_is_connected_to_without_permission(port_of: str) -> None:
    server = WebServer()
    assert refused(port_of.format(port=server.port)) == "port"
    server.stop()
    assert server.connections == 0


def test_permission_is_for_one_address_and_one_port(server: WebServer) -> None:
    other = WebServer()
    assert request("POST", server.url, content=b"x").body == b"ok"
    assert refused(other.url) == "port"
    assert refused(f"http://127.0.0.2:{server.port}/") == "not_public"
    assert refused(f"http://[::1]:{server.port}/") == "not_public"
    other.stop()
    assert other.connections == 0


def test_the_permitted_port_opens_no_other_address(server: WebServer) -> None:
    assert refused(f"http://93.184.216.34:{server.port}/") == "port"


class Resolver:
    """A name server of the attacker's: each look-up of the name gets the next answer. Everything else is looked up truly."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, name: str, *answers: list[str]) -> None:
        self._name, self._answers, self._truly = name, list(answers), socket.getaddrinfo
        self.asked = 0
        monkeypatch.setattr(socket, "getaddrinfo", self._answer)

    def _answer(self, host: Any, port: Any, *rest: Any, **options: Any) -> Any:
        if host != self._name:
            return self._truly(host, port, *rest, **options)
        self.asked += 1
        addresses = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]


def test_a_name_with_one_private_address_among_public_ones_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    Resolver(monkeypatch, "mixed.example", ["93.184.216.34", "127.0.0.1"])
    assert refused("http://mixed.example/") == "not_public"


def test_a_name_is_looked_up_once_and_the_checked_address_is_connected_to(
    monkeypatch: pytest.MonkeyPatch, server: WebServer
) -> None:
    """A second look-up would lead elsewhere: to the machine's own services (DNS rebinding)."""
    resolver = Resolver(monkeypatch, "rebound.example", ["127.0.0.1"], ["127.0.0.3"])
    request("POST", f"http://rebound.example:{server.port}/x", content=b"{}")
    assert resolver.asked == 1
    assert server.asked[0].line == "POST /x HTTP/1.1"
    assert server.asked[0].headers["host"] == f"rebound.example:{server.port}"
    assert refused(f"http://rebound.example:{server.port}/x") == "not_public"


def test_redirects_are_not_followed(server: WebServer) -> None:
    inner = WebServer()
    server.reply = answer("302 Found", Location=inner.url)
    assert request("POST", server.url).status == 302
    inner.stop()
    assert inner.connections == 0


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch, server: WebServer) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert request("GET", server.url).is_success


def test_a_huge_answer_is_read_to_its_limit(server: WebServer) -> None:
    def endless(connection: socket.socket, asked: Any) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5368709120\r\n\r\n")
        while True:
            connection.sendall(b"x" * 65536)

    server.reply = endless
    answered = request("GET", server.url)
    assert (answered.status, len(answered.body), answered.is_cut) == (200, net.MAX_ANSWER, True)


def test_a_packed_answer_stays_packed(server: WebServer) -> None:
    bomb = gzip.compress(b"0" * 50_000_000)
    server.reply = answer(body=bomb, Content_Encoding="gzip")
    assert request("GET", server.url).body == bomb[: net.MAX_ANSWER]
    assert server.asked[0].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("mode", ["hold", "drip"])
def test_a_slow_answer_ends_at_the_deadline(server: WebServer, monkeypatch: pytest.MonkeyPatch, mode: str) -> None:
    monkeypatch.setattr(net, "TIME_LIMIT", 0.6)
    server.reply = getattr(server, mode)
    with pytest.raises(EgressError) as caught:
        request("POST", server.url, content=b"x")
    assert (caught.value.code, caught.value.may_have_arrived) == ("timeout", True)


def test_a_slow_name_server_ends_at_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(net, "TIME_LIMIT", 0.3)
    waits = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *given, **options: waits.wait(30))
    assert refused("http://slow.example/") == "timeout"
    waits.set()


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: y\r\n" % number for number in range(20_000)) + b"\r\n", "broken"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "broken"),
        (b"", "broken"),
    ],
)
def test_what_is_no_answer_is_said_to_be_broken(server: WebServer, raw: bytes, code: str) -> None:
    server.reply = lambda connection, asked: connection.sendall(raw)
    with pytest.raises(EgressError) as caught:
        request("POST", server.url, content=b"x")
    assert (caught.value.code, caught.value.may_have_arrived) == (code, True)


def test_a_cut_line_may_have_carried_the_request(server: WebServer) -> None:
    server.reply = reset
    with pytest.raises(EgressError) as caught:
        request("POST", server.url, content=b"x")
    assert (caught.value.code, caught.value.may_have_arrived) == ("broken", True)


def test_nobody_there(settings: Any) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        settings.EGRESS_ALLOW = [nobody.getsockname()]
        with pytest.raises(EgressError) as caught:
            request("POST", f"http://127.0.0.1:{nobody.getsockname()[1]}/", content=b"x")
    assert (caught.value.code, caught.value.may_have_arrived) == ("connect", False)


@pytest.mark.parametrize("case", ["trusted", "stranger", "other_name"])
def test_certificates_are_verified_for_the_name(
    settings: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    certificate = make_certificate(tmp_path, address="127.0.0.9" if case == "other_name" else "127.0.0.1")
    if case != "stranger":
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    net._tls_context.cache_clear()
    server = WebServer(certificate=certificate)
    settings.EGRESS_ALLOW = [("127.0.0.1", server.port)]
    try:
        if case == "trusted":
            assert request("POST", server.url, content=b"x").is_success
        else:
            assert refused(server.url) == "tls"
            assert server.asked == []
    finally:
        server.stop()
        net._tls_context.cache_clear()


def test_every_address_of_the_special_registries_is_private() -> None:
    for text in (
        "::ffff:8.8.8.8",
        "64:ff9b::808:808",
        "2002:808:808::1",
        "100::1",
        "2001:db8::1",
        "3fff::1",
        "5f00::1",
    ):
        assert not is_public(ipaddress.ip_address(text)), text
    for text in ("8.8.8.8", "2606:4700::1111"):
        assert is_public(ipaddress.ip_address(text))
