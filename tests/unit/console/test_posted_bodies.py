"""What is posted to the console is counted while it comes, and has a limit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress

import httpx2
import pytest
from starlette.testclient import TestClient

from tests.console_shop import Shop
from tests.lines.system import served
from tests.services import free_port
from tests.unit.console.test_door import FORM


def form(size: int) -> bytes:
    return b"text=" + b"x" * (size - 5)


def pieces(size: int) -> Iterator[bytes]:
    """The same without a Content-Length."""
    for start in range(0, size, 16_384):
        yield form(size)[start : start + 16_384]


@pytest.mark.parametrize("content", [form, pieces])
@pytest.mark.parametrize(("size", "status"), [(64 * 1024, 403), (64 * 1024 + 1, 413), (3_000_000, 413)])
def test_what_strangers_post_has_a_limit(
    stranger: TestClient, content: Callable[[int], bytes], size: int, status: int
) -> None:
    stranger.get("/login")
    answer = stranger.post("/login", content=content(size), headers=FORM)
    assert answer.status_code == status
    assert answer.headers.get("Connection") == ("close" if status == 413 else None)


@pytest.mark.parametrize("content", [form, pieces])
@pytest.mark.parametrize(("size", "status"), [(65_536 + 5, 204), (1024 * 1024, 422), (1024 * 1024 + 1, 413)])
def test_what_the_administrator_posts_has_a_limit(
    admin: TestClient, shop: Shop, content: Callable[[int], bytes], size: int, status: int
) -> None:
    answer = admin.post("/playground/messages", content=content(size), headers={**FORM, "HX-Request": "true"})
    assert answer.status_code == status
    assert len(shop.phones.shown()) == (status == 204)


def test_the_longest_message_in_the_longest_writing(admin: TestClient, shop: Shop) -> None:
    assert admin.post("/playground/messages", data={"text": "🍵" * 65_536}).status_code == 204
    assert [message.text for message in shop.phones.shown()] == ["🍵" * 65_536]


def test_no_body_is_read_beyond_its_limit(shop: Shop) -> None:
    taken = 0

    def endless() -> Iterator[bytes]:
        nonlocal taken
        while taken < 50_000_000:
            taken += 65_536
            yield b"x" * 65_536

    with served(shop.app, port := free_port()), suppress(httpx2.TransportError):  # closed while we still send
        answer = httpx2.post(f"http://127.0.0.1:{port}/login", content=endless(), headers=FORM, trust_env=False)
        assert answer.status_code == 413
    assert taken < 20_000_000  # what lies in the system's buffers counts too


@pytest.mark.parametrize("path", ["/login", "/playground/messages"])
def test_files_are_taken_where_they_are_expected_only(admin: TestClient, path: str) -> None:
    answer = admin.post(path, files={"text": ("a.txt", b"hi")}, headers={"HX-Request": "true"})
    assert (answer.status_code, answer.text) == (415, "No file is taken here. Use the page's own form.")
