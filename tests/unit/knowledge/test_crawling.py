"""A website read step by step by the job itself, from a small server on loopback, on real rows."""

from __future__ import annotations

import gzip
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from balas import worker
from balas.database.clock import now
from balas.database.engine import Database
from balas.database.session import transaction
from balas.errors import Conflict, LeaseLost
from balas.jobs import crawl_website, sweep
from balas.knowledge import crawling, frontier, sources, websites
from balas.knowledge.crawler import Outcome
from balas.knowledge.frontier import Limits
from balas.models import PageState, Website, WebsiteStatus
from balas.ports import JobName, Ring
from tests.unit.knowledge.document_files import lines, pdf
from tests.unit.knowledge.small_site import Page, Site, small_site
from tests.unit.knowledge.surveyor import Surveyor


@pytest.fixture
def site() -> Iterator[Site]:
    with small_site() as running:
        yield running


@pytest.fixture
def surveyor(sqlite: Database, tmp_path: Path, site: Site) -> Iterator[Surveyor]:
    surveyor = Surveyor(sqlite, tmp_path, site)
    yield surveyor
    surveyor.close()


def test_pages_become_documents_known_by_their_addresses(site: Site, surveyor: Surveyor) -> None:
    site.put(
        "/", "Selamat datang.", "Toko Maju", "/harga /harga?utm_source=wa /harga/#kopi http://example.org/ /foto.png"
    )
    site.put("/harga", "Kopi Gayo Rp 85.000.", "Harga", "/ mailto:toko@example.org")
    website_id = surveyor.read()
    assert site.paths == ["/robots.txt", "/sitemap.xml", "/", "/harga"]
    assert surveyor.states(website_id) == {"/": "read", "/harga": "read"}
    documents = surveyor.documents()
    assert [(one.source, one.file_type, one.status) for one in documents.values()] == [("url", "page", "received")] * 2
    assert "85.000" in surveyor.content("/harga")
    assert surveyor.website(website_id).status == WebsiteStatus.CRAWLED
    assert {ring.job for ring in surveyor.desk.queue.rung} == {JobName.INGEST_DOCUMENT}
    assert {headers["user-agent"] for _, headers in site.asked} == {"Balas"}


def test_robots_are_honoured(site: Site, surveyor: Surveyor) -> None:
    site.file("/robots.txt", b"User-agent: *\nDisallow: /\n\nUser-agent: Balas\nDisallow: /admin\n", "text/plain")
    site.put("/", "Selamat datang.", links="/admin/login /jam /daftar /rahasia /ikut")
    site.put("/jam", "Buka pukul 8.", links="/dalam")
    site.html("/daftar", '<meta name="robots" content="noindex"><p>Daftar.</p><a href="/dari-daftar">x</a>')
    site.text("/dari-daftar", "Terdaftar.")
    site.put("/rahasia", "Rahasia.", **{"X-Robots-Tag": "noindex"})
    site.html("/ikut", '<meta name="ROBOTS" content="nofollow"><p>Ikut.</p><a href="/tidak">x</a>')
    site.html("/dalam", '<p>Dalam.</p><a rel="nofollow" href="/tidak">x</a>')
    website_id = surveyor.read()
    assert "/admin/login" not in site.paths
    assert "/tidak" not in site.paths
    states = surveyor.states(website_id)
    assert {path for path, state in states.items() if state == "skipped"} == {"/admin/login", "/daftar", "/rahasia"}
    assert set(surveyor.documents()) == {"/", "/jam", "/ikut", "/dalam", "/dari-daftar"}
    assert "robots.txt" in (surveyor.pages(website_id)["/admin/login"].reason or "")


def test_a_site_that_lets_nobody_in_says_so(site: Site, surveyor: Surveyor) -> None:
    site.file("/robots.txt", b"User-agent: *\nDisallow: /", "text/plain")
    site.put("/", "Selamat datang.")
    website = surveyor.website(surveyor.read())
    assert (website.status, site.paths) == ("failed", ["/robots.txt", "/sitemap.xml"][:1])
    assert "robots.txt asks not to read it" in (website.error or "")


def test_robots_that_can_not_be_told_stop_everything(site: Site, surveyor: Surveyor) -> None:
    site.fails("/robots.txt", 503)
    website = surveyor.website(surveyor.read())
    assert (website.status, site.paths) == ("failed", ["/robots.txt"])
    assert website.next_attempt_at is not None


def test_the_pace_stands_in_the_row(site: Site, surveyor: Surveyor) -> None:
    site.file("/robots.txt", b"User-agent: *\nCrawl-delay: 7", "text/plain")
    site.put("/", "Selamat datang.")
    website_id = surveyor.add()
    ring = crawl_website.run(surveyor.desk.runtime, website_id)
    assert ring is not None
    assert 7 < ring.delay_seconds < 7.5
    assert crawl_website.run(surveyor.desk.runtime, website_id) is None  # too early, whoever rings
    assert site.paths == ["/robots.txt"]


def test_sitemaps_indexes_and_packed_ones(site: Site, surveyor: Surveyor) -> None:
    site.file("/robots.txt", b"Sitemap: /maps/index.xml\nSitemap: http://example.org/theirs.xml", "text/plain")
    maps = [f"{site.url}/maps/one.xml.gz", f"{site.url}/maps/bomb.xml", "http://example.org/x.xml"]
    index = "".join(f"<sitemap><loc>{address}</loc></sitemap>" for address in maps)
    site.file("/maps/index.xml", f"<sitemapindex>{index}</sitemapindex>".encode(), "application/xml")
    one = f"<urlset><url><loc>{site.url}/tersembunyi</loc></url><url><loc>http://example.org/</loc></url></urlset>"
    site.file("/maps/one.xml.gz", gzip.compress(one.encode()), "application/gzip")
    site.file("/maps/bomb.xml", b'<!DOCTYPE x [<!ENTITY a "b">]><urlset/>', "application/xml")
    site.put("/", "Selamat datang.")
    site.text("/tersembunyi", "Tidak ada tautan ke sini.")
    website_id = surveyor.read()
    assert set(surveyor.documents()) == {"/", "/tersembunyi"}
    assert surveyor.states(website_id) == {"/": "read", "/tersembunyi": "read"}
    assert "/sitemap.xml" not in site.paths


def test_a_sitemap_that_has_moved(site: Site, surveyor: Surveyor) -> None:
    site.redirect("/sitemap.xml", "/sitemap_index.xml", 301)
    site.file("/sitemap_index.xml", f"<urlset><url><loc>{site.url}/a</loc></url></urlset>".encode(), "text/xml")
    site.put("/", "Selamat datang.")
    site.text("/a", "Halaman A.")
    surveyor.read()
    assert set(surveyor.documents()) == {"/", "/a"}


def test_breadth_first_and_no_deeper_than_asked(site: Site, surveyor: Surveyor) -> None:
    site.put("/", "Nol.", links="/a /b")
    for name in ("a", "b"):
        site.put(f"/{name}", f"Satu {name}.", links=f"/{name}/dua /")
        site.put(f"/{name}/dua", f"Dua {name}.", links=f"/{name}/tiga")
    website_id = surveyor.read(max_depth=2)
    assert [path for path in site.paths if path != "/sitemap.xml"][1:] == ["/", "/a", "/b", "/a/dua", "/b/dua"]
    assert {page.depth for page in surveyor.pages(website_id).values()} == {0, 1, 2}


def test_no_more_pages_than_asked_and_no_more_than_the_limits(site: Site, surveyor: Surveyor) -> None:
    site.make = lambda path: Page(f"<p>Halaman {path}</p><a href='{path}0'>x</a><a href='{path}z'>y</a>".encode())
    site.put("/sitemap.xml", "none")
    site.fails("/robots.txt", 404)
    website_id = surveyor.read(max_pages=4, max_depth=20)
    assert list(surveyor.states(website_id).values()).count("read") == 4 == len(surveyor.documents())
    left = [page.reason for page in surveyor.pages(website_id).values() if page.state == "skipped"]
    assert set(left) == {"The limit of 4 pages was reached."}


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (Limits(requests_a_page=0, spare_requests=4), "4 requests"),
        (Limits(size=1), "MiB"),
        (Limits(seconds=-1), "hours"),
    ],
)
def test_other_limits_end_a_round(site: Site, surveyor: Surveyor, limits: Limits, words: str) -> None:
    website_id = surveyor.add()
    with transaction(surveyor.database) as session:
        step = crawling.take(session, website_id, now(session), limits)
        assert step is not None
        website = session.get_one(Website, website_id)
        website.robots, website.requests, website.size = "", 4, 1
        over = crawling.close(session, step, now(session), limits)
    assert over.wait_seconds is None
    assert words in (surveyor.pages(website_id)["/"].reason or "")


def test_a_calendar_without_end_waits_behind_everything_else(site: Site, surveyor: Surveyor) -> None:
    website_id = surveyor.add()
    with transaction(surveyor.database) as session:
        website = session.get_one(Website, website_id)
        for month in range(1, 13):
            days = [f"{site.url}/kalender/2026/{month}/{day}?view=day" for day in range(1, 32)]
            frontier.add_pages(session, website, days, 1 + month // 6)
        frontier.add_pages(session, website, [f"{site.url}/{name}" for name in ("a", "b", "c")], 4)
        order = []
        while len(order) < 60 and (page := frontier.next_page(session, website, now(session))) is not None:
            order.append(page.address.removeprefix(site.url))
            page.state = PageState.READ
            session.flush()
    assert {"/a", "/b", "/c"} <= set(order)
    assert len(surveyor.states(website_id)) <= website.max_pages + 300


def test_loops_and_session_ids_end(site: Site, surveyor: Surveyor) -> None:
    site.put("/", "Selamat datang.", links="/ ./ /x/../ /a?PHPSESSID=1 /a?sid=2 /a/?utm_medium=3#b a/a/a/a/a")
    site.put("/a", "Halaman A.", links="/ /a")
    website_id = surveyor.read()
    assert surveyor.states(website_id) == {"/": "read", "/a": "read"}


def test_redirects_are_followed_within_the_site_only(site: Site, surveyor: Surveyor) -> None:
    site.put("/", "Selamat datang.", links="/lama /keluar /meta /putar /jauh /garis /berkas")
    site.redirect("/lama", "/baru", 301)
    site.text("/baru", "Halaman baru.")
    site.redirect("/keluar", "http://example.org/")
    site.redirect("/meta", "http://169.254.169.254/latest/meta-data/")
    site.redirect("/berkas", "file:///etc/passwd")
    site.redirect("/putar", "/putar")
    site.redirect("/jauh", "/jauh1")
    for n in range(1, 6):
        site.redirect(f"/jauh{n}", f"/jauh{n + 1}")
    site.redirect("/garis", "/garis/")
    site.text("/garis/", "Dengan garis.")
    website_id = surveyor.read()
    pages = surveyor.pages(website_id)
    assert set(surveyor.documents()) == {"/", "/baru", "/garis/"}
    assert "leads to another site" in (pages["/meta"].reason or "")
    assert "leads to another site" in (pages["/keluar"].reason or "")
    assert "no web page" in (pages["/berkas"].reason or "")
    assert "more than 3 times" in (pages["/putar"].reason or "")
    assert "more than 3 times" in (pages["/jauh3"].reason or "")
    assert "/jauh4" not in site.paths


@pytest.mark.parametrize("hosts", ["", "localhost:{port}", "127.0.0.1:1"])
def test_private_addresses_are_refused_when_the_connection_is_made(
    sqlite: Database, tmp_path: Path, site: Site, hosts: str
) -> None:
    """By their numbers and by a name that leads there; nothing arrives."""
    surveyor = Surveyor(sqlite, tmp_path, site, hosts.format(port=site.port))
    website = surveyor.website(surveyor.read())
    assert (website.status, site.asked) == ("failed", [])
    assert "not fetched" in (website.error or "")
    surveyor.close()


def test_the_same_text_is_read_once(site: Site, surveyor: Surveyor) -> None:
    site.put("/", "Selamat datang.", links="/a /cetak /kanon /a?urut=harga /salah")
    site.put("/a", "Jam buka: Senin pukul 8.")
    site.put("/cetak", "jam   buka: senin pukul 8", "Cetak")
    canonical = '<link rel="canonical" href="/a"><p>Jam buka, Senin pukul 8 (urut harga).</p>'
    site.html("/a?urut=harga", canonical)
    site.html("/kanon", '<link rel="canonical" href="/tidak-ada"><p>Kanon.</p>')
    site.html("/salah", '<link rel="canonical" href="/"><p>Semua halaman menunjuk ke depan.</p>')
    website_id = surveyor.read()
    pages = surveyor.pages(website_id)
    assert set(surveyor.documents()) == {"/", "/a", "/salah", "/kanon"}
    assert pages["/cetak"].reason == f"The same text as {site.url}/a"
    assert pages["/a?urut=harga"].reason == f"The same page as {site.url}/a"
    assert pages["/tidak-ada"].state == "gone"


def test_only_what_is_a_document(site: Site, surveyor: Surveyor) -> None:
    site.put("/", "Selamat datang.", links="/harga.pdf /foto /data /rusak /kosong /catatan.txt")
    site.file("/harga.pdf", pdf(lines("Kopi Gayo 85.000")), "application/pdf")
    site.file("/foto", b"\x89PNG....", "image/png")
    site.file("/data", b'{"a": 1}\n', "application/x-ndjson")
    site.file("/rusak", b"PK\x03\x04 nothing", "application/zip")
    site.html("/kosong", "<html><body><script>render()</script><div id=app></div></body></html>")
    site.file("/catatan.txt", b"Buka hari Minggu.", "text/plain")
    website_id = surveyor.read()
    assert {path: one.file_type for path, one in surveyor.documents().items()} == {
        "/": "page",
        "/harga.pdf": "pdf",
        "/catatan.txt": "txt",
    }
    skipped = [page for page in surveyor.pages(website_id).values() if page.state == "skipped"]
    assert len(skipped) == 4
    assert all(page.reason for page in skipped)


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


def test_whoever_reads_a_website_that_is_removed_writes_nothing(site: Site, surveyor: Surveyor) -> None:
    site.put("/", "Selamat datang.")
    website_id = surveyor.add()
    with transaction(surveyor.database) as session:
        step = crawling.take(session, website_id, now(session))
    assert step is not None
    with transaction(surveyor.database) as session:
        websites.withdraw(session, website_id, now(session))
    with pytest.raises(LeaseLost), transaction(surveyor.database) as session:
        crawling.record_robots(session, step, Outcome(state=PageState.READ, robots=""), now(session))


def test_the_sweep_takes_it_up_when_it_is_due(site: Site, surveyor: Surveyor) -> None:
    """After a restart, a lost doorbell, or a day."""
    site.put("/", "Selamat datang.")
    website_id = surveyor.add()
    ring = Ring(JobName.CRAWL_WEBSITE, website_id)
    assert ring not in sweep.run(surveyor.desk.runtime)  # its own doorbell is still ringing
    with transaction(surveyor.database) as session:
        session.get_one(Website, website_id).next_attempt_at = now(session) - timedelta(seconds=4)
    assert ring in sweep.run(surveyor.desk.runtime)
    surveyor.go(website_id)
    website = surveyor.website(website_id)
    assert website.crawled_at is not None
    assert website.next_attempt_at == website.crawled_at + timedelta(hours=24)
    assert ring not in sweep.run(surveyor.desk.runtime)
    assert callable(getattr(worker, ring.job))


def test_one_worker_at_a_time(site: Site, surveyor: Surveyor) -> None:
    website_id = surveyor.add()
    with transaction(surveyor.database) as session:
        assert crawling.take(session, website_id, now(session)) is not None
        assert crawling.take(session, website_id, now(session)) is None


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


def test_a_page_that_kills_its_reader_is_given_up(site: Site, surveyor: Surveyor) -> None:
    site.put("/", "Selamat datang.", links="/mati /a")
    site.text("/mati", "Halaman mati.")
    site.text("/a", "Halaman A.")
    website_id = surveyor.add()
    surveyor.go(website_id, steps=3)
    for _ in range(3):  # claimed, and never heard of again
        with transaction(surveyor.database) as session:
            step = crawling.take(session, website_id, now(session))
            assert step is not None
            assert step.target is not None
            assert step.target.address.endswith("/mati")
            session.get_one(Website, website_id).lease_until = None
    surveyor.go(website_id)
    assert surveyor.states(website_id) == {"/": "read", "/mati": "failed", "/a": "read"}


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


def test_killed_at_any_commit_it_goes_on_where_it_was(site: Site, surveyor: Surveyor) -> None:
    site.put("/", "Selamat datang.", links="/a /b /c")
    for name in ("a", "b", "c"):
        site.text(f"/{name}", f"Halaman {name}.")
    website_id = surveyor.add()
    url = surveyor.database.url.render_as_string(hide_password=False)
    for kill_at in (1, 5, 5, 4, 6):  # a claim, what came of the sitemap, what came of a page, a claim, in between
        command = [sys.executable, "-m", "tests.unit.knowledge.killed_crawling", url, str(site.port), str(website_id)]
        done = subprocess.run([*command, str(kill_at)], check=False, timeout=60)
        assert done.returncode == -signal.SIGKILL
        with transaction(surveyor.database) as session:  # its lease runs out
            session.get_one(Website, website_id).lease_until = None
        surveyor.hurry(website_id)
    surveyor.go(website_id)
    assert surveyor.website(website_id).status == "crawled"
    assert set(surveyor.documents()) == {"/", "/a", "/b", "/c"}
    assert {document.uploaded_version for document in surveyor.documents().values()} == {1}
    assert max(site.paths.count(path) for path in ("/", "/a", "/b", "/c")) <= 3
    assert site.paths.count("/c") == 1


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
