"""What an earlier answer rested on, as the documents say it now: for people who ask for the source."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from balas.models import Document, DocumentChunk, Turn
from balas.rag.talk.source_request import MAX_SHOWN, Cited, around, rows_of
from balas.values import Source, audiences_in

LOOK_BACK = 5  # answers: thanks and greetings may stand between
FRAGMENT = 80  # characters by which a passage is found again


def last_cited(session: Session, conversation_id: int, turn_id: int, audiences: frozenset[str]) -> Cited:
    """The passages of the last answer before this turn that was no small talk, if this person may see them."""
    query = select(Turn.answer).where(Turn.conversation_id == conversation_id, Turn.id < turn_id)
    answers = session.scalars(query.order_by(Turn.id.desc()).limit(LOOK_BACK)).all()
    answer = next((one for one in answers if one and one.get("mode") != "smalltalk"), None)
    told = (answer or {}).get("sources") or []
    found = [_passage(session, source, audiences) for source in told[:MAX_SHOWN]]
    return Cited(tuple(one for one in found if one is not None), gone=None in found)


def _passage(session: Session, source: Mapping[str, Any], audiences: frozenset[str]) -> Source | None:
    """The passage that holds the words cited, in the live version; None when document or words are gone."""
    document = session.get(Document, source["document_id"])
    if document is None or document.deleted_at is not None or not audiences_in(document.audience) & audiences:
        return None
    fragment = _fragment(source["quote"])
    query = select(DocumentChunk.text, DocumentChunk.page, DocumentChunk.heading, DocumentChunk.row_numbers).where(
        DocumentChunk.document_id == document.id,
        DocumentChunk.version == document.live_version,
        DocumentChunk.text.contains(fragment, autoescape=True),
    )
    row = session.execute(query.order_by(DocumentChunk.position).limit(1)).first()
    if not fragment or row is None:
        return None
    rows = rows_of(row.text, row.row_numbers or (), source["quote"])
    url = document.name if document.source == "url" else None
    return Source(document.id, document.title, row.page, around(row.text, fragment), url, row.heading, rows)


def _fragment(quote: str) -> str:
    line = max(quote.splitlines(), key=len, default="")
    return line.strip("… ")[:FRAGMENT].strip()
