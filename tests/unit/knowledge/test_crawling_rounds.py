"""What a later round of a website changes, keeps and deletes; what it shares with others; its end."""

from __future__ import annotations

from pathlib import Path

import pytest

from balas.database.clock import now
from balas.database.engine import Database
from balas.database.session import transaction
from balas.errors import Conflict
from balas.knowledge import sources, websites
from balas.models import PageState
from tests.unit.knowledge.small_site import Page, Site
from tests.unit.knowledge.surveyor import Surveyor


def test_the_second_time_unchanged_pages_cost_nothing(site: Site, surveyor: Surveyor) -> None:
    site.put("/", "Selamat datang.", links="/tanda /sama /ubah", ETag='"1"')
    site.text("/tanda", "Dengan tanda.", ETag='"2"')
    site.text("/sama", "Tanpa tanda.")
    site.text("/ubah", "Lama.", ETag='"3"')
    website_id = surveyor.read()
    surveyor.settle()
    before = surveyor.documents()
    surveyor.desk.queue.rung.clear()
    site.text("/ubah", "Baru.", ETag='"4"')
    surveyor.again(website_id)
    conditions = {path: headers.get("if-none-match") for path, headers in site.asked}
    assert {path: conditions[path] for path in ("/", "/tanda", "/sama", "/ubah")} == {
        "/": '"1"',
        "/tanda": '"2"',
        "/sama": None,
        "/ubah": '"3"',
    }
    after = surveyor.documents()
    assert {path for path in after if after[path].uploaded_version != before[path].uploaded_version} == {"/ubah"}
    assert [ring.row_id for ring in surveyor.desk.queue.rung] == [after["/ubah"].id]
    assert set(surveyor.states(website_id).values()) == {"read"}


def test_vanished_pages_go_and_failing_ones_stay(site: Site, surveyor: Surveyor) -> None:
    site.put("/", "Selamat datang.", links="/hilang /dicabut /sakit /lambat /noindex")
    for name in ("hilang", "dicabut", "sakit", "lambat", "noindex"):
        site.text(f"/{name}", f"Halaman {name}.")
    website_id = surveyor.read()
    site.fails("/hilang", 404)
    site.fails("/dicabut", 410)
    site.fails("/sakit", 500)
    site.fails("/lambat", 429, **{"Retry-After": "2"})
    site.html("/noindex", '<meta name="robots" content="none"><p>Halaman noindex.</p>')
    surveyor.again(website_id)
    states = surveyor.states(website_id)
    assert {states["/hilang"], states["/dicabut"]} == {"gone"}
    assert {states["/sakit"], states["/lambat"]} == {"failed"}
    assert set(surveyor.documents()) == {"/", "/sakit", "/lambat"}
    assert site.paths.count("/sakit") == 3  # more than once, and not for ever
    site.text("/hilang", "Halaman hilang.")
    surveyor.again(website_id)
    assert "/hilang" in surveyor.documents()


def test_a_site_that_is_away_loses_nothing(site: Site, surveyor: Surveyor) -> None:
    site.put("/", "Selamat datang.", links="/a /b")
    site.text("/a", "Halaman A.")
    site.text("/b", "Halaman B.")
    website_id = surveyor.read()
    site.pages.clear()
    site.make = lambda path: Page(status=502) if path != "/robots.txt" else None
    surveyor.again(website_id)
    website = surveyor.website(website_id)
    assert website.status == "failed"
    assert "502" in (website.error or "")
    assert set(surveyor.documents()) == {"/", "/a", "/b"}
    assert "/a" not in site.paths


def test_what_a_person_deleted_stays_deleted(site: Site, surveyor: Surveyor) -> None:
    site.put("/", "Selamat datang.", links="/a")
    site.text("/a", "Halaman A.")
    website_id = surveyor.read()
    with transaction(surveyor.database) as session:
        sources.remove(session, surveyor.documents()["/a"].id, now(session))
    site.text("/a", "Halaman A, baru.")
    surveyor.again(website_id)
    assert set(surveyor.documents()) == {"/"}
    assert surveyor.states(website_id)["/a"] == PageState.REMOVED


def test_removed_with_all_its_pages_and_nothing_else(site: Site, surveyor: Surveyor) -> None:
    site.put("/", "Selamat datang.", links=" ".join(f"/p{n}" for n in range(25)))
    for n in range(25):
        site.text(f"/p{n}", f"Halaman {n}.")
    surveyor.desk.hand_in("lain.txt", "Dokumen lain.")
    website_id = surveyor.read()
    assert len(surveyor.documents()) == 27
    with transaction(surveyor.database) as session:
        websites.withdraw(session, website_id, now(session))
    with pytest.raises(Conflict), transaction(surveyor.database) as session:
        websites.sync(session, website_id, now(session))
    surveyor.go(website_id)
    assert set(surveyor.documents()) == {"lain.txt"}
    assert surveyor.pages(website_id) == {}


def test_what_all_pages_repeat_stays_on_one(site: Site, surveyor: Surveyor) -> None:
    banner, footer = "<div>Gratis ongkir minggu ini!</div>", "<div>Jalan Braga 12, Bandung</div>"

    def put(path: str, text: str, links: str = "") -> None:
        anchors = "".join(f'<a href="{link}">.</a>' for link in links.split())
        site.html(
            path, f"<title>{path}</title>{banner}<p>{text}</p><p>Garansi: 1 tahun</p><p>{path}</p>{footer}{anchors}"
        )

    put("/", "Selamat datang.", " ".join(f"/p{n}" for n in range(5)))
    for n in range(5):
        put(f"/p{n}", f"Mesin nomor {n}.")
    website_id = surveyor.read()
    for words, pages in (("Braga", 1), ("Gratis ongkir", 1), ("Garansi", 6), ("Mesin nomor", 5)):
        assert sum(words in surveyor.content(path) for path in surveyor.documents()) == pages, words
    assert "Braga" in surveyor.content("/")
    surveyor.settle()
    versions = {path: one.uploaded_version for path, one in surveyor.documents().items()}
    put("/p3", "Mesin nomor tiga, baru.")
    surveyor.again(website_id)
    changed = {path: one.uploaded_version - versions[path] for path, one in surveyor.documents().items()}
    assert {path: times for path, times in changed.items() if times} == {"/p3": 1}  # trimmed as it was read
    assert "Braga" not in surveyor.content("/p3")


def test_two_websites_that_share_pages(site: Site, surveyor: Surveyor) -> None:
    site.put("/", "Selamat datang.", links="/docs/")
    site.put("/docs/", "Petunjuk.", links="/docs/a /")
    site.text("/docs/a", "Halaman A.")
    first, second = surveyor.read("/docs/"), surveyor.read("/")
    assert set(surveyor.states(second).values()) == {"skipped"}
    assert set(surveyor.states(first).values()) == {"read"}
    assert len(surveyor.documents()) == 3


def test_the_same_address_again_changes_its_limits(site: Site, surveyor: Surveyor) -> None:
    site.put("/", "Selamat datang.", links="/a", ETag='"1"')
    site.put("/a", "Halaman A.", links="/b", ETag='"2"')
    site.put("/b", "Halaman B.", links="/c", ETag='"3"')
    website_id = surveyor.read(max_depth=1)
    assert set(surveyor.documents()) == {"/", "/a"}
    assert surveyor.read("", max_depth=3, every_hours=0) == website_id
    assert set(surveyor.documents()) == {"/", "/a", "/b"}
    assert surveyor.website(website_id).next_attempt_at is None
    surveyor.read(max_depth=0)
    assert set(surveyor.documents()) == {"/"}


@pytest.mark.mysql
def test_a_website_in_mysql(mysql: Database, tmp_path: Path, site: Site) -> None:
    """Every statement of its life: rounds, limits, repeated blocks, pages deleted by hand, the end."""
    surveyor = Surveyor(mysql, tmp_path, site)
    footer = "<div>Jalan Braga 12</div>"
    site.html("/", f"<p>Depan</p>{footer}" + "".join(f'<a href="/p{n}?x=1">.</a>' for n in range(5)))
    for n in range(5):
        site.html(f"/p{n}?x=1", f"<p>Halaman {n}</p>{footer}")
    website_id = surveyor.read()
    assert sum("Braga" in surveyor.content(path) for path in surveyor.documents()) == 1
    with transaction(mysql) as session:
        sources.remove(session, surveyor.documents()["/p1?x=1"].id, now(session))
        assert websites.due(session, now(session), 5) == []
    site.fails("/p2?x=1", 404)
    surveyor.read(max_pages=3)
    assert surveyor.website(website_id).round == 2
    assert len(surveyor.documents()) == 3
    assert surveyor.states(website_id)["/p1?x=1"] == PageState.REMOVED
    with transaction(mysql) as session:
        websites.withdraw(session, website_id, now(session))
        assert websites.due(session, now(session), 5) == [website_id]
    surveyor.go(website_id)
    assert surveyor.documents() == {}
    surveyor.close()
