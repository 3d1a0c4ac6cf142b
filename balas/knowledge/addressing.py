"""Which documents are web pages, and at which address: for source lines, and for what an answer may pass on."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from balas.database.engine import Database
from balas.database.session import reading
from balas.database.statements import execute, placed, places
from balas.models import Document
from balas.values import Retrieval

MOST_KNOWN = 2000  # documents; more begin anew


@lru_cache(maxsize=64)
def _web_pages(documents: int) -> Select[int, str]:
    return select(Document.id, Document.name).where(Document.id.in_(places(documents)), Document.source == "url")


def located(session: Session, retrieval: Retrieval) -> Retrieval:
    """The passages; those of web pages get their addresses."""
    return _with(retrieval, _found(session, _documents(retrieval)))


class Addresses:
    """Kept for the passages of the next answer, as of one knowledge version: who changes an address makes a new one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._version = 0
        self._known: dict[int, str | None] = {}

    def located(self, database: Database, retrieval: Retrieval, version: int) -> Retrieval:
        """`version` was read before: what is read now is never older."""
        documents = _documents(retrieval)
        with self._lock:
            if self._version != version:
                self._version, self._known = version, {}
            known = {document: self._known[document] for document in documents if document in self._known}
        if unknown := [document for document in documents if document not in known]:
            with reading(database) as session:
                found = _found(session, unknown)
            read = {document: found.get(document) for document in unknown}
            known |= read
            with self._lock:
                if self._version == version:
                    if len(self._known) >= MOST_KNOWN:
                        self._known.clear()
                    self._known.update(read)
        return _with(retrieval, known)


def _documents(retrieval: Retrieval) -> list[int]:
    return sorted({one.document_id for one in retrieval.passages})


def _found(session: Session, documents: Sequence[int]) -> dict[int, str]:
    if not documents:
        return {}
    return {row.id: row.name for row in execute(session, _web_pages(len(documents)), placed(documents))}


def _with(retrieval: Retrieval, addresses: Mapping[int, str | None]) -> Retrieval:
    if not any(addresses.values()):
        return retrieval
    passages = tuple(replace(one, url=addresses.get(one.document_id)) for one in retrieval.passages)
    return replace(retrieval, passages=passages)
