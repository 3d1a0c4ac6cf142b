"""A small website on loopback, made of what a test puts there."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Page:
    body: bytes = b""
    status: int = 200
    content_type: str = "text/html; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)


class Site:
    """`pages` by path; `make` is asked for what is not there; `asked` holds every request's path and headers."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.host = f"127.0.0.1:{port}"
        self.pages: dict[str, Page] = {}
        self.make: Callable[[str], Page | None] = lambda path: None
        self.asked: list[tuple[str, dict[str, str]]] = []

    def put(self, path: str, text: str, title: str = "", links: str = "", **headers: str) -> None:
        """A page of some text that links to `links` (paths with blanks between)."""
        anchors = "".join(f'<a href="{link}">{link}</a> ' for link in links.split())
        html = f"<html><head><title>{title or path}</title></head><body><nav>{anchors}</nav><p>{text}</p></body></html>"
        self.pages[path] = Page(html.encode(), headers=headers)

    def text(self, path: str, text: str, **headers: str) -> None:
        """A page without links; no child process is started to read it."""
        self.pages[path] = Page(text.encode(), content_type="text/plain; charset=utf-8", headers=headers)

    def html(self, path: str, html: str, **headers: str) -> None:
        self.pages[path] = Page(html.encode(), headers=headers)

    def redirect(self, path: str, to: str, status: int = 302) -> None:
        self.pages[path] = Page(status=status, headers={"Location": to})

    def file(self, path: str, content: bytes, content_type: str) -> None:
        self.pages[path] = Page(content, content_type=content_type)

    def fails(self, path: str, status: int, **headers: str) -> None:
        self.pages[path] = Page(b"no", status=status, headers=headers)

    @property
    def paths(self) -> list[str]:
        return [path for path, _ in self.asked]


@contextmanager
def small_site() -> Iterator[Site]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
            page = site.pages.get(self.path) or site.make(self.path) or Page(b"nothing", status=404)
            etag = page.headers.get("ETag")
            unchanged = page.status == 200 and etag and self.headers.get("If-None-Match") == etag
            self.send_response(304 if unchanged else page.status)
            for name, value in page.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", page.content_type)
            self.send_header("Content-Length", "0" if unchanged else str(len(page.body)))
            self.end_headers()
            if not unchanged:
                self.wfile.write(page.body)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    site = Site(server.server_port)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
