"""The worker process: RQ calls these functions by name, each with the id of a row."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from types import FrameType

from balas.adapters.one_core import OneCore
from balas.jobs.line import Failed, perform
from balas.ports import BESIDES, BESIDES_AT_ONCE, JobName
from balas.runtime import Runtime
from balas.telemetry import logger

CONCURRENCY = 100  # as `balas worker` has it
RECONNECT_SECONDS = 2.0

log = logger("worker")
_runtime: Runtime | None = None  # RQ calls plain functions: what they need stands in their process
_core: OneCore | None = None  # likewise; None where the webhook runs in the same process
_places = {job: threading.Semaphore(BESIDES_AT_ONCE) for job in BESIDES}


def process_message(row_id: int) -> None:
    """Inbox row -> may we answer? -> turn."""
    _perform(JobName.PROCESS_MESSAGE, row_id)


def generate_response(row_id: int) -> None:
    """Turn -> retrieval -> answer -> outbox rows."""
    _perform(JobName.GENERATE_RESPONSE, row_id)


def send_to_waha(row_id: int) -> None:
    """Outbox row -> WAHA."""
    _perform(JobName.SEND_TO_WAHA, row_id)


def ingest_document(row_id: int) -> None:
    """Document -> passages that searches find."""
    _perform(JobName.INGEST_DOCUMENT, row_id)


def crawl_website(row_id: int) -> None:
    """One step of reading a website."""
    _perform(JobName.CRAWL_WEBSITE, row_id)


class JobFailed(Exception):
    """What RQ shows of it for a day; the worker's log says where it broke."""


def _perform(job: JobName, row_id: int) -> None:
    broken: list[str] = []
    _perform_stages(job, row_id, lambda ring, error: broken.append(f"{ring.job} {ring.row_id}: {type(error).__name__}"))
    if broken:  # raised here, where no error is near whose text RQ would keep
        raise JobFailed(f"{broken[0]}; the worker's log says where")


def _perform_stages(job: JobName, row_id: int, failed: Failed) -> None:
    if _runtime is None:
        raise RuntimeError("these jobs run in `balas worker`, which imports everything once; start that instead")
    with ExitStack() as place:
        if (places := _places.get(job)) is not None:
            if not places.acquire(blocking=False):
                return  # waiting would take a slot; whoever holds a place rings for the next row, or the sweep does
            place.callback(places.release)
            if _core is not None:
                place.enter_context(_core.apart())  # embedding and reading files leave the interpreter to others
        perform(_runtime, job, int(row_id), place, failed)


@contextmanager
def working_aside(runtime: Runtime, stopped: threading.Event, seconds_left: Callable[[], float]) -> Iterator[None]:
    """The same work in a thread, for `balas up` with Redis, whose jobs go through RQ as well."""
    if runtime.settings.redis_url is None:
        yield
        return
    thread = threading.Thread(target=work, args=(runtime, CONCURRENCY, stopped), name="worker", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join(seconds_left())  # 20 s for the jobs that run; a frozen Redis would hold it longer


def work_on_one_core(runtime: Runtime, concurrency: int, stopped: threading.Event) -> None:
    """The same in a process that does nothing else."""
    global _core
    _core = OneCore()
    with _core.kept():
        work(runtime, concurrency, stopped)


def work(runtime: Runtime, concurrency: int, stopped: threading.Event) -> None:
    """Work on jobs until `stopped` is set, as a signal does in the main thread; then finish what runs."""
    from redis import Redis  # noqa: PLC0415 only with REDIS_URL
    from redis.exceptions import RedisError  # noqa: PLC0415 likewise
    from rq.serializers import JSONSerializer  # noqa: PLC0415 likewise

    from balas.adapters.rq_queue import QUEUE_NAME  # noqa: PLC0415 likewise
    from balas.adapters.rq_worker import ConcurrentWorker  # noqa: PLC0415 likewise

    global _runtime
    _runtime = runtime
    assert runtime.settings.redis_url is not None  # noqa: S101 the command refused to start without it
    url = runtime.settings.redis_url.get_secret_value()
    is_aside = threading.current_thread() is not threading.main_thread()
    while not stopped.is_set():
        if not is_aside:
            _listen(stopped)  # each time anew: RQ leaves listeners behind, which would ask a worker that has ended
        connection = Redis.from_url(url)
        try:
            worker = ConcurrentWorker(
                [QUEUE_NAME], stopped, connection=connection, serializer=JSONSerializer, concurrency=concurrency
            )
            worker.work(logging_level="WARNING")
        except RedisError as error:
            log.warning("redis_away", error=type(error).__name__)
        except Exception:
            if not is_aside:
                raise
            log.exception("worker_failed")  # the thread's edge: raised, it would leave a web server that answers nobody
        finally:
            connection.close()
        stopped.wait(RECONNECT_SECONDS)


def _listen(stopped: threading.Event) -> None:
    """Signals set `stopped` while no RQ worker listens for them."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopped.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
