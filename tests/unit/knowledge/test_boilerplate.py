from __future__ import annotations

from balas.knowledge.boilerplate import block_keys, main_part, repeated, text_key
from balas.knowledge.files import FileType
from balas.knowledge.parser import parse
from balas.knowledge.readers import page
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
    kept = page.written(first.title, first.blocks)
    again = parse("x", kept, FileType.PAGE)
    assert (again.title, again.blocks) == (first.title, first.blocks)
    assert page.written(again.title, again.blocks) == kept
