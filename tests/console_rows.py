"""The rows behind a console: messages, documents and letters as a business would leave them."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from balas.database.engine import Database
from balas.database.session import transaction
from balas.models import (
    Conversation,
    Document,
    DocumentChunk,
    DocumentStatus,
    InboxMessage,
    InboxState,
    Message,
    Turn,
    TurnState,
    User,
)
from balas.values import Role


class Rows:
    database: Database

    def keep(
        self,
        chat_id: str,
        role: Role,
        text: str,
        bare_id: str,
        kept: dict[str, Any] | None = None,
        *,
        name: str | None = None,
        at: datetime | None = None,
    ) -> int:
        """A message in the archive; returns its conversation."""
        at = at or datetime.now(UTC)
        with transaction(self.database) as session:
            conversation = session.scalars(select(Conversation).where(Conversation.chat_id == chat_id)).first()
            if conversation is None:
                user = User(user_key=chat_id, phone=chat_id.partition("@")[0], name=name, created_at=at)
                session.add(user)
                session.flush()
                conversation = Conversation(
                    waha_session="default",
                    chat_key=chat_id,
                    chat_id=chat_id,
                    user_id=user.id,
                    created_at=at,
                    last_message_at=at,
                )
                session.add(conversation)
                session.flush()
            conversation.last_message_at = at
            session.add(
                Message(
                    conversation_id=conversation.id,
                    role=role,
                    text=text,
                    kind="text",
                    rag_context=kept,
                    waha_message_id=f"{str(role != Role.USER).lower()}_{chat_id}_{bare_id}",
                    created_at=at,
                    ack=None if role == Role.USER else 3,
                )
            )
            return conversation.id

    def add_document(self, title: str, *passages: str, **more: Any) -> int:
        now = datetime.now(UTC)
        values: dict[str, Any] = {
            "source_key": f"key of {title}"[:64],
            "source": "file",
            "name": title,
            "title": title,
            "file_type": "pdf",
            "size": 48_213,
            "status": DocumentStatus.INDEXED,
            "progress": 1.0,
            "pages": 4,
            "chunk_count": len(passages),
            "live_version": 1,
            "created_at": now,
            "updated_at": now - timedelta(hours=1),
            **more,
        }
        with transaction(self.database) as session:
            document = Document(**values)
            session.add(document)
            session.flush()
            for position, text in enumerate(passages):
                session.add(
                    DocumentChunk(
                        document_id=document.id,
                        version=1,
                        position=position,
                        text=text,
                        heading="Pengiriman › Ongkir",
                        page=position + 1,
                        kind="text",
                        language="id",
                        content_hash=f"{document.id}-{position}",
                    )
                )
            return document.id

    def add_letter(self, text: str, state: InboxState, reason: str | None, why: str | None = None) -> int:
        now = datetime.now(UTC)
        with transaction(self.database) as session:
            conversation = session.scalars(select(Conversation)).first()
            turn_id = None
            if why and conversation:
                turn = Turn(
                    conversation_id=conversation.id,
                    state=TurnState.DEAD,
                    due_at=now,
                    deadline_at=now,
                    reason=why,
                    created_at=now,
                    gathering=None,
                )
                session.add(turn)
                session.flush()
                turn_id = turn.id
            content = None if reason == "unparseable" else "{}"
            letter = InboxMessage(
                dedupe_key=f"{time.monotonic_ns()}",
                ticket=f"{time.monotonic_ns()}"[-16:],
                request_id="r",
                waha_session="default",
                event="message",
                counted=True,
                pending=False,
                state=state,
                reason=reason,
                chat_id="628125550101@c.us",
                phone="628125550101",
                text=text,
                kind="message",
                content=content,
                sent_at=now,
                received_at=now,
                turn_id=turn_id,
            )
            session.add(letter)
            session.flush()
            return letter.id
