"""A town in one thread: people, a team that writes from the phone, a WAHA in memory, and a clock that is set by hand.

Everything random comes from one seed, so what was found can be run again. The product's own jobs run on a real SQLite;
what stands for other machines is here: time, doorbells, WAHA, the model. While a job waits for WAHA or the model, or
stands at one of its failpoints, others go on: the next steps are run inside of that call.
"""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from msgspec.structs import replace

from balas import failpoints
from balas.conversations.leases import LeaseKeeper
from balas.database import clock, session
from balas.database.engine import Database
from balas.errors import (
    GatewayRejected,
    GatewayUnauthorized,
    GatewayUnavailable,
    ModelRejected,
    ModelUnavailable,
    SendOutcomeUnknown,
    TextTooLong,
)
from balas.jobs import catch_up, send_to_waha
from balas.ports import ReadBack, Ring, SentMessage, SessionInfo, inside_transaction
from balas.rag.question import Question
from balas.settings import Settings
from balas.telemetry import Metrics
from balas.values import Answer, ChatKind, InboundMessage, MessageKind
from tests.chaos.checker import WORD

BEGAN = datetime(2026, 3, 2, 9, 0, 0, tzinfo=UTC)
SEND_SECONDS = 30.0
MOST_CHARACTERS = 900  # more are too long for this WAHA


class Killed(BaseException):
    """A process ends here and now; what it had not committed is gone."""


@dataclass
class Ringing:
    """Doorbells that may be lost; what rings is chosen by the walk."""

    town: Town
    waiting: list[tuple[datetime, Ring]] = field(default_factory=list)

    def ring(self, *rings: Ring) -> None:
        for ring in rings:
            self.waiting.append((self.town.now + timedelta(seconds=max(0.0, ring.delay_seconds)), ring))

    def due(self) -> list[tuple[datetime, Ring]]:
        return [one for one in self.waiting if one[0] <= self.town.now]

    def depth(self) -> int:
        return 0


@dataclass
class Faults:
    """How often things go wrong; what is 0 never does."""

    kill: float = 0.0  # at each place where a process may end
    database: float = 0.0  # a transaction, or the answer to its commit, is lost
    waha: float = 0.0
    model: float = 0.0
    meanwhile: float = 0.0  # others go on while somebody waits


@dataclass
class Town:
    """`meanwhile` runs a step of the walk."""

    database: Database
    dice: random.Random
    has_ids: bool
    faults: Faults
    now: datetime = BEGAN
    meanwhile: Callable[[], None] = lambda: None
    shown: list[InboundMessage] = field(default_factory=list)  # what the phones show, in order
    echoes: list[InboundMessage] = field(default_factory=list)  # webhooks about our own messages, not posted yet
    asked: list[tuple[str, ...]] = field(default_factory=list)  # the words of each call of the model
    places: list[tuple[str, datetime]] = field(default_factory=list)
    depth: int = 0
    ids: int = 0

    def __post_init__(self) -> None:
        keeper = LeaseKeeper(self.database)
        keeper._thread = SimpleNamespace()  # type: ignore[assignment]  # leases are renewed where the clock is set
        self.queue = Ringing(self)
        self.runtime: Any = SimpleNamespace(
            database=self.database,
            settings=Settings(balas_pause_minutes=10, balas_pace="fast", rate_limit_messages_per_minute=0),
            secrets=SimpleNamespace(hmac_keys=(b"k" * 48,)),
            queue=self.queue,
            gateway=self,
            library=self,
            leases=keeper,
            presence=SimpleNamespace(seen=lambda *_: None, typing=lambda *_: nullcontext()),
            crew=SimpleNamespace(working=nullcontext, waiting=nullcontext),
            warmed_up=SimpleNamespace(is_set=lambda: True),
            metrics=Metrics(),
            transcriber=None,
            model_returned=SimpleNamespace(is_set=lambda: False),
            settle=lambda _tab: None,
            failing={},
        )

    # ---- time, and what strikes --------------------------------------------------------------------------------------

    def uptime(self) -> float:
        return (self.now - BEGAN).total_seconds()

    def pass_time(self, seconds: float, *, frozen: bool = False) -> None:
        """Who is not frozen renews what they hold."""
        while seconds > 0:
            step = min(5.0, seconds)
            self.now += timedelta(seconds=step)
            seconds -= step
            if not frozen and not inside_transaction.get() and self.runtime.leases._held:
                self.runtime.leases._renew(dict(self.runtime.leases._held))

    def strikes(self, chance: float) -> bool:
        return chance > 0 and self.dice.random() < chance

    def at(self, place: str) -> None:
        """Somebody may die here; outside of transactions others may go on."""
        if self.strikes(self.faults.kill):
            raise Killed(place)
        if not inside_transaction.get() and self.depth and self.depth < 4 and self.strikes(self.faults.meanwhile):
            self.meanwhile()

    def strike(self, name: str) -> str | None:
        """In the place of a failpoint's own action."""
        self.at(name)
        return None

    # ---- the model ---------------------------------------------------------------------------------------------------

    def answer(self, question: Question, reserve: Any) -> Answer:
        reserve(0.0)
        words = tuple(word for line in question.lines for word in WORD.findall(line))
        self.asked.append(words)
        self.at("model")
        if self.strikes(self.faults.model):
            raise self.dice.choice(
                [ModelUnavailable("away"), ModelUnavailable("busy", 40.0), ModelRejected("model refuses")]
            )
        self.pass_time(self.dice.choice([0.5, 2.0, 8.0]), frozen=self.strikes(0.1))
        self.at("model")
        text = " ".join(words) + self.dice.choice(
            ["", "", "", "", "\n\nlebih lanjut" * 60, "\n\nlanjut" * 300, "\n\nlanjut" * 450]
        )
        return Answer(text, abstained=False, language="id")

    # ---- WAHA --------------------------------------------------------------------------------------------------------

    def _waits(self) -> None:
        self.at("waha")
        if self.strikes(self.faults.waha):
            raise self.dice.choice([GatewayUnavailable("away"), GatewayUnauthorized("401")])

    def new_message_id(self, waha_session: str) -> str | None:
        self._waits()
        return self.next_id("OURS") if self.has_ids else None

    def next_id(self, kind: str) -> str:
        self.ids += 1
        return f"{kind}{self.ids:06d}"

    def send_text(
        self,
        waha_session: str,
        chat_id: str,
        text: str,
        *,
        message_id: str | None,
        reply_to: str | None,
        begun_at: float,
    ) -> SentMessage:
        self.at("before send")
        if self.uptime() - begun_at > SEND_SECONDS:
            raise SendOutcomeUnknown("the time for this call is over")
        if self.strikes(self.faults.waha):
            raise self.dice.choice(
                [
                    GatewayUnavailable("refused"),
                    GatewayUnavailable("busy", self.dice.choice([0.0, 3600.0])),
                    GatewayUnauthorized("401"),
                    SendOutcomeUnknown("lost before"),
                    GatewayRejected("waha refuses"),
                ]
            )
        if len(text) > MOST_CHARACTERS:
            raise TextTooLong("413")
        bare_id = message_id or self.next_id("WAHA")
        told = InboundMessage(
            waha_message_id=f"true_{chat_id}_{bare_id}",
            bare_id=bare_id,
            chat_id=chat_id,
            chat_kind=ChatKind.PERSON,
            sender_id=chat_id,
            from_me=True,
            source="api",
            kind=MessageKind.TEXT,
            text=text,
            sent_at=self.now.replace(microsecond=0),
            phone=chat_id.split("@")[0] if chat_id.endswith("@c.us") else None,
        )
        self.shown.append(told)
        self.echoes += [told] * self.dice.choice([0, 1, 1, 2])
        self.at("after send")
        if self.strikes(self.faults.waha):
            self.pass_time(self.dice.choice([1.0, 29.0]))
            raise SendOutcomeUnknown("lost after")
        return SentMessage(told.waha_message_id, bare_id)

    def sessions(self) -> list[SessionInfo]:
        self._waits()
        status = "STARTING" if self.strikes(self.faults.waha) else "WORKING"
        return [SessionInfo("default", status, "NOWEB", None, True)]

    def find_message(self, waha_session: str, chat_id: str, bare_id: str) -> InboundMessage | None:
        self._waits()
        return next((one for one in self.shown if one.bare_id == bare_id), None)

    def recent_messages(self, waha_session: str, chat_id: str, limit: int = 20) -> list[InboundMessage]:
        self._waits()
        return [one for one in self.shown if one.chat_id == chat_id][::-1][:limit]

    def chats_since(self, waha_session: str, since: datetime) -> list[str]:
        self._waits()
        return sorted(
            {one.chat_id for one in self.shown if one.sent_at and one.sent_at >= since.replace(microsecond=0)}
        )

    def messages_since(self, waha_session: str, chat_id: str, since: datetime) -> ReadBack:
        self._waits()
        floor = since.replace(microsecond=0)
        found = [one for one in self.shown if one.chat_id == chat_id and one.sent_at and one.sent_at >= floor]
        return ReadBack(found, is_whole=True)

    def takes_back(self, bare_id: str) -> None:
        self.shown = [one for one in self.shown if one.bare_id != bare_id]

    def edits(self, bare_id: str, text: str) -> None:
        self.shown = [replace(one, text=text) if one.bare_id == bare_id else one for one in self.shown]


class _Any:
    """Equal to every name."""

    def __ne__(self, _other: object) -> bool:
        return False


@contextmanager
def standing(town: Town) -> Iterator[Town]:
    """The town's clock is everybody's, and it may strike at each commit and failpoint."""

    class TownTime(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
            return town.now

    dialect = town.database.writer.dialect
    commit = dialect.do_commit

    def do_commit(connection: Any) -> None:
        if town.strikes(town.faults.database / 2):
            raise sqlite3.OperationalError("database is locked")
        town.at("before commit")
        commit(connection)
        town.at("after commit")
        if town.strikes(town.faults.database / 2):
            raise sqlite3.OperationalError("the commit's answer was lost")

    with pytest.MonkeyPatch.context() as patch:
        for module in (clock, catch_up):
            patch.setattr(module, "datetime", TownTime)
        patch.setattr(send_to_waha, "uptime", town.uptime)
        patch.setattr(session, "REPEAT_AFTER_SECONDS", (0.0,) * 5)
        patch.setattr(dialect, "do_commit", do_commit)
        patch.setattr(failpoints, "_armed", (_Any(), "walk"))
        patch.setattr(failpoints, "_taken", town.strike)
        yield town
