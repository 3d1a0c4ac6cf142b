"""One RQ worker process that runs many waiting jobs at once.

RQ's own workers take one job at a time, each in a fork that may import everything anew. Ours hands the job to a thread
and goes on: a turn mostly waits for its model. `rq info` and dashboards show queue, worker and running jobs as usual.
Order, recovery and mutual exclusion do not rest on RQ but on the rows' leases.
"""

from __future__ import annotations

import ctypes
import heapq
import itertools
import threading
import time
from collections.abc import Sequence
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
from rq.timeouts import BaseDeathPenalty
from rq.utils import now
from rq.worker.base import BaseWorker, WorkerStatus

from balas.telemetry import logger

DRAIN_SECONDS = 20.0
LOOK_SECONDS = 0.2  # meanwhile, whether a second signal came
TWICE = timedelta(seconds=1)  # a terminal's Ctrl+C and what a parent sends on are one
HEARTBEAT_SECONDS = 30
# RQ would say several times a job that its worker lives, and ask whether it was suspended.
SAY_EVERY_SECONDS = 2.0
# RQ's own seven minutes are how long a Redis that fell silent would go unnoticed.
LISTENS_SECONDS = 45
# A signal does not reach the worker that is a thread of another process: it looks after each wait of two seconds.
LISTENS_ASIDE_SECONDS = 17
MOST_FORGOTTEN = 1_000
MOST_FAILED = 1_000  # the newest are kept: the sweep rings again and again for a row that breaks, and Redis has an end

log = logger("worker")


class Watchdog:
    """One thread for the time-outs of all running jobs: a timer thread for each would double the threads."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int]] = []
        self._running: dict[int, tuple[int, type[BaseException]]] = {}
        self._order = itertools.count()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def watch(self, seconds: float, exception: type[BaseException]) -> int:
        ticket = next(self._order)
        with self._changed:
            self._running[ticket] = (threading.get_ident(), exception)
            heapq.heappush(self._heap, (time.monotonic() + seconds, ticket))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="job-timeouts", daemon=True)
                self._thread.start()
            self._changed.notify()
        return ticket

    def forget(self, ticket: int) -> None:
        with self._changed:
            self._running.pop(ticket, None)
            if len(self._heap) > 2 * len(self._running) + MOST_FORGOTTEN:  # else each would stay until it is due
                self._heap = [entry for entry in self._heap if entry[1] in self._running]
                heapq.heapify(self._heap)

    def _run(self) -> None:
        with self._changed:
            while True:
                if not self._heap:
                    self._changed.wait()
                    continue
                due, ticket = self._heap[0]
                if ticket in self._running and due > time.monotonic():
                    self._changed.wait(due - time.monotonic())
                    continue
                heapq.heappop(self._heap)
                overdue = self._running.pop(ticket, None)
                if overdue is not None:
                    # Ends the job at its next step in Python; a call that blocks has a time-out of its own.
                    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_long(overdue[0]), ctypes.py_object(overdue[1]))


class WatchdogPenalty(BaseDeathPenalty):
    watchdog = Watchdog()  # the process's: its thread outlives a worker that lost Redis

    def setup_death_penalty(self) -> None:
        self._ticket = self.watchdog.watch(self._timeout, self._exception) if self._timeout > 0 else None

    def cancel_death_penalty(self) -> None:
        if self._ticket is not None:
            self.watchdog.forget(self._ticket)


class ConcurrentWorker(BaseWorker):
    """`concurrency` jobs at once. SIGTERM: takes no more, waits for what runs; a second one: does not wait.

    A signal sets `stopped`, or whoever runs it in a thread does. When `work` ends without it, Redis went away, and a
    new worker may try again.
    """

    death_penalty_class = WatchdogPenalty
    max_connection_wait_time = 5.0  # RQ would wait up to a minute before it looks whether Redis is back
    pubsub_thread: PubSubWorkerThread | None  # type: ignore[assignment]  # RQ's own hint says that it is always None

    def __init__(self, queues: Sequence[str], stopped: threading.Event, *, concurrency: int, **options: Any) -> None:
        self._is_aside = threading.current_thread() is not threading.main_thread()
        listens = LISTENS_ASIDE_SECONDS if self._is_aside else LISTENS_SECONDS
        super().__init__(queues, job_monitoring_interval=HEARTBEAT_SECONDS, worker_ttl=listens, **options)
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
        return HEARTBEAT_SECONDS + 60

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

    def dequeue_job_and_maintain_ttl(
        self, timeout: int | None, max_idle_time: int | None = None
    ) -> tuple[Job, Queue] | None:
        self._slots.acquire()  # before the pop: what is popped and cannot start would be lost with this process
        with ExitStack() as slot:
            slot.callback(self._slots.release)
            found = super().dequeue_job_and_maintain_ttl(timeout, max_idle_time)
            if found is not None:
                self._takes_jobs = False  # a signal waits until the job is handed over, else its slot would be free
                slot.pop_all()  # `execute_job` gives it back
        return found

    def execute_job(self, job: Job, queue: Queue) -> None:
        try:
            with ExitStack() as slot:
                slot.callback(self._slots.release)  # else the end would wait for a job that never began
                self._pool.submit(self._perform, job, queue, self.prepare_execution(job))
                slot.pop_all()
        finally:
            self._takes_jobs = True

    def _perform(self, job: Job, queue: Queue, execution: Execution) -> None:
        try:
            self.perform_job(job, queue, execution)
        except Exception:
            # The thread's edge: RQ's own book-keeping failed, e.g. Redis went away. The row's lease tells the rest.
            log.exception("job_bookkeeping_failed")
        finally:
            self._slots.release()

    def handle_execution_ended(self, job: Job, queue: Queue, heartbeat_ttl: int) -> None:
        job.ended_at = now()

    def handle_job_success(
        self, job: Job, queue: Queue, started_job_registry: StartedJobRegistry, execution: Execution
    ) -> None:
        """One round trip: our jobs have no results, no repeats and none that wait for them."""
        assert job.started_at is not None  # noqa: S101 RQ has just run it
        assert job.ended_at is not None  # noqa: S101 likewise
        with self.connection.pipeline() as pipeline:
            self.increment_successful_job_count(pipeline=pipeline)
            self.increment_total_working_time(job.ended_at - job.started_at, pipeline)
            # Not `job.delete`, which asks three times first what is known here: it was started, and by this alone.
            pipeline.delete(job.key, job.dependents_key, job.dependencies_key)
            self.cleanup_execution(job, pipeline=pipeline, execution=execution)
            self.set_state(WorkerStatus.IDLE, pipeline)
            pipeline.execute()

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
