"""What holds for a document at once, whichever version is live: its audience, category and period."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from balas.knowledge import versions
from balas.knowledge.uploads import Terms
from balas.models import Document, WebsitePage
from balas.values import PUBLIC, audiences_in

DOCUMENTS_A_QUERY = 500


def of(document: Document) -> Terms:
    return Terms(document.category, document.valid_from, document.valid_until)


def put(document: Document, terms: Terms, now: datetime) -> None:
    document.category = terms.category
    document.valid_from, document.valid_until = terms.valid_from, terms.valid_until
    document.updated_at = now


def give(session: Session, document: Document, audience: str, knowledge_version: int) -> None:
    """Set the audiences, as somebody asked. `knowledge_version` is one that no index has seen yet.

    For a page of a website this holds from now on, whatever the website's own audience becomes.
    """
    _tell(session, [document], audience, knowledge_version)
    _set_by_hand(session, document, audience)


def give_with_content(session: Session, document: Document, audience: str) -> None:
    """Set the audiences of the content that waits to be indexed; what is live until then keeps its own."""
    document.given_audience = audience
    _set_by_hand(session, document, audience)


def give_pages(session: Session, website_id: int, audience: str, knowledge_version: int) -> None:
    """Set the audiences of a website's pages, except of those for which somebody set one."""
    own = (WebsitePage.website_id == website_id, WebsitePage.audience.is_(None), WebsitePage.document_id.is_not(None))
    ids = list(session.scalars(select(WebsitePage.document_id).where(*own).order_by(WebsitePage.document_id)))
    for start in range(0, len(ids), DOCUMENTS_A_QUERY):
        some = select(Document).where(Document.id.in_(ids[start : start + DOCUMENTS_A_QUERY]))
        live = session.scalars(some.where(Document.deleted_at.is_(None)).order_by(Document.id).with_for_update())
        _tell(session, live.all(), audience, knowledge_version)


def is_within(audience: str, held: str) -> bool:
    """Whether everybody in these audiences is also in those that the document is for."""
    to, now = audiences_in(audience), audiences_in(held)
    return PUBLIC in now or (PUBLIC not in to and to <= now)


def _tell(session: Session, documents: Sequence[Document], audience: str, knowledge_version: int) -> None:
    versions.give(session, [document.id for document in documents], audience)
    for document in documents:
        if (document.audience, document.given_audience) != (audience, audience):
            document.audience = document.given_audience = audience
            document.knowledge_version = knowledge_version


def _set_by_hand(session: Session, document: Document, audience: str) -> None:
    if document.source == "url":
        pages = update(WebsitePage).where(WebsitePage.document_id == document.id)
        session.execute(pages.values(audience=audience))
