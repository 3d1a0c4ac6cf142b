"""Messages a second from webhook to WAHA, over MariaDB, Redis and RQ, against one fork a job."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.answering import StandIn, separate, stand_in
from benchmarks.databases import create, distributed
from benchmarks.figures import Figure, LeftOut, Options, Pairs, rounded
from benchmarks.load import Plan, send
from benchmarks.machine import EVERY_CORE
from benchmarks.processes import Started, base_environment, running, wait_until_answers
from tests.services import NotAvailable, free_port

PATIENCE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Naive:
    port: int
    worker: Started


def run(options: Options) -> Iterator[Figure | LeftOut]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="balas-bench-")))
        try:
            databases = stack.enter_context(distributed(folder))
        except NotAvailable as error:
            yield LeftOut("throughput", str(error))
            return
        servers = stack.enter_context(stand_in(folder, cores=EVERY_CORE))
        theirs = stack.enter_context(naive(folder, servers, databases))
        ours = stack.enter_context(separate(folder, servers, databases))
        pairs = Pairs()
        per_second(ours.product.port, ours.product.hmac_key, servers, 20)
        per_second(theirs.port, "no key is needed", servers, 2)
        for _ in range(options.times(3)):
            fast = per_second(ours.product.port, ours.product.hmac_key, servers, int(options.pick(300, 20)))
            pairs.add(fast, per_second(theirs.port, "no key is needed", servers, int(options.pick(12, 2))))
        more = {"per_second": rounded(median(pairs.ours)), "naive_per_second": rounded(median(pairs.theirs))}
        of = "messages/s answered, one web and one worker process / RQ's forking worker with the app imported first"
        yield Figure("throughput", of, pairs.ratios, ">= 20", more)


def per_second(port: int, key: str, servers: StandIn, messages: int) -> float:
    """Each from a chat of its own: turns of one chat wait for each other."""
    before = servers.sent()
    begun = time.perf_counter()
    send(Plan(port, key, PATIENCE_SECONDS, connections=16, chats=1_000_000, messages=messages), EVERY_CORE)
    return messages / servers.wait_for(before + messages, begun, PATIENCE_SECONDS)


@contextmanager
def naive(folder: Path, servers: StandIn, databases: dict[str, str]) -> Iterator[Naive]:
    port = free_port()
    server, _, _ = databases["DATABASE_URL"].rpartition("/")
    create(f"{server}/", "naive")
    environment = base_environment() | servers.settings
    environment |= {"NAIVE_DATABASE_URL": f"{server}/naive", "REDIS_URL": databases["REDIS_URL"]}
    with ExitStack() as stack:
        web = stack.enter_context(running(["benchmarks.naive_app", str(port)], environment, folder / "naive_web.log"))
        wait_until_answers(web, port)
        worker = stack.enter_context(running(["benchmarks.naive_worker"], environment, folder / "naive_worker.log"))
        yield Naive(port, worker)
