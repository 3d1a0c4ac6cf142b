"""Which WAHA is imitated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from balas.simulator.shapes import ENGINES

EVENTS = (
    "session.status",
    "message",
    "message.any",
    "message.reaction",
    "message.ack",
    "message.ack.group",
    "message.edited",
    "message.revoked",
    "call.received",
    "presence.update",
)


@dataclass(frozen=True, slots=True)
class WahaKind:
    engine: str = "NOWEB"
    store_enabled: bool = True
    ids: bool = True  # is it new enough for new-message-id?
    waha_sessions: Sequence[str] = ("default",)
    events: Sequence[str] = EVENTS  # that are posted
    acks: Sequence[tuple[int, float]] = ((1, 0.0), (2, 0.05), (3, 0.4))  # (level, seconds after a send)

    def __post_init__(self) -> None:
        if self.engine not in ENGINES:
            raise ValueError(f"engine must be one of {', '.join(ENGINES)}")
