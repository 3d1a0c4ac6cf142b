"""Which documents are web pages, and at which address: for source lines, and for what an answer may pass on."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from balas.database.statements import execute
from balas.models import Document
from balas.values import Retrieval

_WEB_PAGES = select(Document.id, Document.name).where(
    Document.id.in_(bindparam("document_ids", expanding=True)), Document.source == "url"
)


def located(session: Session, retrieval: Retrieval) -> Retrieval:
    """The passages; those of web pages get their addresses."""
    if not retrieval.passages:
        return retrieval
    documents = sorted({one.document_id for one in retrieval.passages})
    found = {row.id: row.name for row in execute(session, _WEB_PAGES, {"document_ids": documents})}
    passages = tuple(replace(one, url=found.get(one.document_id)) for one in retrieval.passages)
    return replace(retrieval, passages=passages) if found else retrieval
