"""What holds for a document at once, whichever version is live: who may be told, its category, its period."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from balas.knowledge import versions
from balas.knowledge.uploads import Terms
from balas.models import Document


def of(document: Document) -> Terms:
    return Terms(document.category, document.valid_from, document.valid_until)


def put(document: Document, terms: Terms, now: datetime) -> None:
    document.category = terms.category
    document.valid_from, document.valid_until = terms.valid_from, terms.valid_until
    document.updated_at = now


def give(session: Session, document: Document, audience: str, knowledge_version: int) -> None:
    """Tell it to these audiences and nobody else. The version is one that no index has seen yet."""
    versions.give(session, document, audience)
    if (document.audience, document.given_audience) != (audience, audience):
        document.audience = document.given_audience = audience
        document.knowledge_version = knowledge_version
