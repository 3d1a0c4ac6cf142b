"""Periods hold at once, in every process, with nothing indexed anew; audiences likewise."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event

from balas.database.clock import now
from balas.database.engine import Database
from balas.database.session import transaction
from balas.knowledge import publishing, sources, terms
from balas.knowledge.files import FileType
from balas.knowledge.uploads import Terms, Upload
from balas.models import GateOutcome
from balas.rag.embeddings import Embedder
from tests.fakes.qdrant_http import QdrantHttp
from tests.unit.knowledge.desk import Desk

FEES = "The school fee for 2026 is 300 a month."


@pytest.fixture(params=["embedded", "qdrant"])
def desks(
    request: pytest.FixtureRequest, database: Database, tmp_path: Path, embedder: Embedder
) -> Iterator[tuple[Desk, Desk]]:
    """Two processes on one database."""
    with ExitStack() as stack, warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Payload indexes have no effect|Local mode performs exact")
        url = stack.enter_context(QdrantHttp()).url if request.param == "qdrant" else None
        other = Database(database.url.render_as_string(hide_password=False), 5)
        one = Desk(database, tmp_path / "one", lambda: embedder, qdrant_url=url)
        two = Desk(other, tmp_path / "two", lambda: embedder, qdrant_url=url)
        for opened in (other, one, two):
            stack.callback(opened.close)
        yield one, two


def put(desk: Desk, document_id: int, starts: float | None, ends: float | None) -> None:
    """A period in days from now."""
    with transaction(desk.database) as session:
        at = now(session)
        moments = [None if days is None else at + timedelta(days=days) for days in (starts, ends)]
        terms.put(sources.get(session, document_id), Terms(None, *moments), at)


def version(desk: Desk) -> int:
    with transaction(desk.database) as session:
        return sources.version(session)


def test_a_period_holds_at_once_and_everywhere(desks: tuple[Desk, Desk]) -> None:
    document_id = desks[0].add("fees.txt", FEES)
    assert [desk.found("school fee") for desk in desks] == [[FEES]] * 2
    before = version(desks[0])
    for period, is_found in (
        ((None, -1), False),
        ((-1, 1), True),
        ((1, None), False),
        ((1, 2), False),
        ((-2, None), True),
        ((None, None), True),
    ):
        put(desks[0], document_id, *period)
        assert [desk.found("school fee") for desk in desks] == [[FEES] if is_found else []] * 2, period
    assert version(desks[0]) == before


def test_what_is_over_leaves_its_place_to_what_holds(desks: tuple[Desk, Desk]) -> None:
    """A filter of the search, not of its results: old versions would take all the places."""
    desk = desks[0]
    for year in range(2010, 2026):
        document_id = desk.add(f"{year}.txt", f"The school fee for the year is {year - 1900} a month.")
        put(desk, document_id, None, -1)
    desk.add("2026.txt", FEES)
    assert [each.found("school fee", limit=3) for each in desks] == [[FEES]] * 2


def test_a_document_of_several_audiences(desks: tuple[Desk, Desk]) -> None:
    desks[0].add("party.txt", "The school party is on Friday.", audience="parents,staff")
    desks[0].add("rooms.txt", "The school party needs the room.", audience="staff")
    for desk in desks:
        assert desk.found("school party") == []
        assert desk.found("school party", frozenset({"public", "parent"})) == []
        assert desk.found("school party", frozenset({"public", "parents"})) == ["The school party is on Friday."]
        assert len(desk.found("school party", frozenset({"public", "staff"}))) == 2


def test_another_audience_holds_at_once(desks: tuple[Desk, Desk]) -> None:
    document_id = desks[0].add("fees.txt", FEES)
    assert desks[1].found("school fee") == [FEES]
    with transaction(desks[0].database) as session:
        terms.give(session, sources.get(session, document_id), "staff", sources.bump(session, now(session)))
    assert [desk.found("school fee") for desk in desks] == [[], []]
    assert [desk.found("school fee", frozenset({"staff"})) for desk in desks] == [[FEES]] * 2


def test_a_search_asks_the_database_once_and_follows_a_page_to_another_address(desks: tuple[Desk, Desk]) -> None:
    def page(name: str, text: str) -> Upload:
        return Upload("url", "https://school.example/fees", name, text.encode(), FileType.TXT)

    def addresses() -> list[str | None]:
        found = [desk.library.search("school fee", limit=5, audiences=frozenset({"public"})) for desk in desks]
        return [one.passages[0].url for one in found]

    one = desks[0]
    [document_id] = one.take(page("https://school.example/fees", FEES))
    one.index(document_id)
    assert addresses() == ["https://school.example/fees"] * 2
    asked: list[str] = []
    event.listen(one.database.reader, "before_cursor_execute", lambda *told: asked.append(told[2]))
    assert addresses() == ["https://school.example/fees"] * 2
    others = ("BEGIN", "UTC_TIMESTAMP", "documents.audience")  # the last one where the index may be a moment behind
    assert len([sql for sql in asked if not any(word in sql for word in others)]) == 1, asked

    with transaction(one.database) as session:
        sources.revise(session, sources.get(session, document_id), page("fees.txt", f"{FEES} So it is."), now(session))
    assert addresses() == ["fees.txt"] * 2
    with transaction(one.database) as session:
        sources.get(session, document_id).gate = GateOutcome.HELD
    publishing.discard_held(one.database, document_id)
    assert addresses() == ["https://school.example/fees"] * 2
