"""One RQ worker process that runs many waiting jobs at once.

RQ's own workers take one job at a time, each in a fork that may import everything anew. Ours hands the job to a thread
and goes on: a turn mostly waits for its model. `rq info` and dashboards show queue, worker and running jobs as usual.
Order, recovery and mutual exclusion do not rest on RQ but on the rows' leases.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, nullcontext
from datetime import timedelta
from types import FrameType
from typing import Any

from redis.client import Pipeline, PubSubWorkerThread
from rq import worker_registration
from rq.exceptions import StopRequested
from rq.executions import Execution
from rq.job import Job
from rq.queue import Queue
from rq.registry import StartedJobRegistry
from rq.results import Result
from rq.utils import get_version, now
from rq.worker.base import BaseWorker, WorkerStatus

from balas.adapters.rq_books import Begun, Books, Ended
from balas.adapters.rq_timeouts import WatchdogPenalty
from balas.telemetry import logger

DRAIN_SECONDS = 20.0
LOOK_SECONDS = 0.2  # meanwhile, whether a second signal came
TWICE = timedelta(seconds=1)  # a terminal's Ctrl+C and what a parent sends on are one
HEARTBEAT_SECONDS = 30
HEARTBEAT_TTL = HEARTBEAT_SECONDS + 60
MOST_AT_ONCE = 4  # what a process computes at a time: more would be kept from another worker that has nothing to do
# RQ would say several times a job that its worker lives, and ask whether it was suspended.
SAY_EVERY_SECONDS = 2.0
# RQ's own seven minutes are how long a Redis that fell silent would go unnoticed.
LISTENS_SECONDS = 45
# A signal does not reach the worker that is a thread of another process: it looks after each wait of two seconds.
LISTENS_ASIDE_SECONDS = 17
MOST_FAILED = 1_000  # the newest are kept: the sweep rings again and again for a row that breaks, and Redis has an end

log = logger("worker")


class OwnQueue(Queue):
    """RQ's loop asks the class of its queues for the next job; this one asks the worker, which knows its free slots."""

    take: Callable[[int | None], Job | None]

    @classmethod
    def dequeue_any(
        cls, queues: Iterable[Queue], timeout: int | None, *_arguments: Any, **_options: Any
    ) -> tuple[Job, Queue] | None:
        (queue,) = queues
        assert isinstance(queue, cls)  # noqa: S101 the worker made it
        job = queue.take(timeout)
        return None if job is None else (job, queue)


class ConcurrentWorker(BaseWorker):
    """`concurrency` jobs at once. SIGTERM: takes no more, waits for what runs; a second one: does not wait.

    A signal sets `stopped`, or whoever runs it in a thread does. When `work` ends without it, Redis went away, and a
    new worker may try again.
    """

    death_penalty_class = WatchdogPenalty
    queue_class = OwnQueue
    max_connection_wait_time = 5.0  # RQ would wait up to a minute before it looks whether Redis is back
    pubsub_thread: PubSubWorkerThread | None  # type: ignore[assignment]  # RQ's own hint says that it is always None

    def __init__(self, queues: Sequence[str], stopped: threading.Event, *, concurrency: int, **options: Any) -> None:
        self._is_aside = threading.current_thread() is not threading.main_thread()
        listens = LISTENS_ASIDE_SECONDS if self._is_aside else LISTENS_SECONDS
        super().__init__(queues, job_monitoring_interval=HEARTBEAT_SECONDS, worker_ttl=listens, **options)
        (queue,) = self.queues
        assert isinstance(queue, OwnQueue)  # noqa: S101 RQ has just made it of its name
        queue.take = self._take
        self._books = Books(self, queue)
        self._more_wait = False
        self._following: dict[str, Begun] = {}  # by the execution that ended
        self._thread_id = threading.get_ident()
        self._concurrency = concurrency
        self._slots = threading.Semaphore(concurrency)
        self._pool = ThreadPoolExecutor(concurrency, thread_name_prefix="job")
        self._stopped = stopped
        self._takes_jobs = False
        self._ended = threading.Event()
        self._is_gone = False
        self._is_hurried = False
        self._beaten_at = self._asked_at = float("-inf")

    def work(self, *arguments: Any, **options: Any) -> bool:
        threading.Thread(target=self._beat, name="job-heartbeats", daemon=True).start()
        try:
            return super().work(*arguments, **options)
        except StopRequested:
            return False  # the signal came in the moment when RQ's loop had just ended
        finally:
            # Not in `teardown`: RQ does not come to it when Redis refuses a new worker.
            self._ended.set()
            self._pool.shutdown(wait=False)
            if self.pubsub_thread is not None:
                self.pubsub_thread.stop()

    def _pubsub_exception_handler(self, exc: Exception, *arguments: Any) -> None:
        if not self._ended.is_set():  # else its connection was closed under it, and it ends
            super()._pubsub_exception_handler(exc, *arguments)

    def _install_signal_handlers(self) -> None:
        self._takes_jobs = True
        if not self._is_aside:
            super()._install_signal_handlers()  # type: ignore[no-untyped-call]
        if self._stopped.is_set():
            self._stop_requested = True  # the signal came while we were still connecting

    def get_heartbeat_ttl(self, job: Job, working_time: float = 0.0) -> int:
        # Not the job's whole time-out: a job of a killed worker is noticed by then.
        return HEARTBEAT_TTL

    def heartbeat(self, timeout: int | None = None, pipeline: Pipeline | None = None) -> None:
        if self._is_aside and self._stopped.is_set() and threading.get_ident() == self._thread_id:
            self._shutdown()
        if time.monotonic() - self._beaten_at < SAY_EVERY_SECONDS:
            return
        self._beaten_at = time.monotonic()
        if self._is_gone:
            return  # what still runs must not bring it back
        with nullcontext(pipeline) if pipeline is not None else self.connection.pipeline() as saying:
            self._say_all(saying, timeout or self.worker_ttl + 60)
            if pipeline is None:
                saying.execute()

    def _say_all(self, pipeline: Pipeline, ttl: int) -> None:
        """RQ says the time alone: of a Redis that was flushed or began anew it would never be seen again."""
        self.last_heartbeat = now()
        pipeline.hset(self.key, mapping=self.serialize() | {"state": self._state})
        worker_registration.register(self, pipeline)
        pipeline.expire(self.key, ttl)
        pipeline.expire(self.executions_key, ttl)

    def check_for_suspension(self, burst: bool) -> None:
        if time.monotonic() - self._asked_at < SAY_EVERY_SECONDS:
            return
        self._asked_at = time.monotonic()
        super().check_for_suspension(burst)

    def set_state(self, state: str, pipeline: Pipeline | None = None) -> None:
        if state == WorkerStatus.IDLE and self.executions:
            return  # it waits for the next job, and works on others
        if state != self._state:
            super().set_state(state, pipeline)

    def _beat(self) -> None:
        while not self._ended.wait(HEARTBEAT_SECONDS):
            for execution in list(self.executions.values()):
                self._beat_for(execution)

    def _beat_for(self, execution: Execution) -> None:
        try:
            if execution._job is not None:
                self.maintain_heartbeats(execution._job, execution)
        except Exception:
            # The thread's edge: without heartbeats RQ would call every running job abandoned.
            log.exception("heartbeat_failed")

    def _take(self, timeout: int | None) -> Job | None:
        """Begins what waits, and tells RQ's loop one of the jobs; None where none waits and it shall not wait."""
        while not self._stop_requested:
            self._slots.acquire()  # before the pop: what is popped and cannot start would be lost with this process
            with ExitStack() as slot:
                slot.callback(self._slots.release)
                popped = b"" if self._more_wait else self._popped(timeout)
                if popped is None:
                    return None
                self._takes_jobs = False  # a signal waits until the jobs are handed over
                slot.pop_all()  # `_begin` gives it back
            try:
                if (job := self._begin(popped)) is not None:
                    return job
            finally:
                self._takes_jobs = True
        raise StopRequested

    def _popped(self, timeout: int | None) -> bytes | None:
        queue = self.queues[0]
        if get_version(self.connection) >= (6, 2, 0):
            found = queue.lmove(self.connection, queue.key, timeout)
        else:
            found = queue.lpop([queue.key], timeout, self.connection)
        return None if found is None else bytes(found[1])

    def _begin(self, popped: bytes) -> Job | None:
        """With it what waits behind it, into as many slots as are free; the first slot is held already."""
        held = 1
        while held < MOST_AT_ONCE and self._slots.acquire(blocking=False):
            held += 1
        try:
            begun = self._books.change(held, HEARTBEAT_TTL, popped=popped)
            self._more_wait = len(begun) == held
            for one in begun:
                self._count(one)
                self._pool.submit(self._perform, one)
                held -= 1
        finally:
            if held:  # else the end would wait for jobs that never began
                self._slots.release(held)
        return begun[0].job if begun else None

    def _count(self, begun: Begun) -> None:
        self.executions[begun.execution.id] = begun.execution
        self._state = WorkerStatus.BUSY

    def execute_job(self, job: Job, queue: Queue) -> None:
        """It was handed to its thread when it was taken."""

    def prepare_job_execution(self, job: Job, remove_from_intermediate_queue: bool = False) -> None:
        """Likewise."""

    def _perform(self, begun: Begun | None) -> None:
        try:
            while begun is not None:
                self.perform_job(begun.job, self.queues[0], begun.execution)
                begun = self._following.pop(begun.execution.id, None)
        except Exception:
            # The thread's edge: RQ's own book-keeping failed, e.g. Redis went away. The row's lease tells the rest.
            log.exception("job_bookkeeping_failed")
        finally:
            self._slots.release()

    def _goes_on(self) -> bool:
        """Whether the thread of a job that ended takes the next one. Not when RQ's loop waits for a slot for so long
        that nobody would hear of a suspension, or clean up."""
        is_ending = self._stop_requested or self._stopped.is_set()
        return not is_ending and time.monotonic() - self._asked_at < SAY_EVERY_SECONDS

    def handle_execution_ended(self, job: Job, queue: Queue, heartbeat_ttl: int) -> None:
        job.ended_at = now()

    def handle_job_success(
        self, job: Job, queue: Queue, started_job_registry: StartedJobRegistry, execution: Execution
    ) -> None:
        """Our jobs have no results, no repeats and none that wait for them."""
        assert job.started_at is not None  # noqa: S101 RQ has just run it
        assert job.ended_at is not None  # noqa: S101 likewise
        self.executions.pop(execution.id, None)
        if not self.executions:
            self._state = WorkerStatus.IDLE
        ended = Ended(job, execution, (job.ended_at - job.started_at).total_seconds())
        for following in self._books.change(int(self._goes_on()), HEARTBEAT_TTL, ended=ended):
            self._count(following)
            self._following[execution.id] = following

    def handle_job_failure(self, job: Job, queue: Queue, *arguments: Any, **options: Any) -> None:
        super().handle_job_failure(job, queue, *arguments, **options)
        self.set_state(WorkerStatus.IDLE)
        failed = queue.failed_job_registry
        if oldest := failed.get_job_ids(0, -MOST_FAILED - 1, cleanup=False):  # by when they would go
            self.connection.zrem(failed.key, *oldest)
            self.connection.delete(*map(Job.key_for, oldest), *map(Result.get_key, oldest))

    def _shutdown(self) -> None:
        self._stopped.set()
        self._stop_requested = True
        if self._takes_jobs:
            raise StopRequested

    def request_force_stop(self, signum: int, frame: FrameType | None) -> None:
        """A second signal: what runs is cut off, and others go on with it when its leases have run out."""
        if self._shutdown_requested_date is None or now() - self._shutdown_requested_date > TWICE:
            self._is_hurried = True

    def teardown(self) -> None:
        self._takes_jobs = False
        if not self._drained():
            log.warning("stopped_with_jobs_running", running=len(self.executions))
        self._is_gone = True
        super().teardown()  # type: ignore[no-untyped-call]

    def _drained(self) -> bool:
        deadline = time.monotonic() + DRAIN_SECONDS
        for _ in range(self._concurrency):
            while not self._slots.acquire(timeout=LOOK_SECONDS):
                if self._is_hurried or time.monotonic() > deadline:
                    return False
        return True
