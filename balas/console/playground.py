"""The playground: write to the bot as a customer would, see what happens behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated

import anyio
from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from balas.console import documents, thread, trace, wire
from balas.console.guard import AdminRoute
from balas.console.live import Region, first_of, until_differs
from balas.console.pages import macro, page, render, utc_offset, whole
from balas.console.phones import Phones
from balas.console.state import console_of, runtime_of
from balas.console.thread import CUSTOMER_SIDE, Look, Said
from balas.console.wording import LocalTime, phone
from balas.database.session import reading
from balas.errors import InvalidRequest, NotFound
from balas.models import Document, DocumentStatus, Message
from balas.runtime import Runtime

TRAY_SHOWS = timedelta(seconds=90)
LONGEST_MESSAGE = 65_536
DOCUMENTS_LOOK_SECONDS = 1.0

router = APIRouter(route_class=AdminRoute, include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Customer:
    """Somebody the playground can write as; numbers nobody has."""

    number: int
    name: str
    phone: str

    @property
    def chat_id(self) -> str:
        return f"{self.phone}@c.us"


CUSTOMERS = (
    Customer(1, "Sari", "628125550101"),
    Customer(2, "Budi", "628125550102"),
    Customer(3, "Maria", "12025550103"),
    Customer(4, "Ahmad", "628125550104"),
)


@dataclass(frozen=True, slots=True)
class Question:
    """Something the bundled sample shop can answer."""

    text: str
    language: str


QUESTIONS = (
    Question("Berapa ongkos kirim ke Jakarta?", "id"),
    Question("Can I pay cash on delivery?", "en"),
    Question("Jam berapa buka hari Minggu?", "id"),
)


@router.get("/")
def playground(request: Request, customer: int = 1) -> Response:
    console, runtime = console_of(request), runtime_of(request)
    if console.phones is None:
        return page(request, "real_waha.html", sessions=runtime.settings.waha_sessions)
    scene = Scene(console.phones, runtime, customer_numbered(customer), LocalTime(utc_offset(request)))
    shown = {region.id: whole(region) for region in scene.regions()}
    return page(
        request,
        "playground.html",
        business={
            "name": scene.business,
            "number": phone(scene.phones.me_id.partition("@")[0]),
            "initial": scene.business[:1],
        },
        customer=scene.customer,
        customers=CUSTOMERS,
        quoted_answers=not runtime.settings.answers_by_model,
        questions=QUESTIONS if scene.has_samples() else (),
        fresh='id="hello"' in shown["thread"],
        **shown,
    )


@router.get("/playground/live")
async def live(request: Request, customer: int = 1) -> Response:
    console, runtime = console_of(request), runtime_of(request)
    phones = simulated(console.phones)
    scene = Scene(phones, runtime, customer_numbered(customer), LocalTime(utc_offset(request)))

    return console.streams.response(scene.regions, scene.changed)


@router.post("/playground/messages")
def send(
    request: Request, text: Annotated[str, Form()] = "", reply_to: Annotated[str, Form()] = "", customer: int = 1
) -> Response:
    """The simulated phone sends; its webhook brings the message in as a real one would."""
    if not text.strip():
        raise InvalidRequest("Write something first.")
    if len(text) > LONGEST_MESSAGE:
        raise InvalidRequest(f"WhatsApp takes {LONGEST_MESSAGE:,} characters at most. Shorten the message.")
    person = customer_numbered(customer)
    phones = simulated(console_of(request).phones)
    waha_session = runtime_of(request).settings.waha_sessions[0]
    phones.person_sends(
        person.chat_id, text.strip("\r\n"), push_name=person.name, reply_to=reply_to or None, waha_session=waha_session
    )
    return Response(status_code=204)


@router.get("/playground/trace/{message_id}")
def chosen_trace(request: Request, message_id: int) -> Response:
    with reading(runtime_of(request).database) as session:
        row = session.get(Message, message_id)
    if row is None or not row.rag_context:
        raise NotFound("Nothing is kept about how this message came about.")
    return HTMLResponse(trace.html(row.rag_context))


@router.get("/playground/wire/{seq}")
def call_bodies(request: Request, seq: int) -> Response:
    found = wire.find(simulated(console_of(request).phones), seq, LocalTime(utc_offset(request)))
    if found is None:
        raise NotFound("The log no longer holds this call.")
    parts = [(name.capitalize(), wire.json_html(value)) for name, value in found.parts.items()]
    return HTMLResponse(str(macro("_wire.html", "bodies")(parts)))


def simulated(phones: Phones | None) -> Phones:
    if phones is None:
        raise NotFound("A real WhatsApp number is connected, so there is no playground.")
    return phones


def customer_numbered(number: int) -> Customer:
    for customer in CUSTOMERS:
        if customer.number == number:
            return customer
    raise NotFound("There is no such customer. Choose one from the list.")


class Scene:
    """One customer's playground as regions, drawn anew with every change of the phones."""

    def __init__(self, phones: Phones, runtime: Runtime, customer: Customer, time: LocalTime) -> None:
        self.phones = phones
        self.customer = customer
        self.business = phones.me_name
        self._runtime = runtime
        self._waha_session = runtime.settings.waha_sessions[0]
        self._time = time
        self._seen = -1
        self._mark: object = None
        self._unsettled = True

    async def changed(self) -> None:
        """A change of phones or documents, or a short while when rows may still follow what the phones show."""
        with anyio.move_on_after(0.5 if self._unsettled else None):
            await first_of(
                lambda: self.phones.changed(self._seen),
                lambda: until_differs(self._glance, self._mark, DOCUMENTS_LOOK_SECONDS),
            )

    def _glance(self) -> object:
        with reading(self._runtime.database) as session:
            return documents.mark(session)

    def regions(self) -> Sequence[Region]:
        self._seen, self._mark = self.phones.log.seq, self._glance()
        chat_id = self.customer.chat_id
        with reading(self._runtime.database) as session:
            kept = thread.archived_chat(session, self._waha_session, chat_id)
            tray = self._tray(session)
        said = thread.with_phone(kept, self.phones.shown(chat_id, self._waha_session))
        typing = self.phones.typing(chat_id, self._waha_session)
        newest = next((one for one in reversed(said) if one.context), None)
        self._unsettled = typing or bool(tray) or _answer_without_row(said)
        return (
            Region(
                "presence", str(macro("_phone.html", "presence")(typing, phone(self.phones.me_id.partition("@")[0])))
            ),
            Region("thread", items=thread.items(said, self._look()) or _hello()),
            Region("typing", str(macro("_phone.html", "typing_bubble")()) if typing else ""),
            Region("tray", render("_tray.html", documents=tray) if tray else ""),
            Region("trace", trace.html(newest.context if newest else None)),
            Region("wire", items=wire.items(wire.lines(self.phones, self._time))),
        )

    def has_samples(self) -> bool:
        query = select(Document.id).where(Document.source == "sample", Document.deleted_at.is_(None)).limit(1)
        with reading(self._runtime.database) as session:
            return session.scalars(query).first() is not None

    def _look(self) -> Look:
        return Look(
            mine=CUSTOMER_SIDE,
            business=self.business,
            person=self.customer.name,
            time=self._time,
            now=datetime.now(UTC),
            trace_href="/playground/trace/{id}",
        )

    def _tray(self, session: Session) -> list[Document]:
        """Documents that are being read, and those just finished."""
        recent = datetime.now(UTC) - TRAY_SHOWS
        query = select(Document).where(
            Document.deleted_at.is_(None),
            Document.source != "sample",
            or_(Document.status.in_((DocumentStatus.RECEIVED, DocumentStatus.INDEXING)), Document.updated_at > recent),
        )
        return list(session.scalars(query.order_by(Document.id.desc()).limit(4)))


def _hello() -> tuple[tuple[str, str], ...]:
    return (("hello", str(macro("_bubble.html", "hello")())),)


def _answer_without_row(said: Sequence[Said]) -> bool:
    """Whether the newest bubble of ours is on the phone already, but not in the archive yet."""
    newest = next((one for one in reversed(said) if one.role not in CUSTOMER_SIDE), None)
    return newest is not None and newest.row_id is None and (datetime.now(UTC) - newest.at).total_seconds() < 30
