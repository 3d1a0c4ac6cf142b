"""What later events do to earlier messages: edits, revocations, reactions, delivery."""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace
from sqlalchemy import Select, false, or_, select
from sqlalchemy.orm import Session

from balas.conversations import endings, gaps, inbox, letters, turns
from balas.conversations.letters import Letter
from balas.database import clock
from balas.database.claims import renew, update_where
from balas.models import OPEN_SENDS, GapQuestion, InboxMessage, InboxState, Message, OutboxMessage, Turn, TurnState
from balas.ports import JobName, Ring
from balas.values import InboundMessage, MessageAck, MessageEdited, MessageReaction, MessageRevoked

FAILED = -1


def edit(session: Session, waha_session: str, edited: MessageEdited) -> Ring | None:
    """Before the answer the newest words are answered; afterwards the archive shows them."""
    row = _inbound(session, waha_session, edited.edited_bare_id)
    if row is None or row.content is None:
        return None  # not told yet, or taken back, erased or blanked since: its words stay gone
    text = _newest_wording(session, waha_session, edited.edited_bare_id) or edited.text
    message = letters.unpack(row.kind, row.content)
    if isinstance(message, InboundMessage):
        row.content = letters.pack(replace(message, text=text))
    row.text = text
    update_where(session, Message, Message.inbox_id == row.id, text=text)
    session.flush()
    return _worked_out_again(session, row.turn_id) if row.state == InboxState.QUEUED else None


def revoke(session: Session, waha_session: str, revoked: MessageRevoked, now: datetime) -> Ring | None:
    """Taken back: not answered any more if it was open, and its words are gone; the trace of an answer that was given
    keeps what it was made of."""
    row = _inbound(session, waha_session, revoked.revoked_bare_id)
    if row is None:
        return None
    row.text, row.content, row.pending = None, None, False
    update_where(session, Message, Message.inbox_id == row.id, text="", kind="revoked")
    session.flush()
    if row.turn_id:
        gaps.forget(session, GapQuestion.turn_id == row.turn_id)
    if not inbox.close(session, InboxState.IGNORED, "revoked", now, InboxMessage.id == row.id) or not row.turn_id:
        return None
    # Locked before its other letters are looked at: one may be joining it at this moment.
    turn = session.get(Turn, row.turn_id, with_for_update=True)
    # A turn whose answer is already on its way is left alone: half an answer helps nobody.
    if turn is None or turn.state == TurnState.SENDING:
        return None
    if not inbox.turn_is_empty(session, turn.id):
        return _worked_out_again(session, turn.id)
    endings.finish(session, turn.id, TurnState.CANCELLED, now, "revoked")
    return None


def hear(session: Session, work: turns.Work, bare_id: str, words: str) -> None:
    """Write down what a voice note says, "" for nothing; unless it was taken back, erased or edited meanwhile."""
    row = _inbound(session, work.waha_session, bare_id)
    renew(session, Turn, work.turn_id, work.token, clock.now(session))
    if row is None or row.content is None or row.text:
        return
    message = letters.unpack(row.kind, row.content)
    if isinstance(message, InboundMessage):
        # Without its file nobody listens again.
        row.content = letters.pack(replace(message, text=words) if words else replace(message, media=None))
    row.text = words
    update_where(session, Message, Message.inbox_id == row.id, text=words)
    session.flush()


def lacks(session: Session, row: Letter) -> bool:
    """Whether the message that this letter changes is missing: it has not come yet, or was erased."""
    return row.bare_id is None or _inbound(session, row.waha_session, row.bare_id) is None


def catch_up_with(session: Session, row: Letter, now: datetime) -> None:
    """Apply changes that came before their message: WAHA posts events in parallel, and repeats refused ones."""
    if row.bare_id is None or not row.has_changes:
        return
    chat_id = row.chat_id or ""
    if session.scalars(_changes_of(row.waha_session, row.bare_id, "revoked").limit(1)).first() is not None:
        revoke(session, row.waha_session, MessageRevoked(chat_id, row.bare_id, from_me=False), now)
    elif (text := _newest_wording(session, row.waha_session, row.bare_id)) is not None:
        edit(session, row.waha_session, MessageEdited(chat_id, row.bare_id, text, from_me=False))


def react(session: Session, row: Letter, reaction: MessageReaction) -> None:
    """Kept only with the message it is about, where an erasure finds it."""
    sent = _outbound(session, row.waha_session, reaction.bare_id)
    if sent is not None:
        update_where(session, Message, Message.outbox_id == sent.id, reaction=reaction.emoji[:32] or None)
    update_where(session, InboxMessage, InboxMessage.id == row.id, content=None)


def acknowledge(session: Session, waha_session: str, ack: MessageAck) -> bool:
    """Levels may be skipped, repeated or out of order: the highest counts, and a failure only while nothing arrived.

    Returns False when it must be tried again later: it came before the answer to the send itself.
    """
    sent = _outbound(session, waha_session, ack.bare_id)
    if sent is None:
        return True
    if sent.state in OPEN_SENDS:
        return False
    lower = or_(Message.ack.is_(None), Message.ack < ack.level) if ack.level != FAILED else Message.ack.is_(None)
    update_where(session, Message, Message.outbox_id == sent.id, lower, ack=ack.level)
    return True


def _worked_out_again(session: Session, turn_id: int | None) -> Ring | None:
    if turn_id is None or not turns.give_back(session, turn_id):
        return None
    return Ring(JobName.GENERATE_RESPONSE, turn_id)


def _newest_wording(session: Session, waha_session: str, bare_id: str) -> str | None:
    """Of several edits the one that was made last, in whichever order they came."""
    packed = session.scalars(_changes_of(waha_session, bare_id, "edited").limit(1)).first()
    edited = letters.unpack("edited", packed) if packed else None
    return edited.text if isinstance(edited, MessageEdited) else None


def _changes_of(waha_session: str, bare_id: str, kind: str) -> Select[str | None]:
    """What the letters that change a message hold, newest first."""
    return (
        select(InboxMessage.content)
        .where(
            InboxMessage.waha_session == waha_session,
            InboxMessage.bare_id == bare_id,
            InboxMessage.kind == kind,
        )
        .order_by(InboxMessage.sent_at.desc(), InboxMessage.id.desc())
    )


def _inbound(session: Session, waha_session: str, bare_id: str) -> InboxMessage | None:
    """Locked: what an erasure at this moment has made of it is seen."""
    query = select(InboxMessage).where(
        InboxMessage.waha_session == waha_session,
        InboxMessage.bare_id == bare_id,
        InboxMessage.from_me == false(),
        InboxMessage.kind == "message",
    )
    # One that could not be read at first has two rows: the newer is the readable one.
    return session.scalars(query.order_by(InboxMessage.id.desc()).limit(1).with_for_update()).first()


def _outbound(session: Session, waha_session: str, bare_id: str) -> OutboxMessage | None:
    query = select(OutboxMessage).where(OutboxMessage.waha_session == waha_session, OutboxMessage.bare_id == bare_id)
    return session.scalars(query.limit(1)).first()
