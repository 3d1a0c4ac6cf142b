"""Rows whose doorbell was lost, leases that ran out, deadlines that passed."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from balas.conversations import endings, inbox, outbox, outcomes, responses, turns
from balas.conversations.outcomes import UNKNOWN
from balas.database import clock
from balas.database.session import reading, transaction
from balas.failpoints import failpoint
from balas.jobs import clock_steps
from balas.knowledge import sources, websites
from balas.ports import JobName, Ring
from balas.runtime import Runtime

EVERY_SECONDS = 5.0
# A fresh letter's doorbell is still ringing.
GRACE = timedelta(seconds=3)
LIMIT = 500
CRAWLS = 8  # websites that are taken up in one sweep: they are in no hurry, and workers have people to answer
INGESTS = 8  # documents that are taken up in one sweep, likewise: a worker goes on with the next by itself
NEVER_SENT = "not sent in time"
NOT_ANSWERED = "not answered in time"


def run(runtime: Runtime) -> list[Ring]:
    """Ring again for every unfinished row without a live lease; the caller rings what is returned."""
    if runtime.queue.depth() > LIMIT:
        return []  # nothing is lost while the queue is full: its rings come first
    clock_steps.undo(runtime)
    rings = _expire(runtime)
    failpoint("in_sweep")
    with reading(runtime.database) as session:
        return rings + _unfinished(session, clock.now(session))


def _unfinished(session: Session, now: datetime) -> list[Ring]:
    found = {
        JobName.PROCESS_MESSAGE: inbox.waiting(session, now - GRACE, now, LIMIT),
        JobName.GENERATE_RESPONSE: turns.unfinished(session, now, LIMIT),
        JobName.SEND_TO_WAHA: outbox.unfinished(session, now, LIMIT),
        JobName.INGEST_DOCUMENT: sources.unfinished(session, now, INGESTS),
        JobName.CRAWL_WEBSITE: websites.due(session, now - GRACE, CRAWLS),
    }
    return [Ring(job, row_id) for job, row_ids in found.items() for row_id in row_ids]


def _expire(runtime: Runtime) -> list[Ring]:
    with reading(runtime.database) as session:
        now = clock.now(session)
        late_turns = endings.overdue(session, now, LIMIT)
        late_bubbles = outbox.overdue(session, now, LIMIT)
    if not late_turns and not late_bubbles:
        return []
    with transaction(runtime.database) as session:
        now = clock.now(session)
        rings = [responses.expire(session, turn_id, NOT_ANSWERED, now) for turn_id in late_turns]
        expired = sum(ring is not None for ring in rings)
        for outbox_id, was_begun in late_bubbles:
            rings.append(outcomes.expire(session, outbox_id, UNKNOWN if was_begun else NEVER_SENT, now))
    runtime.metrics.turns.labels("dead").inc(expired)
    return [ring for ring in rings if ring is not None]
