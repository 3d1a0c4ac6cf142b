"""One customer's playground: the phone, the trace of its newest answer, and the calls, as regions of a live page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import anyio
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from balas.console import documents, thread, trace, wire
from balas.console.live import Region, first_of, until_differs
from balas.console.pages import macro, render
from balas.console.phones import Phones
from balas.console.thread import CUSTOMER_SIDE, Look, Said
from balas.console.wording import LocalTime, phone
from balas.database.session import reading
from balas.errors import NotFound
from balas.models import Document, DocumentStatus
from balas.runtime import Runtime

TRAY_SHOWS = timedelta(seconds=90)
DOCUMENTS_LOOK_SECONDS = 1.0


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
