"""Who lives in the town, and what each of them wrote."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from balas.values import InboundMessage


@dataclass
class Person:
    number: str
    lid: str | None
    tells_number: bool = True

    @property
    def addresses(self) -> set[str]:
        return {f"{self.number}@c.us"} | ({self.lid} if self.lid else set())


@dataclass
class Said:
    """A message of a person, or (`by_team`) of the team to them, and when what became of it was first seen."""

    person: Person
    word: str
    message: InboundMessage
    at: datetime
    by_team: bool
    words: list[str]  # its own, and those of its edits
    is_revoked: bool = False
    is_retried: bool = False
    stored_step: int | None = None
    looked_at_step: int | None = None
    begun_step: int | None = None
    saved_step: int | None = None
