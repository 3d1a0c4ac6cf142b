"""/docs in a real browser: drawn under its own policy, nothing fetched from elsewhere, and a call made from it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import BrowserContext, Error, expect

from balas.bootstrap import open_runtime
from balas.main import create_app
from balas.settings import Settings
from tests.browser.conftest import Witness

pytestmark = pytest.mark.browser


@pytest.fixture
def served(tmp_path: Path, port: int) -> Iterator[None]:
    with open_runtime(Settings(balas_data_dir=tmp_path, balas_port=port)) as runtime:
        config = uvicorn.Config(create_app(runtime), host="127.0.0.1", port=port, log_config=None)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run)
        thread.start()
        while not server.started:
            time.sleep(0.02)
        yield
        server.should_exit = True
        thread.join()


@pytest.mark.usefixtures("served")
def test_the_api_documentation_works_offline(context: BrowserContext, witness: Witness) -> None:
    page = context.new_page()
    response = page.goto("/docs")
    assert response is not None
    assert "unsafe" not in response.headers["content-security-policy"]
    paths = page.request.get("/openapi.json").json()["paths"]
    expect(page.locator(".opblock")).to_have_count(sum(len(operations) for operations in paths.values()))
    operation = page.locator("#operations-figures-get_books")
    operation.locator(".opblock-summary").click()
    operation.get_by_role("button", name="Execute").click()
    expect(operation.locator(".live-responses-table .response-col_status").last).to_contain_text("401")
    # the browser itself reports the 401 of that call as an error
    witness.errors = [error for error in witness.errors if "401" not in error]
    witness.is_content()
    witness.failures_expected = True  # it tells what it refuses, too
    for sink in (
        "body.innerHTML = '<img src=x>'",
        "body.innerHTML = '<p onclick=x>'",
        "createElement('script').text = 1",
    ):
        with pytest.raises(Error, match="TypeError"):
            page.evaluate(f"document.{sink}")
