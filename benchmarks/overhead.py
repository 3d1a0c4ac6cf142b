"""What a turn costs beside model, embedder and WAHA, in one process, against one write to the same disk."""

from __future__ import annotations

import http.client
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import Any
from unittest.mock import patch

from balas.bootstrap import open_runtime, working
from balas.main import create_app
from balas.rag.embeddings import OpenAIEmbedder
from balas.rag.generator import Generator
from balas.runtime import Runtime
from balas.settings import load_settings
from balas.waha.client import WahaClient
from benchmarks.answering import ingest, stand_in
from benchmarks.events import Events
from benchmarks.figures import Figure, Options, Pairs, rounded
from benchmarks.machine import fdatasync_seconds
from benchmarks.processes import product
from tests.lines.system import served

OUTSIDE = (
    (WahaClient, "_call"),
    (Generator, "generate"),
    (Generator, "rewrite"),
    (OpenAIEmbedder, "embed_queries"),
)
WARM_UP = 5


class Stopwatch:
    """Time that all threads together spent in calls to the outside; a turn's calls follow one another."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._lock = threading.Lock()

    def timed(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*arguments: Any, **options: Any) -> Any:
            begun = time.perf_counter()
            try:
                return call(*arguments, **options)
            finally:
                with self._lock:
                    self.seconds += time.perf_counter() - begun

        return counted

    @contextmanager
    def watching(self) -> Iterator[None]:
        with ExitStack() as stack:
            for owner, name in OUTSIDE:
                stack.enter_context(patch.object(owner, name, self.timed(getattr(owner, name))))
            yield


def run(options: Options) -> Iterator[Figure]:
    turns = int(options.pick(60, 2))
    with ExitStack() as stack:
        # Not in memory: where temporary files are, the disk is.
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="balas-bench-")))
        ours = product(folder / "embedded", **stack.enter_context(stand_in(folder)).settings)
        if not options.tiny:
            ingest(ours)
        watch = Stopwatch()
        stack.enter_context(watch.watching())
        known = {name: value for name, value in ours.environment.items() if name != "PYTHONPATH"}
        runtime = stack.enter_context(open_runtime(load_settings(known, env_file=None)))
        runtime.library.open()
        runtime.started.set()
        stack.enter_context(working(runtime))
        stack.enter_context(served(create_app(runtime), ours.port))
        events = Events(ours.hmac_key.encode(), chats=1_000_000)
        time.sleep(0.0 if options.tiny else 3.5)  # right after its start a web process lets older messages go first
        pairs = Pairs()
        for number in range(WARM_UP + turns):
            turn = _turn(runtime, events, number, ours.port, watch)
            if number >= WARM_UP or options.tiny:
                pairs.add(turn, fdatasync_seconds(folder, 3))
    more = {"ms": rounded(median(pairs.ours) * 1000), "fdatasync_ms": rounded(median(pairs.theirs) * 1000)}
    yield Figure("overhead", "time a turn without model, embedder and WAHA / one fdatasync", pairs.ratios, "<= 7", more)


def _turn(runtime: Runtime, events: Events, number: int, port: int, watch: Stopwatch) -> float:
    done = runtime.metrics.jobs.labels("send_to_waha", "done")._value
    before, outside = done.get(), watch.seconds
    body = events.request(number)
    begun = time.perf_counter()
    _post(body, port)
    while done.get() == before:
        time.sleep(0.0002)
    return time.perf_counter() - begun - (watch.seconds - outside)


def _post(request: bytes, port: int) -> None:
    head, _, body = request.partition(b"\r\n\r\n")
    lines = [line.decode().split(": ", 1) for line in head.split(b"\r\n")[1:]]
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("POST", "/api/webhook", body, dict(lines))
    assert connection.getresponse().status == 200
    connection.close()
