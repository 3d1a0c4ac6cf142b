"""How cost grows: with the chats that write at once, and with the passages that are searched."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.answering import separate, stand_in
from benchmarks.databases import distributed
from benchmarks.figures import Options
from benchmarks.machine import EVERY_CORE, cpu_seconds, memory_mb
from benchmarks.search import PASSAGES, QUERIES, compared, filled, made_up
from benchmarks.waiting import answer_all
from tests.services import NotAvailable

CHATS = (10, 100, 1_000)


@dataclass(frozen=True, slots=True)
class Crowd:
    chats: int
    seconds: float
    worker_cpu_ms: float  # a message
    worker_mb: float


@dataclass(frozen=True, slots=True)
class Shelf:
    passages: int
    ms: float
    flat_ms: float


def crowds(options: Options) -> Iterator[Crowd]:
    """That many chats write one message each at the same time; the model answers at once."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="balas-bench-")))
        try:
            databases = stack.enter_context(distributed(folder))
        except NotAvailable:
            return
        servers = stack.enter_context(stand_in(folder, cores=EVERY_CORE))
        system = stack.enter_context(separate(folder, servers, databases))
        answer_all(system, 5)
        for chats in (2, 3) if options.tiny else CHATS:
            before = cpu_seconds(system.worker.pid)
            seconds = answer_all(system, chats)
            cpu = (cpu_seconds(system.worker.pid) - before) / chats * 1000
            yield Crowd(chats, seconds, cpu, memory_mb(system.worker.pid))


def shelves(options: Options) -> Iterator[Shelf]:
    for passages in (100, 300) if options.tiny else (PASSAGES // 100, PASSAGES // 10, PASSAGES):
        corpus = made_up(passages, QUERIES)
        with tempfile.TemporaryDirectory(prefix="balas-bench-") as temporary:
            index = filled(Path(temporary), corpus)
            try:
                timed, _ = compared(index, corpus)
            finally:
                index.close()
        yield Shelf(passages, median(timed.ours) * 1000, median(timed.theirs) * 1000)
