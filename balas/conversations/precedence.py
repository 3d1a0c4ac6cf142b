"""Which turns come first: the oldest of a person's open turns, under whichever of their addresses it was written."""

from __future__ import annotations

from sqlalchemy import exists, or_
from sqlalchemy.orm import aliased

from balas.models import OPEN_TURNS, Conversation, Turn, User

_earlier = aliased(Turn)
_hidden = aliased(Conversation)
_known = aliased(Conversation)
_person = aliased(User)
_is_earlier = (_earlier.id < Turn.id, _earlier.state.in_(OPEN_TURNS))

HAS_EARLIER_IN_CHAT = exists().where(_earlier.conversation_id == Turn.conversation_id, *_is_earlier)
# Of a turn, its conversation and its person. What was written under the hidden id before anybody knew whose it is has a
# conversation of its own until that is at rest, see `hidden_ids`; each of the two waits for the other's older turns.
HAS_EARLIER = or_(
    HAS_EARLIER_IN_CHAT,
    exists().where(
        _hidden.waha_session == Conversation.waha_session,
        _hidden.chat_key == User.lid,
        _hidden.id != Conversation.id,
        _earlier.conversation_id == _hidden.id,
        *_is_earlier,
    ),
    exists().where(
        _person.lid == Conversation.chat_key,
        _known.user_id == _person.id,
        _known.waha_session == Conversation.waha_session,
        _known.id != Conversation.id,
        _earlier.conversation_id == _known.id,
        *_is_earlier,
    ),
)
