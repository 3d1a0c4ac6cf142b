"""The sample documents: read cleanly, and say the same thing wherever they say it twice."""

from __future__ import annotations

import re
from functools import cache

import pytest

from balas.knowledge.chunker import chunk
from balas.knowledge.files import sniff
from balas.knowledge.parser import parse
from balas.samples import sample_files
from balas.values import Chunk, ChunkKind, ParsedDocument


@cache
def documents() -> dict[str, ParsedDocument]:
    return {
        path.suffix: parse(path.name, path.read_bytes(), sniff(path.name, path.read_bytes())) for path in sample_files()
    }


def passages(suffix: str) -> list[Chunk]:
    return chunk(documents()[suffix])


def whole(suffix: str) -> str:
    return "\n".join(f"{piece.heading}\n{piece.text}" for piece in passages(suffix))


def test_all_kinds_are_there_and_read_without_a_warning() -> None:
    assert sorted(documents()) == [".docx", ".md", ".pdf", ".xlsx"]
    for document in documents().values():
        assert document.warnings == ()
        assert "Toko Kopi Lereng" in document.title


def test_the_price_list_has_a_price_in_every_row() -> None:
    rows = [row for piece in passages(".xlsx") if piece.kind is ChunkKind.TABLE for row in piece.text.split("\n")]
    assert len(rows) >= 30
    assert all(re.search(r"Kode: \S+; Nama produk: .+; Harga: Rp [\d.]+; Stok: \w", row) for row in rows)
    codes = [re.findall(r"Kode: ([^;]+)", row)[0] for row in rows]
    assert len(set(codes)) == len(codes)
    gayo = "Kopi Arabika Aceh Gayo; Berat: 250 g; Proses dan rasa: full washed, cokelat, rempah; Harga: Rp 82.000"
    assert gayo in whole(".xlsx")


def test_questions_are_whole_in_both_languages() -> None:
    questions = [piece for piece in passages(".md") if piece.kind is ChunkKind.FAQ]
    assert sum(piece.heading == "English" for piece in questions) >= 10
    assert sum(piece.heading != "English" for piece in questions) >= 20
    assert all("?\n" in piece.text for piece in questions)


@pytest.mark.parametrize(
    ("day", "dago", "buah_batu"),
    [
        ("Senin", "08.00–21.00", "09.00–20.00"),
        ("Jumat", "08.00–21.00", "09.00–20.00"),
        ("Sabtu", "08.00–22.00", "09.00–20.00"),
        ("Minggu", "09.00–20.00", "10.00–18.00"),
    ],
)
def test_opening_hours_agree(day: str, dago: str, buah_batu: str) -> None:
    assert f"Hari: {day}; Toko Dago: {dago}; Toko Buah Batu: {buah_batu}" in whole(".docx")
    (answer,) = [piece.text for piece in passages(".md") if piece.text.startswith("Toko buka jam berapa?")]
    _, at_dago, at_buah_batu = re.split(r"Toko Dago: |Toko Buah Batu: ", answer)
    assert dago in at_dago
    assert buah_batu in at_buah_batu


@pytest.mark.parametrize(
    ("fact", "suffixes"),
    [
        ("Jl. Lereng Sari No. 18", (".docx", ".md", ".pdf")),
        ("Jl. Taman Kencana Indah No. 7", (".docx", ".md")),
        ("08.00–20.00", (".docx", ".md")),
        ("sebelum pukul 14.00", (".md", ".pdf")),
        ("dalam 7 hari setelah", (".md", ".pdf")),
        ("within 7 days of delivery", (".pdf",)),
        ("Lereng Decaf", (".md", ".xlsx")),
        ("Lereng House Blend", (".md", ".xlsx")),
    ],
)
def test_facts_stand_in_each_document_that_should_know_them(fact: str, suffixes: tuple[str, ...]) -> None:
    for suffix in suffixes:
        assert fact in whole(suffix)


def test_pages_of_the_returns_policy_are_kept_and_their_margins_dropped() -> None:
    assert documents()[".pdf"].pages == 3
    assert {piece.page for piece in passages(".pdf")} == {1, 2, 3}
    assert "berlaku mulai 1 Oktober" not in whole(".pdf")
    assert "1 / 3" not in whole(".pdf")
