"""Doorbells through Redis: RQ jobs that carry a row id and nothing else."""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections.abc import Callable, Sequence

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue as RqJobs
from rq.serializers import JSONSerializer

from balas.errors import Transient
from balas.ports import JobName, Ring
from balas.telemetry import logger

QUEUE_NAME = "balas"
JOB_SECONDS = 600
# RQ would keep a failed job for a year.
FAILURE_TTL_SECONDS = 86_400
SOCKET_SECONDS = 5.0

log = logger("rq")


def job_path(job: JobName) -> str:
    """The function RQ calls; it runs in `balas worker`."""
    return f"balas.worker.{job}"


class RqQueue:
    """Redis may lose every ring: the sweep finds the rows again. So a ring that cannot be sent is only logged."""

    def __init__(self, url: str) -> None:
        self.connection: Redis = Redis.from_url(
            url, socket_timeout=SOCKET_SECONDS, socket_connect_timeout=2, health_check_interval=30
        )
        self._jobs = RqJobs(QUEUE_NAME, connection=self.connection, serializer=JSONSerializer)
        self._later = _Later(self._send)

    def ring(self, *rings: Ring) -> None:
        now = [ring for ring in rings if ring.delay_seconds <= 0]
        for ring in rings:
            if ring.delay_seconds > 0:
                self._later.add(ring)
        if now:
            self._send(now)

    def _send(self, rings: Sequence[Ring]) -> None:
        data = [
            RqJobs.prepare_data(
                job_path(ring.job),
                (ring.row_id,),
                timeout=JOB_SECONDS,
                result_ttl=0,
                failure_ttl=FAILURE_TTL_SECONDS,
                description=f"{ring.job} {ring.row_id}",
            )
            for ring in rings
        ]
        try:
            self._jobs.enqueue_many(data)
        except RedisError as error:
            log.warning("rings_not_sent", rings=len(rings), error=type(error).__name__)

    def depth(self) -> int:
        try:
            return self._jobs.count
        except RedisError as error:
            raise Transient(f"Redis does not answer ({type(error).__name__}); check REDIS_URL") from error

    def ping(self) -> None:
        try:
            self.connection.ping()
        except RedisError as error:
            raise Transient(f"Redis does not answer ({type(error).__name__}); check REDIS_URL") from error

    def close(self) -> None:
        self._later.close()
        self.connection.close()


class _Later:
    """Rings for a later moment wait here: RQ's own scheduler is one more process, and looks only once a second."""

    def __init__(self, send: Callable[[Sequence[Ring]], None]) -> None:
        self._send = send
        self._heap: list[tuple[float, int, Ring]] = []
        self._order = itertools.count()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed = False

    def add(self, ring: Ring) -> None:
        due = Ring(ring.job, ring.row_id)
        with self._changed:
            heapq.heappush(self._heap, (time.monotonic() + ring.delay_seconds, next(self._order), due))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="later-rings", daemon=True)
                self._thread.start()
            self._changed.notify()

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify()

    def _run(self) -> None:
        while due := self._due():
            self._send(due)

    def _due(self) -> list[Ring]:
        with self._changed:
            while not self._closed:
                now = time.monotonic()
                due = []
                while self._heap and self._heap[0][0] <= now:
                    due.append(heapq.heappop(self._heap)[2])
                if due:
                    return due
                self._changed.wait(self._heap[0][0] - now if self._heap else None)
            return []
