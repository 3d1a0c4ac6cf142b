from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from balas.bootstrap import open_runtime
from balas.cli import opening
from balas.cli.opening import open_library
from balas.errors import ModelUnavailable
from balas.runtime import Runtime
from balas.settings import load_settings
from balas.telemetry import configure_logging
from tests.fakes.openai_server import FakeOpenAI, Status
from tests.lines.system import wait_until


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[Runtime]:
    gc.unfreeze()
    with open_runtime(load_settings({"BALAS_DATA_DIR": str(tmp_path)}, env_file=None)) as opened:
        yield opened
    gc.unfreeze()


@pytest.mark.parametrize("answers", [True, False])
def test_what_answers_need_is_loaded_where_turns_are_answered(runtime: Runtime, answers: bool) -> None:
    loaded: list[bool] = []
    runtime.library.warm_up = lambda: loaded.append(True)
    with open_library(runtime, answers=answers):
        wait_until(lambda: gc.get_freeze_count() > 100_000 or None)
    assert loaded == [True] * answers


def test_turns_wait_until_what_they_need_is_loaded(runtime: Runtime) -> None:
    begun, may_end = threading.Event(), threading.Event()

    def warm_up() -> None:
        begun.set()
        may_end.wait(20)

    runtime.library.warm_up = warm_up
    assert runtime.warmed_up.is_set()
    with open_library(runtime):
        assert begun.wait(20)
        assert runtime.started.is_set()
        assert not runtime.warmed_up.is_set()
        may_end.set()
        assert runtime.warmed_up.wait(20)


def test_turns_wait_for_nothing_where_nothing_can_be_loaded(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    is_back = threading.Event()

    def refused() -> None:
        if not is_back.is_set():
            raise ModelUnavailable("no model today")

    monkeypatch.setattr(opening, "AGAIN_SECONDS", 0.05)
    monkeypatch.setattr(runtime.library, "open", refused)
    with open_library(runtime):
        assert runtime.warmed_up.wait(20)
        assert not runtime.started.is_set()
        is_back.set()
        assert runtime.started.wait(20)
        wait_until(lambda: gc.get_freeze_count() > 100_000 or None)


@pytest.mark.parametrize(("cap", "told"), [("5", 1), ("0", 0)])
def test_a_cap_on_cost_without_prices_is_told_once(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], cap: str, told: int
) -> None:
    configure_logging("WARNING", human=False)
    environment = {"BALAS_DATA_DIR": str(tmp_path), "BALAS_MODEL_COST_PER_DAY": cap}
    with open_runtime(load_settings(environment, env_file=None)) as opened:
        opened.library.warm_up = lambda: None
        with open_library(opened):
            wait_until(lambda: gc.get_freeze_count() > 100_000 or None)
    gc.unfreeze()
    said = capfd.readouterr().err
    assert said.count("BALAS_MODEL_PRICE_INPUT") == told
    assert said.count("cost_cap_does_nothing") == told


@pytest.mark.parametrize("status", [400, 401])
def test_embeddings_that_are_refused_are_asked_for_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    """Once a person has mended the key or the server, nothing is to be restarted."""
    monkeypatch.setattr(opening, "AGAIN_SECONDS", 0.2)
    with FakeOpenAI() as fake:
        embeds, fake.embeddings = fake.embeddings, Status(status)
        environment = {
            "BALAS_DATA_DIR": str(tmp_path),
            "OPENAI_BASE_URL": fake.url,
            "OPENAI_API_KEY": "key-of-the-fake",
        }
        with open_runtime(load_settings(environment, env_file=None)) as opened, open_library(opened, answers=False):
            wait_until(lambda: len(fake.calls) > 1 or None, 60)
            assert not opened.started.is_set()
            fake.embeddings = embeds
            wait_until(lambda: opened.started.is_set() or None, 60)
    gc.unfreeze()
