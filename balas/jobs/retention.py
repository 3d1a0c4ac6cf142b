"""Texts older than BALAS_RETENTION_DAYS -> blank, a batch at a time; yesterday's counts of single people, and what
operators did before BALAS_AUDIT_DAYS -> gone."""

from __future__ import annotations

from datetime import timedelta

from balas import audit
from balas.conversations import retention, spending
from balas.database import clock
from balas.database.session import reading, transaction
from balas.runtime import Runtime
from balas.telemetry import logger

EVERY_SECONDS = 600.0
LIMIT = 500

log = logger("retention")


def run(runtime: Runtime) -> int:
    """Blank and delete a batch; 0 when nothing is left that is too old."""
    with transaction(runtime.database) as session:
        at = clock.now(session)
        spending.forget_people(session, at)
        forgotten = audit.forget(session, at - timedelta(days=runtime.settings.balas_audit_days), LIMIT)
    return forgotten + _blank(runtime)


def _blank(runtime: Runtime) -> int:
    days = runtime.settings.balas_retention_days
    if days is None:
        return 0
    with reading(runtime.database) as session:
        old = retention.old(session, runtime.blanked, clock.now(session) - timedelta(days=days), LIMIT)
    if not old:
        return 0
    with transaction(runtime.database) as session:
        blanked = retention.blank(session, old)
    if blanked:
        log.info("old_texts_blanked", rows=blanked)
    return blanked
