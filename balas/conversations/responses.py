"""An answer becomes bubbles: saved with its trace before anything is sent."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from balas.conversations import endings, gaps, handoff, outbox, outcomes, picks, spending, turns
from balas.database.claims import change, update_where
from balas.database.insertions import insert_once
from balas.database.statements import execute
from balas.models import OPEN_TURNS, Analytics, Citation, Conversation, InboxMessage, Turn, TurnState
from balas.ports import Ring
from balas.rag.talk.phrases import phrase, source_line
from balas.values import SPOKEN, Answer
from balas.waha.formatting import split_message, to_whatsapp

MOST_HEARD = 160  # characters of what was heard
MOST_MILLISECONDS = 2**31 - 1
_NEWER = (
    select(InboxMessage.id)
    .join(Turn, Turn.id == InboxMessage.turn_id)
    .where(
        Turn.conversation_id == bindparam("of_conversation"),
        Turn.id > bindparam("after_turn"),
        Turn.state.in_(OPEN_TURNS),
    )
    .limit(1)
)
_CHAT_OF = select(Conversation).join(Turn, Turn.conversation_id == Conversation.id)
_CHAT_OF = _CHAT_OF.where(Turn.id == bindparam("of_turn"))
_COUNTED = select(Analytics.id).where(Analytics.turn_id == bindparam("of_turn"))


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
        update_where(session, Conversation, Conversation.id == work.conversation_id, language=answer.language)
    outbox.enqueue(
        session,
        work.conversation_id,
        work.waha_session,
        work.chat_id,
        bubbles(answer, _heard(work)),
        f"turn:{work.turn_id}",
        now,
        turn_id=work.turn_id,
        reply_to=_reply_to(session, work),
    )
    if answer.handover is not None:
        handoff.await_person(session, work.conversation_id, answer.handover, now)
    gaps.note(session, work, answer, now)
    if picked := answer.trace.get("picked"):
        picks.settle(session, work.conversation_id, work.turn_id, picked)
    if tab is not None:
        spending.settle(session, tab, work.turn_id)
    _count(session, work, answer, kept["response_time_ms"], now)
    return outcomes.next_ring(session, work.conversation_id, now)


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


def _reply_to(session: Session, work: turns.Work) -> str | None:
    """Quote the message when newer ones wait behind it, so that it is clear which one is answered."""
    parameters = {"of_conversation": work.conversation_id, "after_turn": work.turn_id}
    if not work.messages or execute(session, _NEWER, parameters).first() is None:
        return None
    return work.messages[-1].waha_message_id


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
    # Looked up: a commit whose answer was lost is repeated, and citations have no key that would tell.
    if cited and execute(session, _COUNTED, {"of_turn": work.turn_id}).first() is None:
        rows = [{"turn_id": work.turn_id, "document_id": one, "page": page, "created_at": now} for one, page in cited]
        insert_once(session, Citation, rows)
    insert_once(session, Analytics, [figures])
