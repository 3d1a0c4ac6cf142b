"""The load: one process, one thread, non-blocking sockets; fifteen microseconds of it a request.

`python -m benchmarks.load` reads a `Plan` as JSON on stdin and prints a `Sent`.
"""

from __future__ import annotations

import json
import select
import socket
import subprocess
import sys
import time
from collections import Counter, deque
from dataclasses import asdict, dataclass, field
from heapq import nsmallest

from benchmarks.events import Events
from benchmarks.processes import pinned_to

DRAIN_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Plan:
    """`rate` 0: as fast as the answers come (closed loop); else so many a second, whatever comes back (open loop)."""

    port: int
    key: str
    seconds: float
    connections: int = 64
    rate: float = 0.0
    chats: int = 1000
    messages: int = 0  # no more than these; 0: as many as the time allows


@dataclass(slots=True)
class Sent:
    seconds: float
    answered: int
    statuses: dict[str, int]
    latencies_ms: dict[str, float]  # p50, p99, highest

    @property
    def per_second(self) -> float:
        return self.answered / self.seconds


def send(plan: Plan, cores: frozenset[int]) -> Sent:
    """Run the plan in a process of its own. Raises `RuntimeError` unless everything was answered 200."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.load"],
        input=json.dumps(asdict(plan)).encode(),
        capture_output=True,
        preexec_fn=pinned_to(cores),
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"the load generator failed: {done.stderr.decode()[-500:]}")
    sent = Sent(**json.loads(done.stdout))
    if set(sent.statuses) != {"200"}:
        raise RuntimeError(f"not everything was answered 200: {sent.statuses}")
    return sent


@dataclass(slots=True)
class _Line:
    """A connection: when the request under way was due, and what of its answer has come."""

    socket: socket.socket
    due: float = 0.0
    received: bytes = b""


@dataclass(slots=True)
class _Run:
    plan: Plan
    events: Events
    poll: select.epoll = field(default_factory=select.epoll)
    lines: dict[int, _Line] = field(default_factory=dict)
    free: deque[_Line] = field(default_factory=deque)
    statuses: Counter[str] = field(default_factory=Counter)
    latencies: list[float] = field(default_factory=list)
    begun: int = 0

    def connect(self) -> None:
        for _ in range(self.plan.connections):
            connection = socket.create_connection(("127.0.0.1", self.plan.port))
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            line = _Line(connection)
            self.lines[connection.fileno()] = line
            self.free.append(line)
            self.poll.register(connection.fileno(), select.EPOLLIN)

    def may_begin(self, now: float, end: float) -> bool:
        return now < end and (not self.plan.messages or self.begun < self.plan.messages)

    def begin(self, line: _Line, due: float) -> None:
        line.due = due
        line.socket.sendall(self.events.request(self.begun))
        self.begun += 1

    def receive(self, timeout: float) -> None:
        for number, _ in self.poll.poll(timeout):
            line = self.lines[number]
            piece = line.socket.recv(65536)
            if not piece:
                raise ConnectionError("the server closed a connection")
            line.received += piece
            if _whole(line.received):
                self.statuses[line.received[9:12].decode()] += 1
                self.latencies.append(time.perf_counter() - line.due)
                line.received = b""
                self.free.append(line)

    @property
    def under_way(self) -> int:
        return len(self.lines) - len(self.free)


def _whole(received: bytes) -> bool:
    head = received.find(b"\r\n\r\n")
    if head < 0:
        return False
    place = received.lower().find(b"content-length: ")
    length = int(received[place + 16 : received.index(b"\r", place)])
    return len(received) >= head + 4 + length


def _closed(run: _Run) -> float:
    begun = time.perf_counter()
    end = begun + run.plan.seconds
    while run.may_begin(now := time.perf_counter(), end):
        while run.free and run.may_begin(now, end):
            run.begin(run.free.popleft(), time.perf_counter())
        run.receive(1.0)
    _finish(run)
    return time.perf_counter() - begun


def _open(run: _Run) -> float:
    """Requests begin when they are due; what finds no free connection waits, and its latency counts from its time."""
    begun = time.perf_counter()
    end = begun + run.plan.seconds
    interval = 1 / run.plan.rate
    due = begun
    while run.may_begin(due, end):
        now = time.perf_counter()
        while due <= now and run.free and run.may_begin(due, end):
            run.begin(run.free.popleft(), due)
            due += interval
        run.receive(max(0.0, due - time.perf_counter()) if run.free else 1.0)
    _finish(run)
    return time.perf_counter() - begun


def _finish(run: _Run) -> None:
    deadline = time.perf_counter() + DRAIN_SECONDS
    while run.under_way and time.perf_counter() < deadline:
        run.receive(0.5)
    if run.under_way:
        run.statuses["none"] += run.under_way


def percentile(values: list[float], share: float) -> float:
    """The smallest value that at least `share` of them do not exceed."""
    rank = max(1, min(len(values), -int(-share * len(values) // 1)))
    return nsmallest(rank, values)[-1] if values else 0.0


def main() -> None:
    plan = Plan(**json.load(sys.stdin))
    run = _Run(plan, Events(plan.key.encode(), chats=plan.chats))
    run.connect()
    seconds = _open(run) if plan.rate else _closed(run)
    milliseconds = sorted(value * 1000 for value in run.latencies)
    shares = {"p50": percentile(milliseconds, 0.5), "p99": percentile(milliseconds, 0.99)}
    shares["highest"] = milliseconds[-1] if milliseconds else 0.0
    sent = Sent(seconds, len(run.latencies), dict(run.statuses), {k: round(v, 2) for k, v in shares.items()})
    json.dump(asdict(sent), sys.stdout)


if __name__ == "__main__":
    main()
