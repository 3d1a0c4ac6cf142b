"""Conversations: what was said on WhatsApp, newest first, each answer with how it came about. For reading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from balas.console import thread, trace
from balas.console.guard import AdminRoute
from balas.console.live import Region, until_differs
from balas.console.pages import macro, page, utc_offset, whole
from balas.console.parameters import RowId
from balas.console.state import console_of, runtime_of
from balas.console.thread import BUSINESS_SIDE, Look
from balas.console.whatsapp_text import plain
from balas.console.wording import LocalTime, phone
from balas.conversations import archive, handoff, loops
from balas.database import clock
from balas.database.session import reading, transaction
from balas.errors import NotFound
from balas.models import Conversation, Message, User
from balas.runtime import Runtime
from balas.values import Role

SHOWN = 60
MESSAGES_SHOWN = 200
LOOK_SECONDS = 1.0
WAITING = {
    "asked": "Asks for a person",
    "unanswered": "Was offered a person",
    loops.ECHO: "Stopped: echoes us",
    loops.REPEAT: "Stopped: repeats itself",
    loops.PACE: "Stopped: never ends",
}

router = APIRouter(route_class=AdminRoute, include_in_schema=False)


@router.get("/conversations")
def conversations(
    request: Request, at: float | None = None, id: RowId | None = None, waiting: bool = False, q: str = ""
) -> Response:
    return _screen(request, None, Wanted(waiting, q.strip()), _place(at, id))


@router.get("/conversations/live")
async def live(request: Request, open: RowId | None = None, waiting: bool = False, q: str = "") -> Response:
    inbox = Inbox(runtime_of(request), LocalTime(utc_offset(request)), open, Wanted(waiting, q.strip()))
    return console_of(request).streams.response(inbox.regions, inbox.changed)


@router.get("/conversations/{conversation_id}")
def conversation(request: Request, conversation_id: RowId, waiting: bool = False, q: str = "") -> Response:
    return _screen(request, conversation_id, Wanted(waiting, q.strip()))


@router.post("/conversations/{conversation_id}/done")
def done(request: Request, conversation_id: RowId) -> Response:
    with transaction(runtime_of(request).database) as session:
        handoff.give_back(session, conversation_id, clock.now(session))
    return Response(status_code=204, headers={"HX-Refresh": "true"})


@router.get("/conversations/trace/{message_id}")
def chosen_trace(request: Request, message_id: RowId) -> Response:
    with reading(runtime_of(request).database) as session:
        row = session.get(Message, message_id)
    if row is None or not row.rag_context:
        raise NotFound("Nothing is kept about how this message came about.")
    return HTMLResponse(trace.html(row.rag_context))


def _screen(
    request: Request, conversation_id: int | None, wanted: Wanted, after: archive.Place | None = None
) -> Response:
    inbox = Inbox(runtime_of(request), LocalTime(utc_offset(request)), conversation_id, wanted, after)
    with reading(runtime_of(request).database) as session:
        count = handoff.count_waiting(session)
    listed, *opened = inbox.regions()
    return page(
        request,
        "conversations.html",
        people=whole(listed),
        thread=whole(opened[0]) if opened else None,
        state=whole(opened[1]) if opened else None,
        opened=inbox.opened,
        older=inbox.older,
        wanted=wanted,
        waiting_count=count,
    )


def _place(at: float | None, row_id: int | None) -> archive.Place | None:
    if at is None or row_id is None:
        return None
    try:
        return archive.Place(datetime.fromtimestamp(at, UTC), row_id)
    except (OverflowError, ValueError, OSError) as error:
        raise NotFound("There is nothing at this address. Check the link.") from error


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which conversations are listed."""

    waiting: bool = False
    q: str = ""

    @property
    def query(self) -> str:
        """As the end of an address."""
        return urlencode(({"waiting": "1"} if self.waiting else {}) | ({"q": self.q} if self.q else {}))


class Inbox:
    """The list of conversations and the one that is open, as regions."""

    def __init__(
        self,
        runtime: Runtime,
        time: LocalTime,
        open_id: int | None,
        wanted: Wanted,
        after: archive.Place | None = None,
    ) -> None:
        self._wanted = wanted
        self._runtime, self._time, self._open_id, self._after = runtime, time, open_id, after
        self._mark: object = None
        self._shown: list[int] = []
        self._found: list[int] | None = None
        self.opened: dict[str, Any] | None = None
        self.older: archive.Place | None = None

    async def changed(self) -> None:
        await until_differs(self._look, self._mark, LOOK_SECONDS)

    def regions(self) -> Sequence[Region]:
        now = datetime.now(UTC)
        draw = macro("_person.html", "person")
        with reading(self._runtime.database) as session:
            said = self._said(session)  # of the same snapshot or an earlier one: what is missed here differs later
            rows = self._rows(session)
            newest = archive.last_messages(session, [conversation.id for conversation, _ in rows])
        if len(rows) > SHOWN:
            last = rows[SHOWN - 1][0]
            self.older = archive.Place(last.last_message_at, last.id)
        self._shown = [conversation.id for conversation, _ in rows]
        self._mark = said, len(self._shown)
        people = tuple(
            (
                f"person-{conversation.id}",
                str(draw(self._person(conversation, user, newest.get(conversation.id), now))),
            )
            for conversation, user in rows[:SHOWN]
        )
        listed = Region("people", items=people)
        return (listed,) if self._open_id is None else (listed, *self._thread(self._open_id, now))

    def _rows(self, session: Session) -> Sequence[Row[Conversation, User]]:
        """What is looked for is looked for once, not with each message that comes: all that was said is read for it."""
        if self._found is not None:
            return archive.conversations(session, None, None, None, SHOWN + 1, ids=self._found)
        waiting, q = self._wanted.waiting or None, self._wanted.q or None
        rows = archive.conversations(session, None, None, self._after, SHOWN + 1, waiting=waiting, q=q)
        self._found = [conversation.id for conversation, _ in rows] if q else None
        return rows

    def _thread(self, conversation_id: int, now: datetime) -> tuple[Region, Region]:
        with reading(self._runtime.database) as session:
            found = archive.conversation(session, conversation_id)
            if found is None:
                raise NotFound("There is no such conversation. Choose one from the list.")
            said = thread.archived(session, conversation_id, MESSAGES_SHOWN)
        self.opened = self._person(*found, None, now)
        look = Look(
            mine=BUSINESS_SIDE,
            business="Balas",
            person=self.opened["name"],
            time=self._time,
            now=now,
            trace_href="/conversations/trace/{id}",
            replies=False,
        )
        state = str(macro("_person.html", "state")(self.opened))
        return Region("thread", items=thread.items(said, look)), Region("thread-state", state)

    def _look(self) -> object:
        shown = select(func.count()).select_from(Conversation).where(Conversation.id.in_(self._shown))
        with reading(self._runtime.database) as session:
            return self._said(session), session.scalar(shown)  # of those shown, who is still there: people are erased

    def _said(self, session: Session) -> object:
        """What changes with each message; acks and reactions of the open thread alone, for the list shows none."""
        waits = select(func.count(), func.max(Conversation.waiting_since), func.sum(Conversation.id))
        waiting = session.execute(waits.where(Conversation.waiting_since.is_not(None))).one()
        newest = session.scalar(select(func.max(Message.id)))
        if self._open_id is None:
            return waiting, newest
        of_thread = select(Message.ack, Message.reaction).where(Message.conversation_id == self._open_id)
        latest = of_thread.order_by(Message.id.desc()).limit(MESSAGES_SHOWN).subquery()
        told = select(func.sum(func.coalesce(latest.c.ack, 0)), func.count(latest.c.reaction))
        state = select(Conversation.waiting_for, Conversation.paused_until).where(Conversation.id == self._open_id)
        row = session.execute(state).first()
        is_ours = row is not None and row.paused_until is not None and row.paused_until > datetime.now(UTC)
        return waiting, newest, session.execute(told).one(), row, is_ours

    def _person(self, conversation: Conversation, user: User, last: Message | None, now: datetime) -> dict[str, Any]:
        number = phone(user.phone)
        return {
            "id": conversation.id,
            "here": conversation.id == self._open_id,
            "name": user.name or number or "Hidden number",
            "number": number if user.name else "",
            "initial": (user.name or "").strip()[:1].upper(),
            "tint": user.id % 5,
            "waiting": WAITING.get(conversation.waiting_for or "", ""),
            "paused": self._time.brief(until, now) if (until := conversation.paused_until) and until > now else "",
            "kept": f"?{query}" if (query := self._wanted.query) else "",
            "when": self._time.brief(conversation.last_message_at, now),
            "last": plain(last.text[:300])[:140] if last else "",
            "by_us": last is not None and last.role != Role.USER,
        }
