"""GET /metrics for Prometheus. What lies in the database and the queue is looked up with each scrape."""

from __future__ import annotations

import math

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from balas.api.deps import RuntimeDep
from balas.conversations import books, catching_up, handoff, unread_chats
from balas.database.session import reading
from balas.errors import Transient
from balas.runtime import Runtime

STATES = ("answered", "ignored", "dead", "open")

router = APIRouter(tags=["operations"], generate_unique_id_function=lambda route: route.name)


@router.get("/metrics", summary="Metrics in Prometheus' text format", response_class=Response)
def get_metrics(runtime: RuntimeDep) -> Response:
    _look_up(runtime)
    return Response(generate_latest(runtime.metrics.registry), media_type=CONTENT_TYPE_LATEST)


def _look_up(runtime: Runtime) -> None:
    """A figure that cannot be had is NaN: the last one would look like all is well."""
    metrics = runtime.metrics
    try:
        with reading(runtime.database) as session:
            found = books.balance(session)
            missed = catching_up.missed_totals(session)
            unread = unread_chats.backlogs(session, runtime.settings.waha_sessions)
            waiting = float(handoff.count_waiting(session))
        counts, oldest = {state: float(getattr(found, state)) for state in STATES}, found.oldest_open_seconds
    except Transient:
        counts, oldest, missed, waiting = dict.fromkeys(STATES, math.nan), math.nan, {}, math.nan
        unread = None
    for state, count in counts.items():
        metrics.inbox.labels(state).set(count)
    metrics.oldest_open.set(oldest)
    metrics.waiting.set(waiting)
    for name in runtime.settings.waha_sessions:
        metrics.last_webhook.labels(name).set(runtime.heard_at(name))
        chats = math.nan if unread is None else unread[name].chats if name in unread else 0
        metrics.unread_chats.labels(name).set(chats)
    for name, total in missed.items():
        metrics.show_missed(name, total)
    try:
        metrics.queue_depth.set(runtime.queue.depth())
    except Transient:
        metrics.queue_depth.set(math.nan)
