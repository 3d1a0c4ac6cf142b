from __future__ import annotations

import gzip
import time

import pytest

from balas.errors import DocumentRejected
from balas.knowledge.sitemap import MAX_BYTES, MAX_ENTRIES, MAX_INDEXED, read_sitemap

NS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
URLS = f"""<?xml version="1.0" encoding="UTF-8"?>
<urlset {NS} xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
<url><loc> https://example.org/a?x=1&amp;y=2 </loc><lastmod>2026-01-01</lastmod>
<image:image><image:loc>https://example.org/a.jpg</image:loc></image:image></url>
<url><loc>https://example.org/b</loc></url><url><loc></loc></url></urlset>"""
INDEX = f"<sitemapindex {NS}><sitemap><loc>https://example.org/1.xml.gz</loc></sitemap></sitemapindex>"


def test_a_sitemap_names_its_pages() -> None:
    found = read_sitemap(URLS.encode())
    assert found.pages == ("https://example.org/a?x=1&y=2", "https://example.org/b")
    assert found.sitemaps == ()


def test_an_index_packed() -> None:
    assert read_sitemap(gzip.compress(INDEX.encode())).sitemaps == ("https://example.org/1.xml.gz",)


def test_a_plain_list() -> None:
    assert read_sitemap(b"https://example.org/a\r\nnonsense\nhttps://example.org/b\n").pages[1].endswith("/b")


def test_in_another_encoding_without_namespace_and_cut_off() -> None:
    text = '<?xml version="1.0" encoding="utf-16"?><urlset><url><loc>https://example.org/a</loc></url></urlset>'
    assert read_sitemap(text.encode("utf-16")).pages == ("https://example.org/a",)
    assert len(read_sitemap(URLS.encode()[:-20]).pages) == 2


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
BOMB = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "ha">{LAUGHS}]><urlset><url><loc>&l11;</loc></url></urlset>'
OUTSIDE = '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><urlset><url><loc>&f;</loc></url></urlset>'


@pytest.mark.parametrize(
    "content",
    [
        BOMB.encode(),
        BOMB.encode("utf-16"),
        BOMB.lower().encode(),
        OUTSIDE.encode(),
        b"<html><p>404",
        b"\x1f\x8bnot packed",
        gzip.compress(b"x" * (MAX_BYTES + 1)),
        b" " * (MAX_BYTES + 1),
    ],
    ids=["bomb", "utf-16", "small letters", "file", "html", "damaged", "unfolds", "large"],
)
def test_bombs_and_broken_sitemaps_are_refused_quickly(content: bytes) -> None:
    began = time.monotonic()
    with pytest.raises(DocumentRejected):
        read_sitemap(content)
    assert time.monotonic() - began < 2


def test_a_packed_bomb_costs_no_more_than_the_limit() -> None:
    packed = gzip.compress(b"\x00" * (400 * 1024 * 1024), 9)
    began = time.monotonic()
    with pytest.raises(DocumentRejected, match="larger than"):
        read_sitemap(packed)
    assert time.monotonic() - began < 1


def test_endless_lists_end() -> None:
    many = "".join(f"<url><loc>https://example.org/{n}</loc></url>" for n in range(MAX_ENTRIES + 50))
    assert len(read_sitemap(f"<urlset>{many}</urlset>".encode()).pages) == MAX_ENTRIES
    indexes = "<sitemap><loc>https://example.org/x</loc></sitemap>" * (MAX_INDEXED + 5)
    assert len(read_sitemap(f"<sitemapindex>{indexes}</sitemapindex>".encode()).sitemaps) == MAX_INDEXED
