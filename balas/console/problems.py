"""The screen "Problems": the books, what could not be answered and why, and a way to try again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from anyio import sleep
from fastapi import APIRouter, Request, Response
from sqlalchemy import select

from balas.console.guard import AdminRoute
from balas.console.live import Region
from balas.console.pages import macro, page, utc_offset, whole
from balas.console.parameters import RowId
from balas.console.state import console_of, runtime_of
from balas.console.wording import LocalTime, age, count, phone
from balas.conversations import books, inbox, revival, turns, unread_chats
from balas.conversations.archive import Place
from balas.conversations.unread_chats import Waiting
from balas.database.clock import now
from balas.database.session import reading, transaction
from balas.errors import Conflict, NotFound
from balas.models import InboxMessage, InboxState
from balas.ports import JobName, Ring
from balas.runtime import Runtime, revive_all

SHOWN = 100
LOOK_SECONDS = 2.0
REASONS = {
    "unparseable": "The webhook held no readable message. It is kept as it came; trying again would not help.",
    "no id": "The message came without an id, so it could not be told from others.",
    "failed": "Something about it breaks our work on it; the log says what. Please report it.",
    "bad id": "The message came with an id that is far longer than WhatsApp's, so it could not be kept.",
    "bad chat id": "The message came from an address that WhatsApp does not use.",
}

NOT_SHOWN = "WAHA does not show this chat's messages. Look into its log; restart the session there if it lasts."
IN_PART = "More was said than is read at once. The rest is read next."

router = APIRouter(route_class=AdminRoute, include_in_schema=False)


@router.get("/problems")
def problems(request: Request, before: RowId | None = None) -> Response:
    desk = Desk(runtime_of(request), LocalTime(utc_offset(request)), before)
    shown = {region.id: whole(region) for region in desk.regions()}
    return page(
        request,
        "problems.html",
        balance=shown["books"],
        again=shown["again"],
        dead=shown["dead"],
        stale=shown["stale"],
        unread=shown["unread"],
        older=desk.older,
        before=before,
    )


@router.get("/problems/live")
async def live(request: Request, before: RowId | None = None) -> Response:
    desk = Desk(runtime_of(request), LocalTime(utc_offset(request)), before)
    return console_of(request).streams.response(desk.regions, desk.changed)


@router.post("/problems/retry")
def retry_all(request: Request) -> Response:
    runtime = runtime_of(request)
    if not revive_all(runtime.database, runtime.queue):
        raise Conflict("There is nothing to try again any more.")
    return Response(status_code=204, headers={"HX-Trigger": "balas:retried"})


@router.post("/problems/{inbox_id}/retry")
def retry(request: Request, inbox_id: RowId) -> Response:
    runtime = runtime_of(request)
    with transaction(runtime.database) as session:
        revived = inbox.revive(session, inbox_id, now(session))
    if revived is None:
        raise NotFound("There is no such message any more.")
    if not revived:
        raise Conflict("This message is answered already, or nothing in it can be answered.")
    runtime.queue.ring(Ring(JobName.PROCESS_MESSAGE, inbox_id))
    return Response(status_code=204, headers={"HX-Trigger": "balas:retried"})


class Desk:
    """The books, the two piles of letters and the chats that wait to be read, as regions."""

    def __init__(self, runtime: Runtime, time: LocalTime, before: int | None) -> None:
        self._runtime, self._time, self._before = runtime, time, before
        self.older: int | None = None

    async def changed(self) -> None:
        await sleep(LOOK_SECONDS)

    def regions(self) -> Sequence[Region]:
        after = None if self._before is None else Place(datetime.now(UTC), self._before)
        with reading(self._runtime.database) as session:
            balance = books.balance(session)
            put_off = turns.put_off(session, now(session))
            again, unsure = revival.counts(session)
            dead = books.dead_letters(session, after, SHOWN + 1)
            old = select(InboxMessage).where(InboxMessage.state == InboxState.IGNORED, InboxMessage.reason == "stale")
            stale = session.scalars(old.order_by(InboxMessage.id.desc()).limit(SHOWN)).all()
            unread = unread_chats.listing(session, self._runtime.settings.waha_sessions, SHOWN)
        self.older = dead[SHOWN - 1][0].id if len(dead) > SHOWN else None
        draw, draw_books = macro("_problem.html", "letter"), macro("_problem.html", "books")
        draw_again = macro("_problem.html", "again")
        return (
            Region("books", str(draw_books(balance, age(balance.oldest_open_seconds), put_off))),
            Region("again", str(draw_again(again, unsure))),
            Region(
                "dead",
                items=tuple((f"dead-{row.id}", str(draw(self._letter(row, why, "dead")))) for row, why in dead[:SHOWN]),
            ),
            Region(
                "stale", items=tuple((f"stale-{row.id}", str(draw(self._letter(row, None, "stale")))) for row in stale)
            ),
            Region("unread", items=tuple((f"unread-{chat.id}", str(draw(self._chat(chat)))) for chat in unread)),
        )

    def _letter(self, row: InboxMessage, why: str | None, pile: str) -> dict[str, Any]:
        reason = why or row.reason or "unknown"
        return {
            "id": row.id,
            "dom_id": f"{pile}-{row.id}",
            "who": phone(row.phone) or row.chat_id or "Unknown sender",
            "text": row.text or ("" if row.content else "A webhook that could not be read"),
            "reason": "" if pile == "stale" else REASONS.get(reason, reason),
            "when": self._time.brief(row.received_at, datetime.now(UTC)),
            "clock": self._time.clock(row.received_at),
            "again": row.content is not None and row.kind == "message",
            "pile": pile,
        }

    def _chat(self, chat: Waiting) -> dict[str, Any]:
        number, _, server = chat.chat_id.partition("@")
        tried = f"; tried {count(chat.failures, 'time')}, next at {self._time.clock(chat.next_attempt_at)}"
        day, clock = self._time.brief(chat.since, datetime.now(UTC)), self._time.clock(chat.since)
        since = clock if day == clock else f"{day.replace('Yesterday', 'yesterday')}, {clock}"
        return {
            "id": chat.id,
            "dom_id": f"unread-{chat.id}",
            "who": phone(chat.phone) or (phone(number) if server == "c.us" else chat.chat_id),
            "text": f"Session {chat.waha_session}: not read since {since}{tried if chat.failures else ''}",
            "reason": NOT_SHOWN if chat.failures else IN_PART,
            "when": "",
            "clock": "",
            "again": False,
            "pile": "unread",
        }
