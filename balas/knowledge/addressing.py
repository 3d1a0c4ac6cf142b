"""Which documents are web pages, and at which address: for source lines, and for what an answer may pass on."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from sqlalchemy import BindParameter, Select, bindparam, select
from sqlalchemy.orm import Session

from balas.database.statements import execute
from balas.models import Document
from balas.values import Retrieval


@lru_cache(maxsize=64)
def _web_pages(documents: int) -> Select[int, str]:
    """Of so many documents: a list of any length would be looked up anew each time."""
    ids: list[BindParameter[int]] = [bindparam(f"document_{place}") for place in range(documents)]
    return select(Document.id, Document.name).where(Document.id.in_(ids), Document.source == "url")


def located(session: Session, retrieval: Retrieval) -> Retrieval:
    """The passages; those of web pages get their addresses."""
    if not retrieval.passages:
        return retrieval
    documents = sorted({one.document_id for one in retrieval.passages})
    asked = {f"document_{place}": document for place, document in enumerate(documents)}
    found = {row.id: row.name for row in execute(session, _web_pages(len(documents)), asked)}
    passages = tuple(replace(one, url=found.get(one.document_id)) for one in retrieval.passages)
    return replace(retrieval, passages=passages) if found else retrieval
