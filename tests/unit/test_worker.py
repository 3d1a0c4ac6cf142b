from __future__ import annotations

import os
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from balas import worker
from balas.adapters.one_core import OneCore
from balas.ports import JobName

CORES = os.sched_getaffinity(0) if sys.platform == "linux" else set()


@pytest.mark.skipif(len(CORES) < 2, reason="this machine has one core, or is no Linux: nothing is kept to one")
def test_a_document_is_read_on_every_core_and_a_turn_on_one(monkeypatch: pytest.MonkeyPatch) -> None:
    cores: dict[JobName, int] = {}

    def perform(_runtime: object, job: JobName, _row_id: int, place: Any, _failed: object) -> None:
        with place:
            cores[job] = len(os.sched_getaffinity(0))

    core = OneCore()
    monkeypatch.setattr(worker, "_runtime", SimpleNamespace())
    monkeypatch.setattr(worker, "_core", core)
    monkeypatch.setattr(worker, "perform", perform)
    with core.kept():
        worker.ingest_document(1)
        worker.process_message(1)
        assert len(os.sched_getaffinity(0)) == 1
    assert cores == {JobName.INGEST_DOCUMENT: len(CORES), JobName.PROCESS_MESSAGE: 1}
