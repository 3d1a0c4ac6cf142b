"""A website read step by step by the job itself, from a small server on loopback, on real rows."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from balas.database.clock import now
from balas.database.engine import Database
from balas.database.session import transaction
from balas.jobs import crawl_website
from balas.knowledge import crawling, frontier
from balas.knowledge.frontier import SPARE_ADDRESSES, Limits
from balas.models import PageState, Website, WebsiteStatus
from balas.ports import JobName
from tests.unit.knowledge.document_files import lines, pdf
from tests.unit.knowledge.small_site import Page, Site
from tests.unit.knowledge.surveyor import Surveyor


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
        more = [f"{site.url}/kalender/2027/{day}?view=day" for day in range(website.max_pages + SPARE_ADDRESSES)]
        frontier.add_pages(session, website, more, 2)
    assert {"/a", "/b", "/c"} <= set(order)
    assert len(surveyor.states(website_id)) == website.max_pages + SPARE_ADDRESSES


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
