"""What the tests of the conversations write into the inbox."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from balas.conversations import chats, inbox, letters, policy, turns
from balas.models import Conversation, InboxMessage, Turn
from balas.values import ChatKind, InboundMessage, MessageKind, Role, WebhookEvent
from balas.waha.events import dedupe_key

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
ALICE = "12025550101@c.us"


def message(
    text: str = "Jam berapa buka?", bare_id: str = "3EB001", chat_id: str = ALICE, **fields: object
) -> InboundMessage:
    given: dict[str, object] = {
        "waha_message_id": f"false_{chat_id}_{bare_id}",
        "bare_id": bare_id,
        "chat_id": chat_id,
        "chat_kind": ChatKind.PERSON,
        "sender_id": chat_id,
        "from_me": False,
        "source": "app",
        "kind": MessageKind.TEXT if text else MessageKind.IMAGE,
        "text": text,
        "sent_at": NOON,
        "phone": chat_id.split("@")[0] if chat_id.endswith("@c.us") else None,
        **fields,
    }
    return InboundMessage(**given)  # type: ignore[arg-type]


def event(content: object, name: str = "message", waha_session: str = "default") -> WebhookEvent:
    return WebhookEvent(
        name=name,
        waha_session=waha_session,
        event_id=None,
        happened_at=NOON,
        engine="NOWEB",
        me_id=None,
        content=content,  # type: ignore[arg-type]
    )


def letter(content: InboundMessage, now: datetime = NOON, **fields: object) -> dict[str, object]:
    happened = event(content)
    row = letters.of_event(happened, policy.QUEUED, dedupe_key(happened, b"{}"), now)
    return {**row, **fields}


def receive(session: Session, content: InboundMessage, now: datetime = NOON) -> InboxMessage:
    """Store and take a letter, as webhook and job do."""
    stored = inbox.store(session, [letter(content, now)])[0]
    assert inbox.take(session, stored.row_id) is not None
    return session.get_one(InboxMessage, stored.row_id, populate_existing=True)


def join(
    session: Session, content: InboundMessage, quiet_seconds: float = 1.0, now: datetime = NOON
) -> tuple[Turn, Conversation]:
    stored = inbox.store(session, [letter(content, now)])[0]
    row = inbox.take(session, stored.row_id)
    assert row is not None
    chat = chats.open_conversation(session, "default", content, now)
    turn = turns.join(session, row, chat, quiet_seconds, now)
    chats.record(session, row, content, chat, Role.USER, turn.id)
    return (
        session.get_one(Turn, turn.id, populate_existing=True),
        session.get_one(Conversation, chat.id, populate_existing=True),
    )


def later(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)
