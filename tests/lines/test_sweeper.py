"""The sweep goes on whatever the threads beside it wait for."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from balas.bootstrap import open_runtime, working
from balas.jobs import gather_gaps, sweep
from balas.runtime import Runtime
from balas.settings import load_settings
from tests.lines.system import wait_until


def test_a_model_that_hangs_while_gaps_are_gathered_does_not_hold_up_the_sweep(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hangs, answers, swept = threading.Event(), threading.Event(), threading.Semaphore(0)
    look = sweep.run

    def gather(_runtime: Runtime) -> int:
        hangs.set()
        answers.wait(20)
        raise RuntimeError("unforeseen")

    def count(runtime: Runtime) -> list[object]:
        swept.release()
        return list(look(runtime))

    monkeypatch.setattr(sweep, "EVERY_SECONDS", 0.05)
    monkeypatch.setattr(sweep, "run", count)
    monkeypatch.setattr(gather_gaps, "run", gather)
    with open_runtime(load_settings({"BALAS_DATA_DIR": str(tmp_path)}, env_file=None)) as runtime, working(runtime):
        assert hangs.wait(10)
        for _ in range(4):
            assert swept.acquire(timeout=5)
        hangs.clear()
        answers.set()
        wait_until(lambda: True if hangs.is_set() else None, 10)  # what failed is tried again


def test_a_sweep_that_fails_does_not_look_fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_runtime: Runtime) -> list[object]:
        raise RuntimeError("unforeseen")

    def swept(runtime: Runtime, outcome: str) -> float:
        return runtime.metrics.registry.get_sample_value("balas_sweeps_total", {"outcome": outcome}) or 0.0

    monkeypatch.setattr(sweep, "EVERY_SECONDS", 0.05)
    with open_runtime(load_settings({"BALAS_DATA_DIR": str(tmp_path)}, env_file=None)) as runtime:
        with monkeypatch.context() as broken:
            broken.setattr(sweep, "run", fail)
            with working(runtime):
                wait_until(lambda: swept(runtime, "failed") > 1 or None, 10)
            assert runtime.metrics.registry.get_sample_value("balas_last_sweep_timestamp") == 0
        with working(runtime):
            wait_until(lambda: swept(runtime, "done") or None, 10)
        assert (runtime.metrics.registry.get_sample_value("balas_last_sweep_timestamp") or 0.0) > 0
