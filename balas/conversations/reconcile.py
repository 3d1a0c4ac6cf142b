"""What became of a send whose answer was lost? Decided by looking in WAHA, never by guessing; the decision is pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from balas.conversations.handoff import as_sent, same_text
from balas.conversations.outbox import Parcel
from balas.errors import Permanent
from balas.ports import Gateway, SentMessage
from balas.values import InboundMessage

SENDS_WITH_ID = 3
SENDS_WITHOUT_ID = 2
LOOKS_BEFORE_RESEND = 2
LOOKS_BEFORE_DEAD = 3
# A message may show up late in WAHA's store; with an id a second look is enough of a wait.
LOOK_AGAIN_SECONDS_WITH_ID = 10.0
LOOK_AGAIN_SECONDS_WITHOUT_ID = 30.0
WORKING = "WORKING"


class Verdict(StrEnum):
    SENT = "sent"
    LOOK_AGAIN = "look_again"
    SEND_AGAIN = "send_again"
    UNKNOWN = "unknown"  # a dead letter: a person decides


@dataclass(frozen=True, slots=True)
class Sighting:
    """`candidates`: messages that may be ours. `readable`: WAHA proved that it still knows what was said before."""

    candidates: tuple[SentMessage, ...]
    readable: bool
    working: bool


def look(gateway: Gateway, parcel: Parcel) -> Sighting:
    """Search WAHA for the bubble: by its id where it has one, else among the chat's newest own messages."""
    try:
        sessions = gateway.sessions()
    except Permanent:  # a proxy that lets through nothing else
        sessions = []
    working = any(s.name == parcel.waha_session and s.status == WORKING for s in sessions)
    try:
        if parcel.bare_id is not None:
            shown = gateway.find_message(parcel.waha_session, parcel.chat_id, parcel.bare_id)
            if shown is not None:
                return Sighting((as_sent(shown),), readable=True, working=working)
            known = parcel.canary and gateway.find_message(parcel.waha_session, parcel.chat_id, parcel.canary)
            return Sighting((), readable=bool(known), working=working)
        recent = gateway.recent_messages(parcel.waha_session, parcel.chat_id)
    except Permanent:  # a store that is off, or an engine that cannot list
        return Sighting((), readable=False, working=working)
    since, readable = _since_canary(recent, parcel.canary)
    same = tuple(as_sent(m) for m in since if m.from_me and same_text(parcel.text, m.text))
    return Sighting(same, readable, working)


def _since_canary(recent: list[InboundMessage], canary: str | None) -> tuple[list[InboundMessage], bool]:
    since: list[InboundMessage] = []
    for message in recent:
        if canary is not None and message.bare_id == canary:
            return since, True
        since.append(message)
    return since, False


def decide(parcel: Parcel, sighting: Sighting, owned: set[str]) -> tuple[Verdict, SentMessage | None]:
    """`owned`: ids among the candidates that belong to other bubbles of ours."""
    for candidate in reversed(sighting.candidates):  # the oldest unowned: two equal bubbles are told apart by order
        if candidate.bare_id == parcel.bare_id or candidate.bare_id not in owned:
            return Verdict.SENT, candidate
    if not sighting.working:
        return Verdict.LOOK_AGAIN, None
    looks = parcel.looks + 1
    if not sighting.readable:
        return (Verdict.UNKNOWN if looks >= LOOKS_BEFORE_DEAD else Verdict.LOOK_AGAIN), None
    if looks < LOOKS_BEFORE_RESEND:
        return Verdict.LOOK_AGAIN, None
    allowed = SENDS_WITH_ID if parcel.bare_id is not None else SENDS_WITHOUT_ID
    return (Verdict.SEND_AGAIN if parcel.sends < allowed else Verdict.UNKNOWN), None


def look_again_seconds(parcel: Parcel) -> float:
    return LOOK_AGAIN_SECONDS_WITH_ID if parcel.bare_id is not None else LOOK_AGAIN_SECONDS_WITHOUT_ID
