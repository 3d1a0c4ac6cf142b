"""The playground: write to the bot as a customer would, see what happens behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import HTMLResponse

from balas.console import trace, wire
from balas.console.guard import AdminRoute
from balas.console.pages import macro, page, utc_offset, whole
from balas.console.parameters import RowId
from balas.console.phones import Phones
from balas.console.scene import CUSTOMERS, Scene, customer_numbered
from balas.console.state import console_of, runtime_of
from balas.console.wording import LocalTime, phone
from balas.database.session import reading
from balas.errors import InvalidRequest, NotFound
from balas.models import Message

LONGEST_MESSAGE = 65_536

router = APIRouter(route_class=AdminRoute, include_in_schema=False)


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
    """The simulated phone sends; its webhook brings the message in, as a real one would."""
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
def chosen_trace(request: Request, message_id: RowId) -> Response:
    with reading(runtime_of(request).database) as session:
        row = session.get(Message, message_id)
    if row is None or not row.rag_context:
        raise NotFound("Nothing is kept about how this message came about.")
    return HTMLResponse(trace.html(row.rag_context))


@router.get("/playground/wire/{seq}")
def call_bodies(request: Request, seq: RowId) -> Response:
    found = wire.find(simulated(console_of(request).phones), seq, LocalTime(utc_offset(request)))
    if found is None:
        raise NotFound("The log no longer holds this call.")
    parts = [(name.capitalize(), wire.json_html(value)) for name, value in found.parts.items()]
    return HTMLResponse(str(macro("_wire.html", "bodies")(parts)))


def simulated(phones: Phones | None) -> Phones:
    if phones is None:
        raise NotFound("A real WhatsApp number is connected, so there is no playground.")
    return phones
