"""Is it another program that answers us? Pure rules over what was said, each with a name.

Writing fast or asking again does not make somebody a program. Doing so at once, every time and without end does: a
program repeats what we said, says the same whatever we said, or goes on for longer than anybody reads.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from balas.values import Role

ECHO, REPEAT, PACE = "loop_echo", "loop_repeat", "loop_pace"
SIGNS = frozenset({ECHO, REPEAT, PACE})  # a conversation that waits for one of these is not answered

ECHOES = 3  # answers in a row that came back
ECHO_WITHIN = timedelta(seconds=60)
SHORTEST_ECHO = 12  # characters of ours that come back; "You're welcome" is said by people, too
SHORTEST_PART = 40  # characters of theirs that are a part of ours
REPEATS = 8  # answers in a row, each followed at once by what was said before
NEW_ONE_IN = 4  # of what comes at once, people say something new more often than each fourth time
AT_ONCE = timedelta(seconds=10)  # typed, sent and told; nobody reads an answer in that time again and again
CLOCKS_DIFFER = timedelta(seconds=5)  # and WhatsApp's times are whole seconds
LONG = 40  # characters, from which numbers alone make nothing new: tickets, times
PACE_MINUTES = 6  # worth of a chat's limit …
PACE_SPAN = timedelta(minutes=20)  # … within so long
LEAST_TURNS = 40  # … and more than anybody reads, also where the limit is low
MOST_LIMIT = 100  # of a chat in a minute, above which a pace says nothing
LOOKED_AT = 24  # messages


@dataclass(frozen=True, slots=True)
class Said:
    role: Role
    text: str
    at: datetime


@dataclass(slots=True)
class _Exchange:
    """What we said, and what came next."""

    ours: list[Said]
    theirs: list[Said]

    @property
    def pause(self) -> timedelta:
        return self.theirs[0].at - self.ours[-1].at

    @property
    def words(self) -> str:
        return " ".join(plain(said.text) for said in self.theirs)


def sign(
    said: Sequence[Said],
    waiting_for: str | None,
    began_at: datetime | None,
    since: datetime | None,
    now: datetime,
    *,
    limited: bool = True,
) -> str | None:
    """By what the other side is told to be a program, from what was said last; None: it may be a person.

    `began_at`: when the turn began that is `most_turns` before this one. `since`: when a person of the team gave the
    chat back to us. `limited`: whether a chat may write as much as people do and no more, else who repeats is meant to.
    A chat that was stopped already stays stopped.
    """
    if waiting_for in SIGNS:
        return waiting_for
    if began_at is not None and (since is None or began_at > since) and now - began_at < PACE_SPAN:
        return PACE
    exchanges = list(_exchanges(said, since))
    if len(exchanges) >= ECHOES and all(_is_echo(one) for one in exchanges[-ECHOES:]):
        return ECHO
    return REPEAT if limited and _repeats(exchanges) else None


def most_turns(limit_per_minute: int) -> int:
    """How many turns within `PACE_SPAN` are too many for a person; 0: no number is."""
    return max(LEAST_TURNS, PACE_MINUTES * limit_per_minute) if 0 < limit_per_minute <= MOST_LIMIT else 0


def plain(text: str) -> str:
    """Texts that differ only in spaces and capitals are the same."""
    return " ".join(text.casefold().split())


def _exchanges(said: Sequence[Said], since: datetime | None) -> Iterator[_Exchange]:
    ours: list[Said] = []
    theirs: list[Said] = []
    for one in said:
        if one.role is Role.OPERATOR or (since is not None and one.at <= since):
            ours, theirs = [], []  # a person was here: what came before is theirs to judge
        elif one.role is Role.USER:
            theirs.append(one)
        else:
            if theirs and ours:
                yield _Exchange(ours, theirs)
            ours, theirs = [*([] if theirs else ours), one], []
    if theirs and ours:
        yield _Exchange(ours, theirs)


def _is_echo(one: _Exchange) -> bool:
    if not -CLOCKS_DIFFER <= one.pause <= ECHO_WITHIN:
        return False
    said, back = [plain(mine.text) for mine in one.ours], [*(plain(their.text) for their in one.theirs), one.words]
    whole = any(len(mine) >= SHORTEST_ECHO and mine in their for mine in said for their in back)
    return whole or any(len(their) >= SHORTEST_PART and their in mine for mine in said for their in back)


def _repeats(exchanges: Sequence[_Exchange]) -> bool:
    """Of the last eight or more that came at once, no more than a quarter said something new."""
    heard: set[str] = set()
    for count, one in enumerate(reversed(exchanges), 1):
        if not -CLOCKS_DIFFER <= one.pause <= AT_ONCE:
            return False
        heard.add(" ".join(_without_numbers(plain(said.text)) for said in one.theirs))
        if count >= REPEATS and len(heard) <= count // NEW_ONE_IN:
            return True
    return False


def _without_numbers(text: str) -> str:
    letters = "".join(char for char in text if not char.isdigit())
    return letters if len(letters) >= LONG else text
