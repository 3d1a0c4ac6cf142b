"""All golden questions over the documents as they are: on request, and when prompts or settings have changed."""

from __future__ import annotations

from sqlalchemy.orm import Session

from balas import audit
from balas.audit import Action
from balas.database.clock import now
from balas.database.engine import Database
from balas.database.session import reading, transaction
from balas.errors import BudgetSpent
from balas.knowledge import drafting, golden, reports, sources
from balas.knowledge.gate import Gate, fell_since, report_of, results_of
from balas.knowledge.index_lease import lease
from balas.knowledge.rehearsal import Pay
from balas.models import GateReport, GoldenQuestion
from balas.models.index_lease import ASKING
from balas.telemetry import logger

SETTINGS = "settings"

log = logger("gate")


def run(database: Database, gate: Gate, pay: Pay | None = None, *, cause: str = "run", subject: str = "") -> GateReport:
    """Ask them all, keep how they did, and report what fell since the last time; with `pay` the model writes.

    Raises `BudgetSpent` when the day's caps end it: then nothing is kept.
    """
    present, asked = gate.ask_all(pay)
    before, falls = fell_since(asked, written=pay is not None)
    results = results_of(asked)
    with transaction(database) as session:
        gate.keep(session, present, results, written=pay is not None)
        report = report_of(cause, subject, before, list(results.values()), falls, now(session))
        report.after = report.after | {"conditions": gate.conditions, "written": pay is not None}
        reports.add(session, report)
    return report


def run_at_start(database: Database, gate: Gate, pay: Pay) -> list[GateReport]:
    """Ask them if prompts, settings or Balas itself have changed since the last time; one process at a time."""
    if not gate.is_armed() or not _changes(database, gate):
        return []
    with lease(database, ASKING) as held:
        changes = _changes(database, gate) if held is not None else None
        if not changes:
            return []
        found = [run(database, gate, cause=SETTINGS, subject=changes)]
        if gate.writes:
            try:
                found.append(run(database, gate, pay, cause=SETTINGS, subject=changes))
            except BudgetSpent as error:
                log.warning("golden_questions_not_written", reason=str(error))
    for report in found:
        tell = log.warning if report.falls else log.info
        tell("golden_questions_asked", questions=report.after["questions"], fell=len(report.falls), changed=changes)
    return found


def _changes(database: Database, gate: Gate) -> str | None:
    """What has changed since they were last asked, as people read it; None: nothing."""
    with reading(database) as session:
        last = _last_conditions(session)
    if last == gate.conditions:
        return None
    if last is None:
        return "asked for the first time"
    names = sorted({*last, *gate.conditions})
    return ", ".join(name for name in names if last.get(name) != gate.conditions.get(name))


def _last_conditions(session: Session) -> dict[str, str] | None:
    last = reports.last_of(session, SETTINGS)
    conditions: dict[str, str] | None = last.after.get("conditions") if last else None
    return conditions


def draft(
    database: Database, gate: Gate, *, document_id: int | None = None, chats: bool = False, limit: int
) -> tuple[list[GoldenQuestion], int]:
    """Keep drafts that the documents answer today, not approved; and how many were left out. Raises `NotFound`."""
    with reading(database) as session:
        if chats:
            found = drafting.from_chats(session, limit)
        else:
            documents = [sources.get(session, document_id)] if document_id is not None else sources.live(session)
            found = [one for document in documents for one in drafting.from_document(session, document, limit)]
        fresh = golden.unknown(session, found)
    passing = gate.passing(fresh)
    with transaction(database) as session:
        at = now(session)
        # Asked anew: somebody else may have drafted the same meanwhile.
        rows = [golden.add(session, one, at, is_approved=False) for one in golden.unknown(session, passing)]
        if rows:
            audit.record(session, Action.GOLDEN_DRAFTED, rows[0].id, number=len(rows))
    return rows, len(found) - len(rows)
