"""How long WAHA waits for its 2xx at 200 messages a second while the same cores answer them."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from benchmarks.answering import System, embedded, separate, stand_in
from benchmarks.databases import distributed
from benchmarks.figures import Figure, LeftOut, Options, Pairs, rounded
from benchmarks.load import Plan, Sent, send
from benchmarks.machine import EVERY_CORE
from benchmarks.processes import base_environment, running, wait_until_answers
from tests.services import NotAvailable, free_port

RATE = 200.0


def run(options: Options) -> Iterator[Figure | LeftOut]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="balas-bench-")))
        servers = stack.enter_context(stand_in(folder, cores=EVERY_CORE))
        with ExitStack() as alone:
            system = alone.enter_context(embedded(folder, servers))
            yield _measured("latency_embedded", system, options, folder)
        try:
            databases = stack.enter_context(distributed(folder))
        except NotAvailable as error:
            yield LeftOut("latency_distributed", str(error))
            return
        system = stack.enter_context(separate(folder, servers, databases))
        yield _measured("latency_distributed", system, options, folder)


def _measured(name: str, system: System, options: Options, folder: Path) -> Figure:
    seconds = options.pick(5.0, 0.3)
    pairs, answered, middles = Pairs(), [], []
    with ExitStack() as stack:
        plain = _plain(stack, folder)
        _one(system, 1.0 if not options.tiny else 0.1)
        for _ in range(options.times(3)):
            sent, rate = _one(system, seconds)
            pairs.add(sent.latencies_ms["p99"], plain(seconds).latencies_ms["p99"])
            middles.append(sent.latencies_ms["p50"])
            answered.append(rate)
    more = {
        "p99_ms": rounded(median(pairs.ours)),
        "p50_ms": rounded(median(middles)),
        "plain_p99_ms": rounded(median(pairs.theirs)),
        "answered_per_second": rounded(median(answered)),
    }
    of = "webhook p99 at 200 messages/s, open loop, workers answering / FastAPI answering a constant"
    return Figure(name, of, pairs.ratios, "p99 < 100 ms", more)


def _one(system: System, seconds: float) -> tuple[Sent, float]:
    """The latencies, and how many a second were answered meanwhile; what is left is answered during the next run."""
    before, begun = system.stand_in.sent(), time.perf_counter()
    plan = Plan(system.product.port, system.product.hmac_key, seconds, connections=64, rate=RATE, chats=100_000)
    sent = send(plan, EVERY_CORE)
    return sent, (system.stand_in.sent() - before) / (time.perf_counter() - begun)


def _plain(stack: ExitStack, folder: Path) -> Callable[[float], Sent]:
    port = free_port()
    started = stack.enter_context(running(["benchmarks.plain_server", str(port)], base_environment(), folder / "plain"))
    wait_until_answers(started, port)
    return lambda seconds: send(Plan(port, "no key is needed", seconds, connections=64, rate=RATE), EVERY_CORE)
