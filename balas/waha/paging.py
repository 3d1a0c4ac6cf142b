"""WAHA's lists page by page to their end, however long they are, and never without end.

A list changes while it is read. What is new at its top shifts the rest down, and is harmless: something is shown twice.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from typing import TypeVar

import msgspec

from balas.errors import GatewayUnavailable
from balas.waha.wire import as_object

PAGE = 100
OVERLAP = 10  # what is taken out of a list shifts the rest up: so many may go between two pages
STEP = PAGE - OVERLAP
MOST_PAGES = 1_000  # who reads holds the session, and nobody else reads it meanwhile
MOST_ROUNDS = 10

Entry = TypeVar("Entry", bound=Hashable)


def pages(what: str, page: Callable[[str], object]) -> Iterator[list[object]]:
    """Each page of a list; `page` asks for the one that a query names, `what` says in an error what it is a list of.

    Each begins with the end of the one before. To stop early would be to take what follows for not there, so a list
    without end is an error, and one whose next page does not join on to what was shown.
    """
    before: list[object] | None = None
    seen: set[bytes] = set()
    for number in range(MOST_PAGES):
        shown = page(f"limit={PAGE}&offset={number * STEP}")
        if not isinstance(shown, list):
            raise GatewayUnavailable(f"WAHA's list of {what} could not be read.")
        if shown and shown == before:
            raise GatewayUnavailable(f"WAHA shows the same page of {what} again and again: what follows is not known.")
        ids = {msgspec.json.encode(as_object(item).get("id")) for item in shown}
        if before is not None and not ids & seen:
            raise GatewayUnavailable(f"WAHA's list of {what} lost entries while it was read: it is read again later.")
        yield shown
        if len(shown) < PAGE:
            return
        before = shown
        seen |= ids
    most = MOST_PAGES * STEP + OVERLAP
    raise GatewayUnavailable(f"WAHA lists more than {most} {what}: what follows is not known.")


def entries(what: str, page: Callable[[str], object], read: Callable[[object], Entry | None]) -> list[Entry]:
    """All that `read` makes of a list whose entries move to its top when they change; None is passed over.

    What moves up while we are further down stands on no later page. So the top is read again until its end is what we
    know already: then all that moved stood above it. A whole page without anything new is the end of the list.
    """
    found: dict[Entry, None] = {}
    for _ in range(MOST_ROUNDS):
        is_settled = True
        for number, shown in enumerate(pages(what, page)):
            told = [read(item) for item in shown]
            new = dict.fromkeys(one for one in told if one is not None and one not in found)
            if number == 0:
                is_settled = len(shown) < PAGE or new.keys().isdisjoint(told[-OVERLAP:])
            if not new:
                break
            found |= new
        if is_settled:
            return list(found)
    raise GatewayUnavailable(f"WAHA's list of {what} changes faster than it can be read: it is read again later.")
