"""Texts older than BALAS_RETENTION_DAYS -> blank, a batch at a time; yesterday's counts of single people -> gone."""

from __future__ import annotations

from datetime import timedelta

from balas.conversations import retention, spending
from balas.database import clock
from balas.database.session import reading, transaction
from balas.runtime import Runtime
from balas.telemetry import logger

EVERY_SECONDS = 600.0
LIMIT = 500

log = logger("retention")


def run(runtime: Runtime) -> int:
    """Blank a batch of each table; 0 when nothing is left to blank, or texts are kept for ever."""
    with transaction(runtime.database) as session:
        spending.forget_people(session, clock.now(session))
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
