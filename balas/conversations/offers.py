"""Whether the last thing we said in a chat was the offer of a person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from balas.models import Turn
from balas.rag.talk.wishes import may_reply_to_offer
from balas.values import Role


def has_offered(
    session: Session, conversation_id: int, turn_id: int, texts: Sequence[str], said: Sequence[Row[*tuple[Any, ...]]]
) -> bool:
    """By the record of the last answer before this turn. `texts` are the turn's, `said` what came before it.

    What a person of the team wrote after it is answered by them.
    """
    if not said or said[-1].role != Role.ASSISTANT or not may_reply_to_offer(texts):
        return False
    query = select(Turn.answer).where(Turn.conversation_id == conversation_id, Turn.id < turn_id)
    answer = session.scalars(query.order_by(Turn.id.desc()).limit(1)).first() or {}
    return bool((answer.get("trace") or {}).get("offered"))
