from __future__ import annotations

import pytest

from balas.errors import DocumentRejected
from balas.knowledge.boilerplate import block_keys, main_part, repeated, text_key
from balas.knowledge.files import FileType
from balas.knowledge.parser import parse
from balas.knowledge.readers.page import written
from balas.values import Block


def blocks(*texts: str) -> tuple[Block, ...]:
    return tuple(Block(text) for text in texts)


def test_what_most_pages_repeat() -> None:
    pages = [block_keys(blocks("Menu", f"page {n}", "Sale!" if n < 3 else f"new {n}", "© Toko")) for n in range(8)]
    assert repeated(pages) == frozenset(block_keys(blocks("menu", "toko")))
    assert repeated(pages[:4]) == frozenset()  # too few to tell


def test_only_edges_are_trimmed() -> None:
    common = set(block_keys(blocks("Menu", "Garansi: 1 tahun", "© Toko")))
    whole = blocks("Menu", "Mesin kopi", "Garansi: 1 tahun", "Watt: 900", "© Toko")
    assert main_part(whole, common) == whole[1:4]
    assert main_part(whole, set()) == whole
    assert main_part(whole[:1], common) == whole[:1]  # a page that holds nothing else


def test_the_same_words_are_the_same_text() -> None:
    assert text_key(blocks("Jam  buka:", "Senin")) == text_key(blocks("jam buka senin!"))
    assert text_key(blocks("Buka pukul 8")) != text_key(blocks("Buka pukul 9"))
    assert text_key(blocks("Harga Rp 5.000")) != text_key(blocks("Harga Rp 50.00"))


def test_a_page_comes_back_as_it_was_kept() -> None:
    html = b"""<title>T</title><body><h1>FAQ</h1><h2>Kapan buka?</h2><p>Pukul 8.</p>
    <table><tr><th>Kopi</th><th>Harga</th></tr>
    <tr><td>Gayo</td><td>85.000</td></tr></table><details><summary>COD?</summary>Ya, di Bandung.</details></body>"""
    first = parse("x", html, FileType.HTML)
    kept = written(first.title, first.blocks)
    again = parse("x", kept, FileType.PAGE)
    assert (again.title, again.blocks) == (first.title, first.blocks)
    assert written(again.title, again.blocks) == kept


def test_what_a_page_says_to_those_who_follow_links() -> None:
    html = b"""<head><base href="/id/"><link rel="canonical" href="/id/jam">
    <meta name=robots content="NOINDEX, follow"></head>
    <body><nav><a href="a">A</a><a rel="ugc nofollow" href="b">B</a><a href="#x">X</a><a>none</a></nav>
    <div id="Cookie-Banner">Kami memakai cookie. <button>Ya</button></div>
    <main class="cookies"><h1>Jam buka</h1><p>Senin pukul 8.</p><footer>oleh Sari</footer></main>
    <footer><ul><li><a href="/c">Karier</a></li><li><a href="/p">Privasi</a></li></ul>
    <p>Jalan Braga 12</p><ul><li><a href="tel:+6222">Telepon</a></li></ul></footer></body>"""
    page = parse("x", html, FileType.HTML, of_website=True)
    assert [block.text for block in page.blocks] == ["Jam buka", "Senin pukul 8."]
    assert page.web is not None
    assert page.web.links == ("a", "/c", "/p", "tel:+6222")
    assert (page.web.base, page.web.canonical, page.web.noindex) == ("/id/", "/id/jam", True)
    assert [block.text for block in page.web.footer] == ["Jalan Braga 12", "- Telepon (+6222)"]


def test_a_page_that_only_leads_on() -> None:
    only_links = b"<html><body><nav><a href='/a'>A</a></nav></body></html>"
    assert parse("x", only_links, FileType.HTML, of_website=True).blocks == ()
    with pytest.raises(DocumentRejected):
        parse("x", only_links, FileType.HTML)


def test_questions_are_joined_after_the_page_was_trimmed() -> None:
    html = b"<h2>Kapan buka?</h2><p>Pukul 8.</p><div>Langganan!</div>"
    page = parse("x", html, FileType.HTML, of_website=True)
    trimmed = main_part(page.blocks, set(block_keys(blocks("Langganan!"))))
    (entry,) = parse("x", written("T", trimmed), FileType.PAGE).blocks
    assert (entry.kind, entry.text) == ("faq", "Kapan buka?\nPukul 8.")
