"""The product as `balas up` starts it: a document is dropped, asked about, and the page outlives a restart."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Witness, enter
from tests.console_shop import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


class Balas:
    def __init__(self, port: int, folder: Path) -> None:
        self._url = f"http://127.0.0.1:{port}"
        self._folder = folder
        self._environment = {
            **os.environ,
            "BALAS_DATA_DIR": str(folder / "data"),
            "BALAS_PORT": str(port),
            "BALAS_ADMIN_PASSWORD": PASSWORD,
            "BALAS_PACE": "fast",
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "balas", "up"]
        self.process = subprocess.Popen(command, cwd=self._folder, env=self._environment)
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                if httpx2.get(f"{self._url}/readyz", trust_env=False).status_code == 200:
                    return
            except httpx2.TransportError:
                pass
            time.sleep(0.2)
        pytest.fail("`balas up` was not ready within 120 s")

    def stop(self) -> float:
        """Seconds it took."""
        assert self.process is not None
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)
        return time.monotonic() - began


@pytest.fixture
def balas(port: int, tmp_path: Path) -> Iterator[Balas]:
    balas = Balas(port, tmp_path)
    balas.start()
    yield balas
    if balas.process is not None and balas.process.poll() is None:
        balas.process.kill()
        balas.process.wait(10)


def ask(page: Page, question: str) -> None:
    page.get_by_label("Message, Enter sends").fill(question)
    page.keyboard.press("Enter")


def test_drop_a_document_ask_about_it_and_restart(
    balas: Balas, context: BrowserContext, witness: Witness, tmp_path: Path
) -> None:
    page = enter(context)
    ask(page, "Berapa ongkos kirim ke Jakarta?")
    answers = page.locator(".bubble.theirs")
    expect(answers).to_contain_text("Rp 12.000", timeout=60_000)
    expect(answers.locator(".bubble-source")).to_contain_text("Tanya jawab Toko Kopi Lereng")
    expect(page.locator("#trace .hit.used").first).to_be_visible()

    (tmp_path / "promo.md").write_text("# Promo November\n\nDiskon 25% untuk semua moka pot, kode MOKA25.\n")
    page.locator(".composer [data-files]").set_input_files(tmp_path / "promo.md")
    expect(page.locator("#tray")).to_contain_text("ready: ask about it", timeout=60_000)
    ask(page, "Ada diskon moka pot?")
    expect(answers.last).to_contain_text("MOKA25", timeout=60_000)

    witness.failures_expected = True
    assert balas.stop() < 25
    balas.start()
    expect(page.get_by_text("Reconnecting…")).to_be_hidden(timeout=30_000)
    witness.failures_expected = False
    ask(page, "Ada gratis ongkir?")
    expect(answers).to_have_count(3, timeout=60_000)
    expect(answers.last).to_contain_text("Rp 300.000")
