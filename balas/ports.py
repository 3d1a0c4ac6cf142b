"""The seams between Balas and what may be swapped: doorbells, pace, WhatsApp.

`bootstrap` alone chooses what stands behind them.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from balas.values import InboundMessage


def _steady_clock() -> int:
    """Linux stops its usual monotonic clock while the machine sleeps; the time of a begun send must go on."""
    try:
        time.clock_gettime(time.CLOCK_BOOTTIME)
    except (AttributeError, OSError):  # not Linux, or not allowed
        return time.CLOCK_MONOTONIC
    return time.CLOCK_BOOTTIME


_UPTIME = _steady_clock()

inside_transaction: ContextVar[bool] = ContextVar("inside_transaction", default=False)


def forbid_inside_transaction(call: str) -> None:
    """Raise when a network client is used inside a transaction: its locks would wait for the network."""
    if inside_transaction.get():
        raise RuntimeError(f"{call} called inside a database transaction")


def uptime() -> float:
    """Seconds since some moment, whatever happens to the clock, and also while the machine sleeps."""
    return time.clock_gettime(_UPTIME)


Settle = Callable[[float], None]


class Reserve(Protocol):
    """Asked before every single call of a model with the most it may cost; stops it by raising (`BudgetSpent`).

    `ahead`: calls that must follow for this one to be of use. Their places are reserved together with it; otherwise
    many turns would each hold one place and wait for their second.

    Call what is returned with the cost of the call once that is known, with 0.0 when the call surely was not worked on,
    and not at all when that stays unknown.
    """

    def __call__(self, most: float, ahead: int = 0) -> Settle: ...


def unreserved(most: float, ahead: int = 0) -> Settle:
    """For calls to which no cap applies."""
    del most, ahead
    return lambda _cost: None


class JobName(StrEnum):
    """A job's name is its file in `balas/jobs`, its RQ function and its log event."""

    PROCESS_MESSAGE = "process_message"
    GENERATE_RESPONSE = "generate_response"
    SEND_TO_WAHA = "send_to_waha"
    INGEST_DOCUMENT = "ingest_document"
    CRAWL_WEBSITE = "crawl_website"


# Reading documents and websites takes minutes, and nobody waits for it in a chat. So it is done beside the answers: a
# few jobs of each kind at a time in a process, in slots of their own, and not counted among the crew.
BESIDES = frozenset({JobName.INGEST_DOCUMENT, JobName.CRAWL_WEBSITE})
BESIDES_AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class Ring:
    """A doorbell: this job should look at this row, now or in a while. The row is already committed."""

    job: JobName
    row_id: int
    delay_seconds: float = 0.0
    # The row as the stage before has just written it, for a stage that goes on at once in the same process. Never sent
    # to another one, and in no log: it holds what people wrote.
    parcel: Any = field(default=None, compare=False, repr=False)


class Queue(Protocol):
    """Rings are hints, never the truth: each may be lost, late or doubled, and the sweep rings again."""

    def ring(self, *rings: Ring) -> None: ...

    def depth(self) -> int:
        """Rings that wait for a free worker."""
        ...

    def ping(self) -> None:
        """Raise `Transient` when the queue's server cannot be reached."""
        ...

    def close(self) -> None: ...


class Throttle(Protocol):
    """A token bucket per key."""

    async def allow(self, key: str) -> bool:
        """Take one token. Open (True) when the store behind it is away."""
        ...

    async def give_back(self, key: str) -> None:
        """Return a token taken for what turned out to be a repeat: WAHA often tells one message twice."""
        ...

    def ping(self) -> None: ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class SentMessage:
    """What WAHA calls the message it took: full id where it gives one, and the bare id."""

    waha_message_id: str
    bare_id: str


@dataclass(frozen=True, slots=True)
class SessionInfo:
    name: str
    status: str
    engine: str | None
    me_id: str | None
    store_enabled: bool | None  # None when WAHA does not say


@dataclass(frozen=True, slots=True)
class ReadBack:
    messages: list[InboundMessage]  # oldest first
    is_whole: bool  # False: more was said, all of it after these


class Gateway(Protocol):
    """WAHA's HTTP API as far as Balas uses it. Sync; every call is bounded in time.

    Raises `GatewayUnavailable` when surely nothing was done, `SendOutcomeUnknown` when a send may have been,
    `GatewayUnauthorized` on 401, `GatewayRejected` on what will never work.
    """

    def new_message_id(self, waha_session: str) -> str | None:
        """An id to send with, or None where the engine cannot make one."""
        ...

    def send_text(
        self,
        waha_session: str,
        chat_id: str,
        text: str,
        *,
        message_id: str | None = None,
        reply_to: str | None = None,
        begun_at: float | None = None,
    ) -> SentMessage:
        """`begun_at`: the `uptime` from which the time for this call counts; after it not a byte of it may leave."""
        ...

    def send_seen(self, waha_session: str, chat_id: str, waha_message_ids: tuple[str, ...] = ()) -> None: ...

    def start_typing(self, waha_session: str, chat_id: str) -> None: ...

    def find_message(self, waha_session: str, chat_id: str, bare_id: str) -> InboundMessage | None:
        """The message with this bare id as the phone would show it, or None when WAHA does not have it."""
        ...

    def recent_messages(self, waha_session: str, chat_id: str, limit: int = 20) -> list[InboundMessage]:
        """The chat's newest messages, ours and the person's, newest first."""
        ...

    def chats_since(self, waha_session: str, since: datetime) -> list[str]:
        """Ids of the chats in which something was said since. `GatewayRejected` where nothing can be listed."""
        ...

    def messages_since(self, waha_session: str, chat_id: str, since: datetime) -> ReadBack:
        """What was said in the chat from then on, by us and by the person."""
        ...

    def download(self, waha_session: str, message: InboundMessage) -> bytes:
        """The file that came with a message; `GatewayRejected` where it is not to be had."""
        ...

    def sessions(self) -> list[SessionInfo]: ...

    def ping(self) -> datetime | None:
        """What WAHA's clock says, to the second, where it tells."""
        ...

    def close(self) -> None: ...
