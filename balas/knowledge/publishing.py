"""What searches see changes here: publish, delete, bring back. Each in one transaction, which it opens itself."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from balas import audit
from balas.audit import Action, Result
from balas.database.clock import now
from balas.database.engine import Database
from balas.database.session import reading, transaction
from balas.errors import Conflict, NotFound
from balas.knowledge import indexer, reports, sources, versions
from balas.knowledge.gate import Gate, Weighed
from balas.knowledge.indexer import Passages, Work
from balas.models import Document, GateOutcome
from balas.telemetry import logger
from balas.values import MAX_ROW_ID

Read = Sequence[tuple[Work, Passages]]

log = logger("gate")


def publish(database: Database, gate: Gate, read: Read) -> None:
    """Make staged versions live, unless golden questions fall by them and the setting is to hold them.

    An approved answer is never held: it is a person's word already. Another document may change while this one is being
    weighed: the report is of the moment of weighing.
    """
    weighed = gate.weigh_staged({work.document_id: passages.document.title for work, passages in read})
    if weighed is None or not weighed.is_worse:
        _switch(database, gate, read, weighed)
        return
    held = [pair for pair in read if gate.holds and _may_wait(pair[0]) and weighed.falls_by(pair[0].document_id)]
    _switch(database, gate, [pair for pair in read if pair not in held], weighed, held)


def delete(database: Database, gate: Gate, document_id: int, *, force: bool = False) -> None:
    """Raises `NotFound`; `Conflict` when golden questions fall by it and the setting is to hold such changes."""
    with reading(database) as session:
        document = sources.get(session, document_id)
    live = document.live_version is not None
    weighed = gate.weigh_deletion(document_id) if live else None
    worse = weighed is not None and weighed.is_worse
    refused = worse and gate.holds and not force
    with transaction(database) as session:
        at = now(session)
        if not refused:
            sources.remove(session, document_id, at)
        done = Result.REFUSED if refused else Result.DONE
        audit.record(session, Action.DOCUMENT_DELETED, document_id, result=done)
        if weighed is not None and worse:
            outcome = GateOutcome.REFUSED if refused else GateOutcome.WARNED
            report = weighed.report("deletion", document_id, document.live_version, document.title, outcome)
            report.created_at = at
            reports.add(session, report)
        elif weighed is not None:
            _keep(session, gate, weighed)
    if weighed is not None and worse:
        fell = len(weighed.falls_by(document_id))
        log.warning("golden_questions_fall", document_id=document_id, cause="deletion", questions=fell, refused=refused)
        if refused:
            raise Conflict(
                f"{fell} golden questions would no longer be answered. It can be deleted all the same: force."
            )


def roll_back(database: Database, document_id: int) -> Document:
    """The previous version is live again, from the commit on. Raises `NotFound`, `Conflict`."""
    with transaction(database) as session:
        version, document = _locked(session, document_id)
        versions.roll_back(session, document, version, now(session))
        _clear(session, document)
        audit.record(session, Action.DOCUMENT_ROLLED_BACK, document_id)
        return document


def publish_held(database: Database, document_id: int) -> Document:
    """Raises `NotFound`, `Conflict`."""
    with transaction(database) as session:
        version, document = _locked(session, document_id)
        versions.publish_held(session, document, version, now(session))
        reports.decided(session, document_id, GateOutcome.PUBLISHED)
        _clear(session, document)
        audit.record(session, Action.DOCUMENT_PUBLISHED, document_id)
        return document


def discard_held(database: Database, document_id: int) -> None:
    """The live version stays; a document that never had one goes. Raises `NotFound`, `Conflict`."""
    with transaction(database) as session:
        at = now(session)
        document = sources.get(session, document_id)
        if document.gate == GateOutcome.HELD and document.live_version is None:
            sources.remove(session, document_id, at)
        else:
            _, document = _locked(session, document_id)  # a new version, for its address may be another
            versions.discard_held(session, document, at)
            _clear(session, document)
        reports.decided(session, document_id, GateOutcome.DISCARDED)
        audit.record(session, Action.DOCUMENT_DISCARDED, document_id)


def accept(database: Database, document_id: int) -> None:
    """A person has seen what golden questions said against the live version: it is right. Raises `NotFound`,
    `Conflict`."""
    with transaction(database) as session:
        document = _found(session, document_id)
        if document.gate != GateOutcome.WARNED:
            raise Conflict("Nothing is said against this document any more.")
        document.gate = None
        document.updated_at = now(session)
        audit.record(session, Action.DOCUMENT_ACCEPTED, document_id)


def _may_wait(work: Work) -> bool:
    return work.source != sources.CURATED


def _switch(database: Database, gate: Gate, live: Read, weighed: Weighed | None, held: Read = ()) -> None:
    worse = {work.document_id for work, _ in live if weighed and weighed.falls_by(work.document_id)}
    with transaction(database) as session:
        at = now(session)
        done = set(indexer.publish(session, live, at, worse)) if live else set()
        waiting = set(indexer.hold(session, held, at)) if held else set()
        if weighed is None:
            return
        for work, passages in [*live, *held]:
            if work.document_id in (done & worse) | waiting:
                outcome = GateOutcome.HELD if work.document_id in waiting else GateOutcome.WARNED
                title = passages.document.title
                report = weighed.report("document", work.document_id, work.version, title, outcome)
                report.created_at = at
                reports.add(session, report)
        if done == {work.document_id for work, _ in live} and not held:
            _keep(session, gate, weighed)
    for document_id in (done & worse) | waiting:
        fell = len(weighed.falls_by(document_id))
        log.warning("golden_questions_fall", document_id=document_id, questions=fell, held=document_id in waiting)


def _keep(session: Session, gate: Gate, weighed: Weighed) -> None:
    """Keep the results as those of the present documents, unless something else changed meanwhile."""
    if sources.version(session) == weighed.present.version + 1:
        gate.keep(session, weighed.present.followed(), weighed.after)


def _locked(session: Session, document_id: int) -> tuple[int, Document]:
    version = sources.bump(session, now(session))
    return version, _found(session, document_id)


def _found(session: Session, document_id: int) -> Document:
    document = session.get(Document, document_id, with_for_update=True, populate_existing=True)
    if document is None or document.deleted_at is not None:
        raise NotFound("No such document.")
    return document


def _clear(session: Session, document: Document) -> None:
    session.flush()
    versions.drop_old(session, [document.id])
    versions.drop_chunks(session, [document.id])


def _is_id(document: str) -> bool:
    digits = document.isascii() and document.isdecimal()
    return digits and len(document) <= len(str(MAX_ROW_ID)) and int(document) <= MAX_ROW_ID


def named(database: Database, document: str) -> int:
    """The id behind an id, a title or a file name. Raises `NotFound`, `Conflict`."""
    with reading(database) as session:
        if _is_id(document):
            return sources.get(session, int(document)).id
        found = sources.page(session, limit=50, q=document)
    exact = [row.id for row in found if document in {row.title, row.name}]
    if not exact:
        raise NotFound(f"No document is called {document}.")
    if len(exact) > 1:
        raise Conflict(f"Several documents are called {document}: give the id of one.")
    return exact[0]
