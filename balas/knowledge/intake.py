"""Takes in any number of documents, in transactions short enough to hold up nobody."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from balas import audit
from balas.audit import Action
from balas.database.clock import now
from balas.database.engine import Database
from balas.database.session import transaction
from balas.knowledge import sources
from balas.knowledge.indexer import TOGETHER
from balas.knowledge.sources import Received
from balas.knowledge.uploads import Upload
from balas.ports import JobName, Ring

DOCUMENTS_A_TRANSACTION = 200
BYTES_A_TRANSACTION = 8 * 1024 * 1024


def take_in(database: Database, uploads: Sequence[Upload]) -> list[Received]:
    """Commit the documents, in the order given; `rings` then says which doorbells to ring."""
    received: list[Received] = []
    for group in _groups(uploads):
        with transaction(database) as session:
            at = now(session)
            taken = [sources.receive(session, upload, at) for upload in group]
            _record(session, taken, at)
        received += taken
    return received


def _record(session: Session, taken: Sequence[Received], at: datetime) -> None:
    """Documents that were here already, with the same content and for the same people, are no change."""
    created = [one.document.id for one in taken if one.document.created_at == at]
    replaced = [one.document.id for one in taken if one.replaced]
    told_anew = [one.document.id for one in taken if one.told_anew]
    for action, ids in (
        (Action.DOCUMENT_UPLOADED, created),
        (Action.DOCUMENT_REPLACED, replaced),
        (Action.DOCUMENT_CHANGED, told_anew),
    ):
        if found := dict.fromkeys(ids):
            audit.record(session, action, next(iter(found)), number=len(found))


def rings(received: Sequence[Received]) -> list[Ring]:
    """One doorbell for as many documents as a job takes along; each job goes on while any wait."""
    waiting = [one.document.id for one in received if one.waits]
    return [Ring(JobName.INGEST_DOCUMENT, document_id) for document_id in waiting[::TOGETHER]]


def _groups(uploads: Sequence[Upload]) -> Iterator[list[Upload]]:
    group: list[Upload] = []
    size = 0
    for upload in uploads:
        if group and (len(group) == DOCUMENTS_A_TRANSACTION or size + len(upload.content) > BYTES_A_TRANSACTION):
            yield group
            group, size = [], 0
        group.append(upload)
        size += len(upload.content)
    if group:
        yield group
