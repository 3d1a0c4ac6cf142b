"""Open pages must neither keep a server from ending nor be lost when it comes back."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.conftest import Witness, enter

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parents[2]


class Server:
    """A shop in a process of its own."""

    def __init__(self, port: int, folder: Path) -> None:
        self._command = [sys.executable, "-m", "tests.console_shop", str(port), str(folder)]
        self._url = f"http://127.0.0.1:{port}/login"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, cwd=ROOT)
        for _ in range(300):
            try:
                httpx2.get(self._url, trust_env=False)
            except httpx2.ConnectError:
                time.sleep(0.1)
            else:
                return
        pytest.fail("the server did not start within 30 s")

    def stop(self, number: int = signal.SIGTERM) -> float:
        """Seconds it took."""
        assert self._process is not None
        started = time.monotonic()
        self._process.send_signal(number)
        self._process.wait(15)
        return time.monotonic() - started

    def kill(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait(10)


@pytest.fixture
def server(port: int, tmp_path: Path) -> Iterator[Server]:
    server = Server(port, tmp_path)
    server.start()
    yield server
    server.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_open_streams_do_not_hold_up_the_end(
    server: Server, context: BrowserContext, witness: Witness, number: int
) -> None:
    enter(context)
    for path in ("/documents", "/conversations", "/problems"):
        context.new_page().goto(path)
    time.sleep(0.5)
    witness.failures_expected = True
    assert server.stop(number) < 10  # without the end of the streams it would be never


def test_a_page_finds_its_server_again(server: Server, context: BrowserContext, witness: Witness) -> None:
    page = enter(context)
    composer = page.get_by_label("Message, Enter sends")
    composer.fill("Berapa ongkos kirim ke Jakarta?")
    page.keyboard.press("Enter")
    expect(page.locator(".bubble.theirs")).to_contain_text("Rp 12.000")
    witness.failures_expected = True
    server.stop()
    expect(page.get_by_text("Reconnecting…")).to_be_visible()
    server.start()
    expect(page.get_by_text("Reconnecting…")).to_be_hidden(timeout=20_000)
    witness.failures_expected = False
    composer.fill("Jual helikopter?")
    page.keyboard.press("Enter")
    # The phones forgot what was said before; the archive did not.
    expect(page.locator(".bubble.theirs")).to_have_count(2)
    expect(page.locator(".bubble.theirs").last).to_contain_text("tidak menemukan")
