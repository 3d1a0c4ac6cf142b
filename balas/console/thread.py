"""A chat as bubbles: what the archive holds and what a phone shows, in one row of days and messages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from balas.console.pages import macro
from balas.console.phones import PhoneMessage
from balas.console.wording import LocalTime
from balas.models import Conversation, Message
from balas.values import SPOKEN, Role

SHOWN = 80
JOINED_WITHIN_SECONDS = 120
_PLAIN_ID = re.compile(r"[A-Za-z0-9]{1,64}")
_TICKS = {-1: "failed", 0: "waiting", 1: "sent", 2: "delivered", 3: "read", 4: "read"}
_TICKS_SAY = {"failed": "Not sent", "waiting": "On its way", "sent": "Sent", "delivered": "Delivered", "read": "Read"}


@dataclass(frozen=True, slots=True)
class Said:
    """One message, from either side."""

    key: str  # unique within the chat, the same in archive and phone, safe as part of an element's id
    bare_id: str
    role: Role
    text: str
    at: datetime
    ack: int | None = None
    reply_to: str | None = None  # bare id
    reaction: str | None = None
    row_id: int | None = None  # in the archive
    context: dict[str, Any] = field(default_factory=dict)  # how an answer came about; {} without one


@dataclass(frozen=True, slots=True)
class Look:
    """From whose side a chat is shown: the messages of `mine` stand on the right."""

    mine: frozenset[Role]
    business: str
    person: str
    time: LocalTime
    now: datetime
    trace_href: str  # with {id}
    replies: bool = True  # whether one can reply to a message


CUSTOMER_SIDE = frozenset({Role.USER})
BUSINESS_SIDE = frozenset({Role.ASSISTANT, Role.OPERATOR})


def bare(waha_message_id: str | None) -> str:
    """The third part of "true_6281@c.us_3EB0A1", which all names of a message share."""
    parts = (waha_message_id or "").split("_")
    return parts[2] if len(parts) > 2 else parts[-1]


def archived(session: Session, conversation_id: int, limit: int = SHOWN) -> list[Said]:
    """The newest messages of a conversation, oldest first."""
    query = select(Message).where(Message.conversation_id == conversation_id).order_by(Message.id.desc()).limit(limit)
    return _distinct([_of_row(row) for row in reversed(session.scalars(query).all())])


def archived_chat(session: Session, waha_session: str, chat_id: str, limit: int = SHOWN) -> list[Said]:
    query = select(Conversation.id).where(Conversation.waha_session == waha_session, Conversation.chat_id == chat_id)
    conversation_id = session.scalars(query.order_by(Conversation.id.desc()).limit(1)).first()
    return [] if conversation_id is None else archived(session, conversation_id, limit)


def with_phone(kept: Sequence[Said], shown: Iterable[PhoneMessage]) -> list[Said]:
    """What the phone shows, after what only the archive knows: phones are empty after a restart. Each with its row."""
    rows = {said.bare_id: said for said in kept}
    on_phone = [_of_phone(message, rows.get(message.bare_id)) for message in shown]
    ids = {said.bare_id for said in on_phone}
    older = [said for said in kept if said.bare_id not in ids]
    return _distinct(sorted([*older, *on_phone], key=lambda said: said.at)[-SHOWN:])


def _key(waha_message_id: str | None, otherwise: str) -> str:
    found = bare(waha_message_id)
    return found if _PLAIN_ID.fullmatch(found) else otherwise


def _distinct(said: list[Said]) -> list[Said]:
    """A message that is shown twice keeps its id; its second bubble gets a key of its own."""
    counts: dict[str, int] = {}
    for at, one in enumerate(said):
        counts[one.key] = counts.get(one.key, 0) + 1
        if counts[one.key] > 1:
            said[at] = replace(one, key=f"{one.key}-{counts[one.key]}")
    return said


def _of_row(row: Message) -> Said:
    return Said(
        key=_key(row.waha_message_id, f"row-{row.id}"),
        bare_id=bare(row.waha_message_id),
        role=Role(row.role),
        text=f"🎤 {row.text}" if row.text and row.kind in SPOKEN else row.text or _placeholder(row.kind),
        at=row.created_at,
        ack=row.ack,
        reaction=row.reaction,
        row_id=row.id,
        context=row.rag_context or {},
    )


def _of_phone(message: PhoneMessage, row: Said | None) -> Said:
    own = Role.ASSISTANT if message.source == "api" else Role.OPERATOR
    return Said(
        key=_key(message.bare_id, f"phone-{message.position}"),
        bare_id=message.bare_id,
        role=own if message.from_me else Role.USER,
        text="_This message was deleted_" if message.revoked else message.text or _placeholder("media"),
        at=message.at,
        ack=message.ack,
        reply_to=message.reply_to,
        reaction=message.reaction,
        row_id=row.row_id if row else None,
        context=row.context if row else {},
    )


def _placeholder(kind: str) -> str:
    return "_A message without text_" if kind in {"text", "empty"} else f"_{kind.capitalize()}_"


def items(said: Sequence[Said], look: Look) -> tuple[tuple[str, str], ...]:
    """The children of the list of bubbles: (element id, html), a day above the first message of each."""
    return tuple(_items(said, look))


def _items(said: Sequence[Said], look: Look) -> Iterator[tuple[str, str]]:
    draw_bubble, draw_day = macro("_bubble.html", "bubble"), macro("_bubble.html", "day")
    by_id = {one.bare_id: one for one in said}
    day, before = "", None
    for one in said:
        today = look.time.day(one.at, look.now)
        if today != day:
            day, before = today, None
            dom_id = f"day-{one.at:%Y%m%d}-{one.key}"
            yield dom_id, str(draw_day(dom_id, day))
        quoted = by_id.get(bare(one.reply_to)) if one.reply_to else None
        yield f"said-{one.key}", str(draw_bubble(_bubble(one, before, quoted, look)))
        before = one


def _bubble(one: Said, before: Said | None, quoted: Said | None, look: Look) -> dict[str, Any]:
    mine = one.role in look.mine
    ticks = _TICKS.get(one.ack, "") if mine and one.ack is not None else ""
    text, source_line = split_source_line(one.text, one.context)
    return {
        "dom_id": f"said-{one.key}",
        "message_id": one.bare_id,
        "mine": mine,
        "role": one.role,
        "joined": before is not None
        and before.role == one.role
        and (one.at - before.at).total_seconds() < JOINED_WITHIN_SECONDS,
        "text": text,
        "source_line": source_line,
        "at": one.at,
        "clock": look.time.clock(one.at),
        "ticks": ticks,
        "ticks_say": _TICKS_SAY.get(ticks, ""),
        "reaction": one.reaction,
        "quote": None
        if quoted is None
        else {"mine": quoted.role in look.mine, "who": _who(quoted, look), "text": quoted.text},
        "who": _who(one, look),
        "replies": look.replies,
        "trace_href": look.trace_href.format(id=one.row_id) if one.context and one.row_id else "",
    }


def _who(one: Said, look: Look) -> str:
    if one.role in look.mine:
        return "You" if look.mine is CUSTOMER_SIDE else look.business
    return look.person if one.role is Role.USER else look.business


def split_source_line(text: str, context: dict[str, Any]) -> tuple[str, str]:
    """The last paragraph of an answer apart from the rest, when it names the documents the answer is from."""
    titles = [str(source.get("title", "")) for source in context.get("sources", [])]
    body, _, last = text.rpartition("\n\n")
    if body and any(title and title in last for title in titles):
        return body, last
    return text, ""
