"""300 chats whose model takes two seconds, in one worker process: time and memory."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from benchmarks.answering import StandIn, System, separate, stand_in
from benchmarks.databases import distributed
from benchmarks.figures import Figure, LeftOut, Options, Pairs, rounded
from benchmarks.load import Plan, send
from benchmarks.machine import EVERY_CORE, memory_mb
from benchmarks.throughput import Naive, naive
from tests.services import NotAvailable

MODEL_SECONDS = 2.0
PATIENCE_SECONDS = 60.0


def run(options: Options) -> Iterator[Figure | LeftOut]:
    chats = int(options.pick(300, 5))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="balas-bench-")))
        try:
            databases = stack.enter_context(distributed(folder))
        except NotAvailable as error:
            yield LeftOut("waiting", str(error))
            return
        servers = stack.enter_context(stand_in(folder, options.pick(MODEL_SECONDS, 0.2), EVERY_CORE))
        theirs = stack.enter_context(naive(folder, servers, databases))
        ours = stack.enter_context(separate(folder, servers, databases, concurrency=chats))
        took, resident, per_gb = Pairs(), [0.0], Pairs()
        for _ in range(options.times(3)):
            took.add(answer_all(ours, chats), MODEL_SECONDS)
            resident.append(memory_mb(ours.worker.pid))
            per_gb.add(chats / memory_mb(ours.worker.pid, "Pss"), 1 / naive_memory_mb(theirs, servers))
        of = f"time until {chats} chats are answered, one worker process / the model's 2 s"
        yield Figure("waiting_time", of, took.ratios, "<= 2.2", {"seconds": rounded(median(took.ours))})
        of = "waiting turns a GB / RQ's forking worker, which holds one"
        yield Figure("waiting_memory", of, per_gb.ratios, "worker <= 350 MB", {"rss_mb": rounded(max(resident))})


def answer_all(system: System, chats: int) -> float:
    """Seconds from the first message to the last answer, each chat with one message."""
    before, begun = system.stand_in.sent(), time.perf_counter()
    plan = Plan(system.product.port, system.product.hmac_key, 30, connections=64, chats=1_000_000, messages=chats)
    send(plan, EVERY_CORE)
    return system.stand_in.wait_for(before + chats, begun, PATIENCE_SECONDS)


def naive_memory_mb(theirs: Naive, servers: StandIn) -> float:
    """Of the worker and its fork while that waits for the model."""
    before = servers.sent()
    begun = time.perf_counter()
    send(Plan(theirs.port, "no key is needed", 5, connections=1, chats=1_000_000, messages=1), EVERY_CORE)
    most = memory_mb(theirs.worker.pid, "Pss")
    while servers.sent() == before and time.perf_counter() - begun < PATIENCE_SECONDS:
        most = max(most, sum(_memory_of(pid) for pid in (theirs.worker.pid, *_children(theirs.worker.pid))))
        time.sleep(0.05)
    return most


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _memory_of(pid: int) -> float:
    try:
        return memory_mb(pid, "Pss")
    except (OSError, StopIteration):  # it has just ended
        return 0.0
