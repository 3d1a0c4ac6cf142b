"""An answer becomes bubbles: saved with its trace before anything is sent."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, exists, select
from sqlalchemy.orm import Session

from balas.conversations import endings, gaps, handoff, outbox, outcomes, picks, spending, turns
from balas.database.claims import change, write_row
from balas.database.insertions import insert_once
from balas.database.statements import execute
from balas.models import OPEN_TURNS, Analytics, Citation, Conversation, InboxMessage, Turn, TurnState
from balas.ports import JobName, Ring
from balas.rag.talk.phrases import phrase, source_line
from balas.values import SPOKEN, Answer
from balas.waha.formatting import split_message, to_whatsapp

MOST_HEARD = 160  # characters of what was heard
MOST_MILLISECONDS = 2**31 - 1
# What a turn's answer finds in its chat.
_BEFORE = select(
    exists()
    .where(
        InboxMessage.turn_id == Turn.id,
        Turn.conversation_id == bindparam("of_conversation"),
        Turn.id > bindparam("of_turn"),
        Turn.state.in_(OPEN_TURNS),
    )
    .label("has_newer"),
    exists().where(Analytics.turn_id == bindparam("of_turn")).label("is_counted"),
    outcomes.NEXT_BUBBLE.scalar_subquery().label("bubble"),
)
_CHAT_OF = select(Conversation).join(Turn, Turn.conversation_id == Conversation.id)
_CHAT_OF = _CHAT_OF.where(Turn.id == bindparam("of_turn"))


def save(
    session: Session, work: turns.Work, answer: Answer | None, now: datetime, tab: spending.Tab | None = None
) -> Ring | None:
    """Write the answer, its bubbles and what it cost in one go; None: nothing is left to answer."""
    if answer is None:
        endings.finish(session, work.turn_id, TurnState.CANCELLED, now, "revoked", work.token)
        return outcomes.next_ring(session, work.conversation_id, now)
    kept = record(answer, _milliseconds(now - work.last_message_at))
    kept |= {"turn_id": work.turn_id, "history": list(work.history_ids)}
    change(session, Turn, work.turn_id, work.token, state=TurnState.SENDING, answer=kept, lease_until=None, reason=None)
    if answer.language != work.language:
        write_row(session, Conversation, work.conversation_id, language=answer.language)
    before = execute(session, _BEFORE, {"of_conversation": work.conversation_id, "of_turn": work.turn_id}).one()
    parcel = outbox.enqueue(
        session,
        work.conversation_id,
        work.waha_session,
        work.chat_id,
        bubbles(answer, _heard(work)),
        f"turn:{work.turn_id}",
        now,
        turn_id=work.turn_id,
        # Quoted when newer messages wait behind it, so that it is clear which one is answered.
        reply_to=work.messages[-1].waha_message_id if before.has_newer and work.messages else None,
    )
    if answer.handover is not None:
        handoff.await_person(session, work.conversation_id, answer.handover, now)
    gaps.note(session, work, answer, now)
    if picked := answer.trace.get("picked"):
        picks.settle(session, work.conversation_id, work.turn_id, picked)
    if tab is not None:
        spending.settle(session, tab, work.turn_id)
    if before.is_counted:  # a commit whose answer was lost is repeated: the bubbles may have been sent since
        return outcomes.next_ring(session, work.conversation_id, now)
    _count(session, work, answer, kept["response_time_ms"], now)
    if before.bubble is not None:
        return Ring(JobName.SEND_TO_WAHA, before.bubble)
    if parcel is None:
        return outcomes.next_ring(session, work.conversation_id, now)
    return Ring(JobName.SEND_TO_WAHA, parcel.id, parcel=parcel)


def _milliseconds(taken: timedelta) -> int:
    """As much of it as the column holds: a dead letter may be revived after a month, and clocks may be wrong."""
    return max(0, min(MOST_MILLISECONDS, round(taken.total_seconds() * 1000)))


def bubbles(answer: Answer, heard: str = "") -> list[str]:
    """`heard`: what a voice note says, shown first: who was misheard sees why the answer is beside the point."""
    text = answer.text if answer.mode == "approved" else to_whatsapp(answer.text)  # as somebody wrote it
    if heard:
        text = f"🎤 “{heard}”\n\n{text}"
    if answer.sources:
        text = f"{text}\n\n{source_line(answer.sources, answer.language)}"
    # Markup alone says nothing to a phone.
    return split_message(text) or [phrase("apology", answer.language)]


def _heard(work: turns.Work) -> str:
    words = " … ".join(message.text for message in work.messages if message.kind in SPOKEN and message.text)
    return words if len(words) <= MOST_HEARD else f"{words[:MOST_HEARD].rstrip()} …"


def record(answer: Answer, response_time_ms: int | None) -> dict[str, Any]:
    """The answer as it is kept with its turn and shown to the operator; JSON-ready."""
    return {
        "text": answer.text,
        "abstained": answer.abstained,
        "language": answer.language,
        "mode": answer.mode,
        "sources": [source.as_dict() for source in answer.sources],
        "tokens": answer.usage.tokens,
        "cost": answer.usage.cost,
        "model": answer.usage.model,
        "response_time_ms": response_time_ms,
        "trace": answer.trace,
    }


def give_up(
    session: Session, work: turns.Work, reason: str, now: datetime, *, is_day_spent: bool = False
) -> Ring | None:
    """Dead-letter a turn that we hold, and say so to the person; `is_day_spent`: that tomorrow is another day."""
    endings.finish(session, work.turn_id, TurnState.DEAD, now, reason, work.token)
    return _apologise(session, work.turn_id, now, "apology_day" if is_day_spent else "apology")


def stop(session: Session, work: turns.Work, sign: str, now: datetime) -> Ring | None:
    """No answer to a program: the chat is a person's, until they give it back."""
    handoff.await_person(session, work.conversation_id, sign, now)
    endings.finish(session, work.turn_id, TurnState.CANCELLED, now, "loop", work.token)
    return outcomes.next_ring(session, work.conversation_id, now)


def expire(session: Session, turn_id: int, reason: str, now: datetime) -> Ring | None:
    """Likewise a turn past its deadline, unless somebody works on it by now."""
    return _apologise(session, turn_id, now) if endings.expire(session, turn_id, now, reason) else None


def _apologise(session: Session, turn_id: int, now: datetime, line: str = "apology") -> Ring | None:
    chat = session.scalars(_CHAT_OF, {"of_turn": turn_id}).one()
    text = phrase(line, chat.language or "en")
    key = f"{outbox.APOLOGY}:{turn_id}"
    outbox.enqueue(session, chat.id, chat.waha_session, chat.chat_id, [text], key, now)
    return outcomes.next_ring(session, chat.id, now)


def outcome_of(answer: Answer) -> str:
    """A "no" to near things is small talk, though we say again that we do not know: its question was counted."""
    return "smalltalk" if answer.mode == "smalltalk" else "abstained" if answer.abstained else "answered"


def _count(session: Session, work: turns.Work, answer: Answer, milliseconds: int, now: datetime) -> None:
    figures = {
        "turn_id": work.turn_id,
        "conversation_id": work.conversation_id,
        "user_id": work.user_id,
        "outcome": outcome_of(answer),
        "mode": answer.mode,
        "language": answer.language,
        "answerable": answer.trace.get("answerable"),
        "response_time_ms": milliseconds,
        "prompt_tokens": answer.usage.prompt_tokens,
        "completion_tokens": answer.usage.completion_tokens,
        "cost": answer.usage.cost,
        "model": answer.usage.model,
        "created_at": now,
    }
    cited = {(source.document_id, source.page) for source in answer.sources}
    rows = [{"turn_id": work.turn_id, "document_id": one, "page": page, "created_at": now} for one, page in cited]
    insert_once(session, Citation, rows)
    insert_once(session, Analytics, [figures])
