"""What later events do to messages that were said before: edits, revocations, reactions, delivery."""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from balas.conversations import endings, gaps, inbox, letters, turns
from balas.database.claims import update_where
from balas.models import GapQuestion, InboxMessage, InboxState, Message, OutboxMessage, Turn, TurnState
from balas.ports import JobName, Ring
from balas.values import InboundMessage, MessageAck, MessageEdited, MessageReaction, MessageRevoked

FAILED = -1


def edit(session: Session, waha_session: str, edited: MessageEdited) -> Ring | None:
    """Before the answer the newest words are answered; afterwards the archive shows them."""
    row = _inbound(session, waha_session, edited.edited_bare_id)
    if row is None or row.content is None:
        return None  # never told, or taken back, erased or blanked since: its words stay gone
    message = letters.unpack(row.kind, row.content)
    if isinstance(message, InboundMessage):
        row.content = letters.pack(replace(message, text=edited.text))
    row.text = edited.text
    update_where(session, Message, Message.inbox_id == row.id, text=edited.text)
    session.flush()
    if row.state == InboxState.QUEUED and row.turn_id and turns.give_back(session, row.turn_id):
        return Ring(JobName.GENERATE_RESPONSE, row.turn_id)
    return None


def revoke(session: Session, waha_session: str, revoked: MessageRevoked, now: datetime) -> None:
    """Taken back: not answered any more if it was open, and its words are gone; the trace of an answer that was given
    keeps what it was made of."""
    row = _inbound(session, waha_session, revoked.revoked_bare_id)
    if row is None:
        return
    row.text, row.content, row.pending = None, None, False
    update_where(session, Message, Message.inbox_id == row.id, text="", kind="revoked")
    session.flush()
    if row.turn_id:
        gaps.forget(session, GapQuestion.turn_id == row.turn_id)
    if inbox.close(session, InboxState.IGNORED, "revoked", now, InboxMessage.id == row.id) and row.turn_id:
        others = select(InboxMessage.id).where(
            InboxMessage.turn_id == row.turn_id, InboxMessage.state == InboxState.QUEUED
        )
        turn = session.get(Turn, row.turn_id)
        # A turn whose answer is already on its way is left alone: half an answer helps nobody.
        if turn and turn.state != TurnState.SENDING and session.scalars(others.limit(1)).first() is None:
            endings.finish(session, row.turn_id, TurnState.CANCELLED, now, "revoked")


def react(session: Session, waha_session: str, reaction: MessageReaction) -> None:
    sent = _outbound(session, waha_session, reaction.bare_id)
    if sent is not None:
        update_where(session, Message, Message.outbox_id == sent.id, reaction=reaction.emoji[:32] or None)


def acknowledge(session: Session, waha_session: str, ack: MessageAck) -> None:
    """Levels may be skipped, repeated and overtaken: the highest counts, and a failure only while nothing arrived."""
    sent = _outbound(session, waha_session, ack.bare_id)
    if sent is not None:
        lower = or_(Message.ack.is_(None), Message.ack < ack.level) if ack.level != FAILED else Message.ack.is_(None)
        update_where(session, Message, Message.outbox_id == sent.id, lower, ack=ack.level)


def _inbound(session: Session, waha_session: str, bare_id: str) -> InboxMessage | None:
    query = select(InboxMessage).where(
        InboxMessage.waha_session == waha_session,
        InboxMessage.bare_id == bare_id,
        InboxMessage.from_me.is_(False),
        InboxMessage.kind == "message",
    )
    return session.scalars(query.limit(1)).first()


def _outbound(session: Session, waha_session: str, bare_id: str) -> OutboxMessage | None:
    query = select(OutboxMessage).where(OutboxMessage.waha_session == waha_session, OutboxMessage.bare_id == bare_id)
    return session.scalars(query.limit(1)).first()
