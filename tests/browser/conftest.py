"""A real Chromium in front of the console: a request to elsewhere, a dialog or a breach of the policy fails a test."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from tests.console_shop import PASSWORD, Shop

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SIZES = {"desk": (1440, 900), "tablet": (1024, 768), "phone": (390, 844)}
WATCH = "addEventListener('securitypolicyviolation', e => console.error('policy: ' + e.violatedDirective))"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    executable = next((found for name in NAMES if (found := shutil.which(name))), None)
    if executable is None:
        pytest.fail("Chromium is not installed: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        yield browser
        browser.close()


@dataclass
class Witness:
    """What the browser did that it must not do."""

    host: str
    foreign: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    failures_expected: bool = False  # requests that fail on purpose: the browser logs them as errors

    def watch(self, context: BrowserContext) -> None:
        context.add_init_script(WATCH)
        context.on("request", lambda request: self._request(request.url))
        context.on("console", self._said)
        context.on("page", self._page)

    def _page(self, page: Page) -> None:
        page.on("dialog", lambda dialog: (self.dialogs.append(dialog.message), dialog.dismiss()))
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def _request(self, url: str) -> None:
        if not url.startswith((f"{self.host}/", "data:image/svg")):
            self.foreign.append(url)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not self.failures_expected:
            self.errors.append(message.text)

    def is_content(self) -> None:
        assert (self.foreign, self.dialogs, self.errors) == ([], [], [])


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def shop(tmp_path: Path, port: int) -> Iterator[Shop]:
    shop = Shop(tmp_path, port)
    shop.start()
    yield shop
    shop.stop()


@pytest.fixture
def witness(port: int) -> Iterator[Witness]:
    witness = Witness(f"http://127.0.0.1:{port}")
    yield witness
    witness.is_content()


@pytest.fixture(params=["desk"])
def context(browser: Browser, witness: Witness, request: pytest.FixtureRequest) -> Iterator[BrowserContext]:
    """`indirect` with a name of SIZES, and "-dark" behind it, makes it another."""
    size, _, dark = request.param.partition("-")
    width, height = SIZES[size]
    touch = size == "phone"
    context = browser.new_context(
        base_url=witness.host,
        viewport={"width": width, "height": height},
        color_scheme="dark" if dark else "light",
        has_touch=touch,
        is_mobile=touch,
        timezone_id="Asia/Jakarta",
        reduced_motion="reduce",
    )
    context.set_default_timeout(10_000)
    witness.watch(context)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext, shop: Shop) -> Page:
    """Logged in, at the playground."""
    return enter(context)


def enter(context: BrowserContext) -> Page:
    page = context.new_page()
    page.goto("/login")
    page.get_by_label("Admin password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/")
    return page
