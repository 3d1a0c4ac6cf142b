"""Runs a stage and goes on with the next one where that can be done here and now."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

import structlog

from balas.conversations import inbox
from balas.database import clock
from balas.database.session import transaction
from balas.errors import LeaseLost, Transient
from balas.failpoints import failpoint
from balas.jobs import crawl_website, generate_response, ingest_document, process_message, send_to_waha
from balas.ports import BESIDES, JobName, Ring
from balas.runtime import Runtime
from balas.telemetry import logger

STAGES: dict[JobName, Callable[..., Ring | None]] = {
    JobName.PROCESS_MESSAGE: process_message.run,
    JobName.GENERATE_RESPONSE: generate_response.run,
    JobName.SEND_TO_WAHA: send_to_waha.run,
    JobName.INGEST_DOCUMENT: ingest_document.run,
    JobName.CRAWL_WEBSITE: crawl_website.run,
}
Failed = Callable[[Ring, Exception], None]
AGAIN_AFTER_SECONDS = 2.0
FORGOTTEN_SECONDS = 120.0  # without another failure; the sweep rings every few seconds
GIVE_UP_SECONDS = 300.0  # well before the turns that wait behind the letter are dead

log = logger("jobs")


def perform(
    runtime: Runtime,
    job: JobName,
    row_id: int,
    place: AbstractContextManager[object] | None = None,
    failed: Failed = lambda _ring, _error: None,
) -> None:
    """Work on the row, and on whatever it leads to. The claims are in SQL, so going on here is as safe as a new job.

    `place`: what a job of `BESIDES` holds of the few places there are; given back before the next one is rung for.
    `failed` is told of a stage that broke, which is logged by then.
    """
    if job in BESIDES:
        _perform_beside(runtime, Ring(job, row_id), place or nullcontext(), failed)
        return
    with runtime.crew.working():
        ring: Ring | None = Ring(job, row_id)
        while ring is not None:
            following = perform_stage(runtime, ring, failed)
            failpoint("between_stages")
            if following is not None and following.delay_seconds > 0:
                runtime.queue.ring(following)
                return
            ring = following


def _perform_beside(runtime: Runtime, ring: Ring, place: AbstractContextManager[object], failed: Failed) -> None:
    """One document, or one step of a website: the next one waits its turn, and has a job's time limit of its own."""
    with place:
        following = perform_stage(runtime, ring, failed)
    if following is not None:
        runtime.queue.ring(following)


def perform_stage(runtime: Runtime, ring: Ring, failed: Failed = lambda _ring, _error: None) -> Ring | None:
    started = time.perf_counter()
    outcome = "done"
    with structlog.contextvars.bound_contextvars(job=ring.job, row_id=ring.row_id):
        try:
            known = () if ring.parcel is None else (ring.parcel,)
            following = STAGES[ring.job](runtime, ring.row_id, *known)
            runtime.failing.pop((ring.job, ring.row_id), None)
            return following
        except LeaseLost:
            outcome = "lease_lost"
            log.info("lease_lost")
            return None
        except Transient as error:
            outcome = "again"
            log.warning("job_put_off", error=type(error).__name__)
            return Ring(ring.job, ring.row_id, delay_seconds=AGAIN_AFTER_SECONDS)
        except Exception as error:
            # The process's edge: a turn or bubble keeps its lease until it runs out, then the sweep rings again, and
            # its deadline turns it into a dead letter that the operator sees.
            outcome = "failed"
            log.exception("job_failed")
            if ring.job is JobName.PROCESS_MESSAGE:
                _give_up_in_time(runtime, ring)
            failed(ring, error)
            return None
        finally:
            runtime.metrics.jobs.labels(ring.job, outcome).inc()
            runtime.metrics.job_seconds.labels(ring.job).observe(time.perf_counter() - started)


def _give_up_in_time(runtime: Runtime, ring: Ring) -> None:
    """A letter has neither lease nor deadline: what failed with it for so long, in this process, always will."""
    key, failed_at = (ring.job, ring.row_id), time.monotonic()
    for other, (_, last) in list(runtime.failing.items()):
        if failed_at - last > FORGOTTEN_SECONDS:  # another process has done it since
            runtime.failing.pop(other, None)
    since, _ = runtime.failing.get(key, (failed_at, failed_at))
    runtime.failing[key] = (since, failed_at)
    if failed_at - since < GIVE_UP_SECONDS:
        return
    try:
        with transaction(runtime.database) as session:
            is_over = inbox.give_up(session, ring.row_id, clock.now(session))
    except Transient as error:
        log.warning("job_put_off", error=type(error).__name__)
    else:
        if is_over:
            runtime.failing.pop(key, None)
