"""Doorbells through Redis: RQ jobs that carry a row id and nothing else."""

from __future__ import annotations

import itertools
import random
import threading
import time
from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any

from redis import Redis
from redis.exceptions import OutOfMemoryError, ReadOnlyError, RedisError
from rq import Queue as RqJobs
from rq.job import Job, JobStatus
from rq.serializers import JSONSerializer
from rq.utils import now, utcformat

from balas.adapters.waiting import WaitingRings
from balas.errors import ConfigurationRefused, Transient
from balas.ports import BESIDES, JobName, Ring
from balas.telemetry import logger

QUEUE_NAME = "balas"
PROBE = "balas:probe"
JOB_SECONDS = 600
# A large document that is recognised page by page and embedded by a slow server; its lease tells when it hangs.
BESIDES_SECONDS = 6 * 3600
# RQ would keep a failed job for a year.
FAILURE_TTL_SECONDS = 86_400
SOCKET_SECONDS = 5.0
OWN = frozenset({"data", "description"})  # what the form leaves out: each job has its own
MOST_AT_ONCE = 256
MOST_WAITING = 10_000  # while Redis does not take them
PAUSE_SECONDS = 1.0
# As `Queue.enqueue_many` does it. What all jobs of a kind have in common, thirty arguments, comes once for all of them.
ENQUEUE = """
local first = 2 + tonumber(ARGV[1])
for place = first, #ARGV, 3 do
  local id, data, description = ARGV[place], ARGV[place + 1], ARGV[place + 2]
  redis.call('HSET', KEYS[3] .. id, 'data', data, 'description', description, unpack(ARGV, 2, first - 1))
  redis.call('RPUSH', KEYS[2], id)
end
redis.call('SADD', KEYS[1], KEYS[2])
"""

log = logger("rq")


def job_path(job: JobName) -> str:
    """The function RQ calls; it runs in `balas worker`."""
    return f"balas.worker.{job}"


class RqQueue:
    """Redis may lose every ring: the sweep finds the rows again. So a ring that cannot be sent is only logged."""

    def __init__(self, url: str) -> None:
        self.connection: Redis = _client(url)
        self._jobs = RqJobs(QUEUE_NAME, connection=self.connection, serializer=JSONSerializer)
        self._enqueue = self.connection.register_script(ENQUEUE)
        self._forms: dict[JobName, dict[Any, Any]] = {}
        self._bell = _Bell(self._send)

    def ring(self, *rings: Ring) -> None:
        self._bell.add(*rings)

    def _send(self, rings: Sequence[Ring]) -> None:
        keys = (self._jobs.redis_queues_keys, self._jobs.key, Job.key_for(""))
        try:
            for job, alike in itertools.groupby(sorted(rings, key=attrgetter("job")), key=attrgetter("job")):
                form = self._form(job)
                own = [part for ring in alike for part in _own(ring)]
                self._enqueue(keys, (len(form), *form, *own))
        except RedisError as error:
            log.warning("rings_not_sent", rings=len(rings), error=type(error).__name__)

    def _form(self, job: JobName) -> list[Any]:
        """What RQ writes of every job of this kind: names and values in turn."""
        if job not in self._forms:
            made = self._jobs.create_job(
                job_path(job),
                timeout=BESIDES_SECONDS if job in BESIDES else JOB_SECONDS,
                result_ttl=0,
                failure_ttl=FAILURE_TTL_SECONDS,
                status=JobStatus.QUEUED,
            )
            self._forms[job] = made.to_dict(include_meta=False)
        said_at = utcformat(now())
        form = self._forms[job] | {"created_at": said_at, "enqueued_at": said_at}
        return [part for name, value in form.items() if name not in OWN for part in (name, value)]

    def depth(self) -> int:
        try:
            return self._jobs.count
        except RedisError as error:
            raise Transient(f"Redis does not answer ({type(error).__name__}); check REDIS_URL") from error

    def ping(self) -> None:
        try:
            self.connection.set(PROBE, "", ex=60)  # one that is full, and a replica, answer a PING
        except (OutOfMemoryError, ReadOnlyError) as error:
            raise Transient(
                f"Redis takes no writes ({type(error).__name__}): give it memory, or name the primary in REDIS_URL"
            ) from error
        except RedisError as error:
            raise Transient(f"Redis does not answer ({type(error).__name__}); check REDIS_URL") from error

    def close(self) -> None:
        self._bell.close()
        self.connection.close()


def _own(ring: Ring) -> tuple[str, bytes, str]:
    """A job's id, data and description. RQ reads data that is not compressed as well; compressing takes longer than the
    rest, and makes it no shorter."""
    data: bytes = JSONSerializer.dumps((job_path(ring.job), None, (ring.row_id,), {}))  # type: ignore[no-untyped-call]
    return f"{random.getrandbits(128):032x}", data, f"{ring.job} {ring.row_id}"


def _client(url: str) -> Redis:
    """Raises `ConfigurationRefused`: what the client does not take would be found out by the first webhook."""
    try:
        client: Redis = Redis.from_url(
            url, socket_timeout=SOCKET_SECONDS, socket_connect_timeout=2, health_check_interval=30
        )
        client.connection_pool.make_connection()  # not connected yet
    except (TypeError, ValueError) as error:
        raise ConfigurationRefused(
            "REDIS_URL: what follows the ? is no option of the Redis client, or none of its values; leave it out"
        ) from error
    if client.get_encoder().decode_responses:
        raise ConfigurationRefused("REDIS_URL: with decode_responses RQ cannot read its jobs; leave it out")
    return client


class _Bell:
    """Sends rings when they are due, all that are due at once, in a thread: no webhook call waits for Redis.

    RQ's own scheduler for a later moment is one more process, and looks only once a second.
    """

    def __init__(self, send: Callable[[Sequence[Ring]], None]) -> None:
        self._send = send
        self._waiting = WaitingRings()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed = False

    def add(self, *rings: Ring) -> None:
        with self._changed:
            moment = time.monotonic()
            left_out = 0
            for ring in rings:
                if len(self._waiting) < MOST_WAITING:
                    self._waiting.add(ring, moment)
                else:
                    left_out += 1
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="bell", daemon=True)
                self._thread.start()
            self._changed.notify()
        if left_out:
            log.warning("rings_left_to_the_sweep", rings=left_out)

    def close(self) -> None:
        """What is due is still sent; the rest is left to the sweep."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join(SOCKET_SECONDS)

    def _run(self) -> None:
        while due := self._due():
            try:
                self._send(due)
            except Exception:
                # The thread's edge: without it no ring would ever leave this process again. These the sweep repeats.
                log.exception("bell_failed", rings=len(due))
                time.sleep(PAUSE_SECONDS)

    def _due(self) -> list[Ring]:
        with self._changed:
            while True:
                moment = time.monotonic()
                due: list[Ring] = []
                while len(due) < MOST_AT_ONCE and (key := self._waiting.take(moment)) is not None:
                    due.append(Ring(*key))
                if due or self._closed:
                    return due
                following = self._waiting.next_due()
                self._changed.wait(None if following is None else following - moment)
