"""WAHA's lists page by page to their end, however long they are, and never without end."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from balas.errors import GatewayUnavailable

PAGE = 100
MOST_PAGES = 1_000  # who reads holds the session, and nobody else reads it meanwhile


def pages(what: str, page: Callable[[str], object]) -> Iterator[list[object]]:
    """Each page of a list; `page` asks for the one that a query names, `what` says in an error what it is a list of.

    To stop early would be to take what follows for not there, so a list without end is an error.
    """
    before: list[object] | None = None
    for number in range(MOST_PAGES):
        shown = page(f"limit={PAGE}&offset={number * PAGE}")
        if not isinstance(shown, list):
            raise GatewayUnavailable(f"WAHA's list of {what} could not be read.")
        if shown and shown == before:
            raise GatewayUnavailable(f"WAHA shows the same page of {what} again and again: what follows is not known.")
        yield shown
        if len(shown) < PAGE:
            return
        before = shown
    raise GatewayUnavailable(f"WAHA lists more than {MOST_PAGES * PAGE} {what}: what follows is not known.")
