from __future__ import annotations

import datetime
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Address, ip_address
from pathlib import Path

import pytest

from balas.errors import FetchRefused
from balas.knowledge.checked_network import Address, is_public
from balas.knowledge.fetcher import Fetcher

LOOPBACK = ip_address("127.0.0.1")


class Site(BaseHTTPRequestHandler):
    """A small web site; `seen` holds the requests as (path, Host)."""

    seen: list[tuple[str, str]]

    def do_GET(self) -> None:
        self.seen.append((self.path, self.headers["Host"]))
        hops = {"/hop1": "/page", "/hop3": "/hop2", "/hop2": "/hop1", "/hop4": "/hop3", "/loop": "/loop"}
        hops |= {"/metadata": "http://169.254.169.254/latest", "/file": "file:///etc/passwd", "/ssh": "http://x:22/"}
        hops |= {"/to-localhost": f"http://localhost:{self.server.server_port}/page"}  # type: ignore[attr-defined]
        if target := hops.get(self.path):
            self.send_response(302)
            self.send_header("Location", target)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if self.path == "/gone":
            self.send_error(404)
            return
        if self.path == "/drip":
            self._drip()
            return
        self.send_response(200)
        if self.path == "/endless":
            self.send_header("Content-Type", "text/plain")
            self.end_headers()
            while True:
                self.wfile.write(b"x" * 65536)
        if self.path == "/announced":
            self.send_header("Content-Length", str(10**12))
            self.end_headers()
            return
        if self.path == "/packed":
            self.send_header("Content-Encoding", "gzip")
        body = b"<html><body>Open from nine to five.</body></html>"
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _drip(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for n in range(100):
            self.wfile.write(f"X-Slow-{n}: 1\r\n".encode())
            time.sleep(0.05)

    def log_message(self, *_: object) -> None: ...


class Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Clients hang up on purpose here."""


@pytest.fixture
def site() -> Iterator[tuple[str, list[tuple[str, str]]]]:
    Site.seen = []
    server = Quiet(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", Site.seen
    server.shutdown()
    server.server_close()


def fetcher(site: str, allow: Callable[[Address], bool] = lambda _: True, seconds: float = 5.0) -> Fetcher:
    port = int(site.rpartition(":")[2])
    return Fetcher(allow=allow, ports=frozenset({80, port}), max_bytes=200_000, total_seconds=seconds)


INNER = """
    127.0.0.1 127.8.9.1 10.1.2.3 172.16.0.1 192.168.1.1 169.254.169.254 100.64.0.1 0.0.0.0 224.0.0.1 239.1.1.1
    255.255.255.255 240.0.0.1 192.0.0.8 198.18.0.1 192.0.2.1 ::1 :: fe80::1 fc00::1 fec0::1 ff02::1 fd00:ec2::254
    ::ffff:127.0.0.1 ::ffff:8.8.8.8 ::127.0.0.1 2002:7f00:1:: 2002:808:808:: 64:ff9b::7f00:1 64:ff9b:1::1 2001:0:1::1
"""
REFUSED = """
    page.html ftp://example.org/a file:///etc/passwd gopher://example.org http:// http://[::1 http://a:b@example.org/
    http://user@example.org/ http://example.org:22/ http://example.org:6379/ http://127.0.0.1/ http://2130706433/
    http://0x7f.1/ http://localhost:8080/ http://[::1]/ http://[::ffff:127.0.0.1]/ http://0/ http://127.1:8080/
    http://169.254.169.254/latest/meta-data/
"""


@pytest.mark.parametrize("address", INNER.split())
def test_inner_addresses_are_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.216.34", "2606:4700:4700::1111"])
def test_the_open_web_is_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize("address", ["", "https://example.org/" + "a" * 3000, *REFUSED.split()])
def test_refused_without_a_connection(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def connect(*_: object, **__: object) -> socket.socket:
        raise AssertionError("a connection was tried")

    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(FetchRefused):
        Fetcher().fetch(address)


def test_loopback_is_never_reached_by_default(site: tuple[str, list[tuple[str, str]]]) -> None:
    with pytest.raises(FetchRefused, match="private or reserved"):
        fetcher(site[0], allow=is_public).fetch(f"{site[0]}/page")
    assert site[1] == []


def test_page_with_its_name_and_type(site: tuple[str, list[tuple[str, str]]]) -> None:
    fetched = fetcher(site[0]).fetch(f"{site[0]}/opening%20hours?x=1#part")
    assert fetched.name == "opening hours.html"
    assert fetched.url == f"{site[0]}/opening%20hours?x=1"
    assert b"nine to five" in fetched.content


def test_three_redirects_are_followed_and_a_fourth_is_not(site: tuple[str, list[tuple[str, str]]]) -> None:
    assert fetcher(site[0]).fetch(f"{site[0]}/hop3").url == f"{site[0]}/hop3"
    with pytest.raises(FetchRefused, match="more than 3"):
        fetcher(site[0]).fetch(f"{site[0]}/hop4")
    with pytest.raises(FetchRefused, match="more than 3"):
        fetcher(site[0]).fetch(f"{site[0]}/loop")


@pytest.mark.parametrize("path", ["/metadata", "/file", "/ssh"])
def test_redirects_are_checked_again(site: tuple[str, list[tuple[str, str]]], path: str) -> None:
    with pytest.raises(FetchRefused):
        fetcher(site[0], allow=lambda address: address == LOOPBACK).fetch(site[0] + path)
    assert [seen for seen, _ in site[1]] == [path]


@pytest.mark.parametrize(
    ("path", "reason"),
    [("/gone", "404"), ("/endless", "larger"), ("/announced", "larger"), ("/packed", "compressed")],
)
def test_answers_that_are_refused(site: tuple[str, list[tuple[str, str]]], path: str, reason: str) -> None:
    with pytest.raises(FetchRefused, match=reason):
        fetcher(site[0]).fetch(site[0] + path)


def test_a_dripping_server_is_left_at_the_deadline(site: tuple[str, list[tuple[str, str]]]) -> None:
    began = time.monotonic()
    with pytest.raises(FetchRefused, match="longer than"):
        fetcher(site[0], seconds=0.5).fetch(f"{site[0]}/drip")
    assert time.monotonic() - began < 2.0


def test_a_name_that_changes_between_check_and_connection(
    site: tuple[str, list[tuple[str, str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first look-up says public, every later one loopback: the connection must go to what was checked."""
    port = int(site[0].rpartition(":")[2])
    answers = iter(["93.184.216.34"] + ["127.0.0.1"] * 9)
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda *_, **__: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]
    )
    tried: list[str] = []

    def connect(address: tuple[str, int], *_: object, **__: object) -> socket.socket:
        tried.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(FetchRefused, match="cannot be reached"):
        fetcher(site[0], allow=is_public).fetch(f"http://rebinding.example:{port}/page")
    assert tried == ["93.184.216.34"]


def test_a_name_with_one_inner_address_is_refused(
    site: tuple[str, list[tuple[str, str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    entries = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 80)) for ip in ("93.184.216.34", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: entries)
    with pytest.raises(FetchRefused, match="private or reserved"):
        fetcher(site[0], allow=is_public).fetch("http://mixed.example/")


def test_tls_checks_the_name_though_the_connection_goes_to_an_address(tmp_path: Path) -> None:
    key, certificate = self_signed("localhost")
    pem = tmp_path / "server.pem"
    pem.write_bytes(key + certificate)
    server = Quiet(("127.0.0.1", 0), Site)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    Site.seen = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    trusting = ssl.create_default_context(cadata=certificate.decode())
    port = server.server_port
    secure = Fetcher(
        allow=lambda address: isinstance(address, IPv4Address) or address == ip_address("::1"),
        ports=frozenset({port}),
        tls=trusting,
    )
    try:
        if all(entry[4][0] == "127.0.0.1" for entry in socket.getaddrinfo("localhost", port)):
            assert b"nine to five" in secure.fetch(f"https://localhost:{port}/page").content
            assert Site.seen == [("/page", f"localhost:{port}")]
        with pytest.raises(FetchRefused):
            secure.fetch(f"https://127.0.0.1:{port}/page")
    finally:
        server.shutdown()
        server.server_close()


def self_signed(name: str) -> tuple[bytes, bytes]:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    today = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(today - datetime.timedelta(days=1))
        .not_valid_after(today + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    encoding = serialization.Encoding.PEM
    private = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return private, certificate.public_bytes(encoding)


def test_a_trusted_host_is_reached_by_its_name_and_port_alone(site: tuple[str, list[tuple[str, str]]]) -> None:
    host = site[0].removeprefix("http://")
    assert Fetcher(trusted=frozenset({host})).visit(f"{site[0]}/page").status == 200
    assert Fetcher(trusted=frozenset({host})).trusts(f"{site[0]}/page")
    port = host.rpartition(":")[2]
    for trusted, address in (
        ({"127.0.0.1"}, f"{site[0]}/page"),  # any port would be another server
        ({"127.0.0.1:1"}, f"{site[0]}/page"),
        ({host}, f"http://localhost:{port}/page"),
        ({host}, f"http://2130706433:{port}/page"),
    ):
        with pytest.raises(FetchRefused):
            Fetcher(trusted=frozenset(trusted)).visit(address)
    assert len(site[1]) == 1


def test_nobody_else_leads_to_a_trusted_host(site: tuple[str, list[tuple[str, str]]]) -> None:
    """/hop1 of a server that is allowed, but not trusted, leads to /page of one that is."""
    port = int(site[0].rpartition(":")[2])
    mixed = Fetcher(trusted=frozenset({f"localhost:{port}"}), allow=lambda _: True, ports=frozenset({port}))
    assert mixed.fetch(f"{site[0]}/hop1").url.endswith("/hop1")
    with pytest.raises(FetchRefused, match="private network"):
        mixed.fetch(f"{site[0]}/to-localhost")


def test_a_visit_tells_what_it_was_answered(site: tuple[str, list[tuple[str, str]]]) -> None:
    friendly = fetcher(site[0])
    moved = friendly.visit(f"{site[0]}/hop1")
    assert (moved.status, moved.leads_to, moved.content) == (302, "/page", b"")
    assert friendly.visit(f"{site[0]}/gone").status == 404
    unwanted = friendly.visit(f"{site[0]}/endless", wanted=lambda content_type: content_type != "text/plain")
    assert (unwanted.wanted, unwanted.content) == (False, b"")
    with pytest.raises(FetchRefused, match="larger than"):
        friendly.visit(f"{site[0]}/endless")
