"""How fast a chat goes: when the turn began that lies a given number of turns back."""

from __future__ import annotations

from sqlalchemy import Integer, bindparam, select
from sqlalchemy.orm import aliased

from balas.models import Turn

_before = aliased(Turn)
# By the index of a chat's turns, backwards; nothing is read without a number.
BEGAN_AT = (
    select(_before.created_at)
    .where(
        bindparam("most_turns", type_=Integer) > 0,
        _before.conversation_id == Turn.conversation_id,
        _before.id < Turn.id,
    )
    .order_by(_before.id.desc())
    .limit(1)
    .offset(bindparam("turns_between", type_=Integer))
)
