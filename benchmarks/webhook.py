"""Requests a second at the webhook, everything committed to disk, against FastAPI answering a constant."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from benchmarks.databases import distributed
from benchmarks.figures import Figure, LeftOut, Options, Pairs, rounded
from benchmarks.load import Plan, Sent, send
from benchmarks.machine import OTHER_CORES, SERVER_CORES, cpu_seconds
from benchmarks.processes import Product, Started, base_environment, product, running, wait_until_answers
from tests.services import NotAvailable, free_port

CONNECTIONS = 64


class Target:
    """A server under load, with the CPU time that each of its answers took."""

    def __init__(self, started: Started, port: int, key: str) -> None:
        self._started = started
        self._port = port
        self._key = key
        self.cpu_us: list[float] = []
        self.latencies: list[float] = []

    def load(self, seconds: float) -> Sent:
        before = cpu_seconds(self._started.pid)
        sent = send(Plan(self._port, self._key, seconds, CONNECTIONS), OTHER_CORES)
        self.cpu_us.append((cpu_seconds(self._started.pid) - before) / sent.answered * 1e6)
        self.latencies.append(sent.latencies_ms["p99"])
        return sent


def run(options: Options) -> Iterator[Figure | LeftOut]:
    seconds = options.pick(2.5, 0.2)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="balas-bench-")))
        plain = _plain(stack, folder)
        servers = {"webhook_embedded": _embedded(stack, folder)}
        missing: LeftOut | None = None
        try:
            servers["webhook_distributed"] = _distributed(stack, folder)
        except NotAvailable as error:
            missing = LeftOut("webhook_distributed", str(error))
        pairs = {name: Pairs() for name in servers}
        for target in (plain, *servers.values()):
            target.load(seconds / 2)  # connections, caches, first pages
        for _ in range(options.times(5)):
            for name, target in servers.items():
                pairs[name].add(target.load(seconds).per_second, plain.load(seconds).per_second)
        targets = {"webhook_embedded": ">= 0.55", "webhook_distributed": ">= 0.30"}
        for name, target in servers.items():
            yield _figure(name, targets[name], pairs[name], target, plain)
        if missing:
            yield missing


def _figure(name: str, target: str, pairs: Pairs, ours: Target, plain: Target) -> Figure:
    of = "requests/s at 64 connections / FastAPI reading the same body and answering a constant"
    cpu, plain_cpu = (sorted(one.cpu_us)[len(one.cpu_us) // 2] for one in (ours, plain))
    more = {
        "per_second": rounded(sorted(pairs.ours)[len(pairs.ours) // 2]),
        "plain_per_second": rounded(sorted(pairs.theirs)[len(pairs.theirs) // 2]),
        "cpu_us": rounded(cpu),
        "plain_cpu_us": rounded(plain_cpu),
    }
    return Figure(name, of, pairs.ratios, target, more)


def _plain(stack: ExitStack, folder: Path) -> Target:
    port = free_port()
    command = ["benchmarks.plain_server", str(port)]
    started = stack.enter_context(running(command, base_environment(), folder / "plain.log", SERVER_CORES))
    wait_until_answers(started, port)
    return Target(started, port, "no key is needed")


def _embedded(stack: ExitStack, folder: Path) -> Target:
    return _product(stack, product(folder / "embedded"), ["benchmarks.web_process"])


def _distributed(stack: ExitStack, folder: Path) -> Target:
    environment = stack.enter_context(distributed(folder))
    return _product(stack, product(folder / "distributed", **environment), ["balas", "serve"])


def _product(stack: ExitStack, ours: Product, command: list[str]) -> Target:
    log = ours.folder / "web.log"
    started = stack.enter_context(running(command, ours.environment, log, SERVER_CORES))
    wait_until_answers(started, ours.port)
    return Target(started, ours.port, ours.hmac_key)
