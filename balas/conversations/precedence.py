"""Which turns come first: of a person's open turns the oldest, whichever of their addresses it was written under."""

from __future__ import annotations

from sqlalchemy import exists, or_
from sqlalchemy.orm import aliased

from balas.models import OPEN_TURNS, Conversation, Turn, User

_earlier = aliased(Turn)
_hidden = aliased(Conversation)
_is_earlier = (_earlier.id < Turn.id, _earlier.state.in_(OPEN_TURNS))

HAS_EARLIER_IN_CHAT = exists().where(_earlier.conversation_id == Turn.conversation_id, *_is_earlier)
# Of a turn, its conversation and its person. What was written under the hidden id before anybody knew whose it is has a
# conversation of its own until that is at rest, see `hidden_ids`.
HAS_EARLIER = or_(
    HAS_EARLIER_IN_CHAT,
    exists().where(
        _hidden.waha_session == Conversation.waha_session,
        _hidden.chat_key == User.lid,
        _hidden.id != Conversation.id,
        _earlier.conversation_id == _hidden.id,
        *_is_earlier,
    ),
)
