"""The API's own routes over a real SQLite, reached through the whole HTTP stack."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any, cast

import pytest
from fastapi import FastAPI
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from balas.api.openapi_docs import configure_openapi
from balas.api.routers import include_routers
from balas.choices import ChangeGate
from balas.conversations.leases import LeaseKeeper
from balas.crew import Crew
from balas.database.engine import Database
from balas.database.session import transaction
from balas.knowledge.gate import Gate
from balas.knowledge.library import Library, LibraryStatus
from balas.knowledge.rehearsal import Rehearsal
from balas.models import (
    Analytics,
    Citation,
    Conversation,
    Document,
    InboxMessage,
    InboxState,
    Message,
    Turn,
    TurnState,
    User,
)
from balas.ports import Gateway, Ring, SessionInfo, Throttle
from balas.runtime import Runtime, Secrets
from balas.settings import Settings
from balas.telemetry import Metrics
from balas.waha.presence import Presence

API_KEY = "key-of-this-test-0123456789"
START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@dataclass
class Doorbells:
    """A queue that remembers who rang."""

    rung: list[Ring] = field(default_factory=list)

    def ring(self, *rings: Ring) -> None:
        self.rung += rings

    def depth(self) -> int:
        return len(self.rung)

    def ping(self) -> None: ...

    def close(self) -> None: ...


@dataclass
class Phone:
    """A gateway that answers what a test wants to hear."""

    found: list[SessionInfo] = field(
        default_factory=lambda: [SessionInfo("default", "WORKING", "GOWS", "1@c.us", store_enabled=True)]
    )
    error: Exception | None = None
    clock: datetime | None = None

    def ping(self) -> datetime | None:
        if self.error is not None:
            raise self.error
        return self.clock

    def sessions(self) -> list[SessionInfo]:
        return self.found


class Shelf:
    """A library whose index is in step."""

    def status(self) -> LibraryStatus:
        return LibraryStatus(documents={"indexed": 4}, version=9, index_version=7, passages=412)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(balas_data_dir=tmp_path)


@pytest.fixture
def phone() -> Phone:
    return Phone()


@pytest.fixture
def doorbells() -> Doorbells:
    return Doorbells()


@pytest.fixture
def runtime(database: Database, settings: Settings, phone: Phone, doorbells: Doorbells) -> Iterator[Runtime]:
    started = Event()
    started.set()
    runtime = Runtime(
        settings=settings,
        secrets=Secrets(API_KEY, "password", (b"k" * 32,), "waha", "signing"),
        database=database,
        queue=doorbells,
        throttle=cast(Throttle, None),
        gateway=cast(Gateway, phone),
        library=cast(Library, Shelf()),
        gate=Gate(database, cast(Rehearsal, None), ChangeGate.WARN, {}),
        leases=LeaseKeeper(database),
        presence=cast(Presence, None),
        crew=Crew(),
        metrics=Metrics(),
        waha_is_simulated=True,
        started=started,
        model_returned=Event(),
    )
    yield runtime
    runtime.leases.close()


@pytest.fixture
def app(runtime: Runtime) -> FastAPI:
    app = FastAPI(title="Balas", version="0.1.0", docs_url=None, redoc_url=None)
    app.state.runtime = runtime
    include_routers(app)
    configure_openapi(app)
    return app


@pytest.fixture
def stranger(app: FastAPI) -> Iterator[TestClient]:
    """A client without a key."""
    with TestClient(app, base_url="http://127.0.0.1", follow_redirects=False) as client:
        yield client


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    headers = {"Authorization": f"Bearer {API_KEY}"}
    with TestClient(app, base_url="http://127.0.0.1", headers=headers, follow_redirects=False) as client:
        yield client


class Story:
    """Writes what happened into the database: people, chats, messages, turns."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._keys = iter(range(1, 1_000_000))

    def add(self, *rows: Any) -> Any:
        with transaction(self._database) as session:
            session.add_all(rows)
            session.flush()
            return rows[0]

    def person(self, phone: str | None, name: str = "Sari", at: datetime = START) -> tuple[User, Conversation]:
        chat_id = f"{phone}@c.us" if phone else f"{next(self._keys)}@lid"
        user: User = self.add(User(user_key=chat_id, phone=phone, name=name, created_at=at))
        chat: Conversation = self.add(
            Conversation(
                waha_session="default",
                chat_key=chat_id,
                chat_id=chat_id,
                user_id=user.id,
                created_at=at,
                last_message_at=at,
            )
        )
        return user, chat

    def says(self, chat: Conversation, text: str, role: str = "user", minutes: float = 0, **columns: Any) -> Message:
        at = START + timedelta(minutes=minutes)
        message: Message = self.add(
            Message(conversation_id=chat.id, role=role, text=text, kind="text", created_at=at, **columns)
        )
        return message

    def letter(self, state: InboxState, *, at: datetime = START, counted: bool = True, **columns: Any) -> InboxMessage:
        key = str(next(self._keys))
        finished = None if state in {InboxState.RECEIVED, InboxState.QUEUED} else at
        values: dict[str, Any] = {
            "dedupe_key": key,
            "ticket": key,
            "request_id": key,
            "waha_session": "default",
            "event": "message",
            "counted": counted,
            "pending": False,
            "state": state,
            "text": "hello",
            "kind": "message",
            "sent_at": at,
            "received_at": at,
            "finished_at": finished,
        }
        found: InboxMessage = self.add(InboxMessage(**(values | columns)))
        return found

    def turn(
        self, chat: Conversation, outcome: str, milliseconds: int, minutes: float = 0, reason: str | None = None
    ) -> Turn:
        at = START + timedelta(minutes=minutes)
        turn: Turn = self.add(
            Turn(
                conversation_id=chat.id,
                state=TurnState.DEAD if outcome == "dead" else TurnState.ANSWERED,
                due_at=at,
                deadline_at=at,
                created_at=at,
                reason=reason,
            )
        )
        self.add(
            Analytics(
                turn_id=turn.id,
                conversation_id=chat.id,
                user_id=chat.user_id,
                outcome=outcome,
                mode="model",
                response_time_ms=milliseconds,
                prompt_tokens=100,
                completion_tokens=10,
                cost=0.25,
                created_at=at,
            )
        )
        return turn

    def document(self, title: str) -> Document:
        found: Document = self.add(
            Document(
                source_key=title,
                source="text",
                name=title,
                title=title,
                audience="public",
                created_at=START,
                updated_at=START,
            )
        )
        return found

    def cites(self, turn: Turn, document: Document, page: int | None = None) -> None:
        self.add(Citation(turn_id=turn.id, document_id=document.id, page=page, created_at=turn.created_at))


@pytest.fixture
def story(database: Database) -> Story:
    return Story(database)


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with Session(database.reader) as session:
        yield session
