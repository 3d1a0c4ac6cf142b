from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from balas.knowledge.chunker import LIMIT, TABLE_CHARACTERS, chunk
from balas.knowledge.parser import parse_text
from balas.values import Block, ChunkKind, ParsedDocument

SENTENCE = "Kopi ini dipanen di lereng gunung dan disangrai setiap hari Selasa. "


def document(*blocks: Block, title: str = "Judul") -> ParsedDocument:
    return ParsedDocument(title=title, blocks=blocks)


def heading(text: str, level: int, page: int | None = None) -> Block:
    return Block(text, heading_level=level, page=page)


def row(text: str) -> Block:
    return Block(text, kind=ChunkKind.TABLE)


def test_a_short_document_is_one_passage() -> None:
    made = chunk(document(Block("Satu."), Block("Dua."), Block(SENTENCE * 15)))
    assert len(made) == 1
    assert made[0].text == f"Satu.\nDua.\n{SENTENCE * 15}"


def test_paragraphs_fill_passages_of_the_wanted_size() -> None:
    made = chunk(document(*(Block(f"{number} {SENTENCE * 5}".strip()) for number in range(12))))
    assert [piece.position for piece in made] == list(range(len(made)))
    assert all(600 <= len(piece.text) <= 1_000 for piece in made)


def test_breadcrumbs_and_pages() -> None:
    made = chunk(
        document(
            heading("Judul", 1), Block("Awal.", page=1),
            heading("Pengiriman", 2), heading("COD", 3), Block("Bandung.", page=2),
            heading("Luar Jawa", 3), Block("Lima hari.", page=3), Block("Lanjut.", page=4),
            heading("Retur", 2), Block("Tujuh hari.", page=5),
        )
    )  # fmt: skip
    assert [(piece.heading, piece.text, piece.page) for piece in made] == [
        ("", "Awal.", 1),
        ("Pengiriman › COD", "Bandung.", 2),
        ("Pengiriman › Luar Jawa", "Lima hari.\nLanjut.", 3),
        ("Retur", "Tujuh hari.", 5),
    ]


def test_a_heading_with_nothing_under_it_is_a_passage() -> None:
    made = chunk(document(heading("Tutup hari Senin", 2), heading("Alamat", 2), Block("Braga."), heading("Akhir", 1)))
    assert [(piece.heading, piece.text) for piece in made] == [
        ("", "Tutup hari Senin"),
        ("Alamat", "Braga."),
        ("", "Akhir"),
    ]


def test_a_long_heading_is_a_paragraph() -> None:
    made = chunk(document(heading("kata " * 40, 2), Block("Isi.")))
    assert [piece.heading for piece in made] == [""]
    assert "kata kata" in made[0].text


def test_long_paragraphs_are_cut_between_sentences_and_overlap_by_one() -> None:
    sentences = [
        f"Kalimat nomor {number} menceritakan kopi dari lereng gunung dengan cukup panjang." for number in range(60)
    ]
    made = chunk(document(Block(" ".join(sentences))))
    assert len(made) > 3
    for piece, following in pairwise(made):
        assert piece.text.endswith(".")
        assert following.text.startswith("Kalimat")
        last = re.split(r"(?<=\.) ", piece.text)[-1]
        assert following.text.startswith(last)


def test_table_rows_stay_whole_in_even_groups() -> None:
    rows = [row(f"Nama: Kopi {number}; Harga: Rp {number}.000; Stok: ada") for number in range(23)]
    made = chunk(document(heading("Harga", 2), *rows, Block("Sudah termasuk pajak.")))
    tables = [piece for piece in made if piece.kind is ChunkKind.TABLE]
    assert [line for piece in tables for line in piece.text.split("\n")] == [one.text for one in rows]
    assert sorted(piece.text.count("\n") + 1 for piece in tables) == [7, 8, 8]
    assert all(len(piece.text) <= TABLE_CHARACTERS for piece in tables)
    assert all(piece.heading == "Harga" for piece in made)
    assert made[-1].kind is ChunkKind.TEXT


def test_a_row_too_long_for_a_passage_keeps_its_name_in_each_part() -> None:
    made = chunk(document(row("Nama: Hampers; " + "; ".join(f"Isi {n}: {SENTENCE.strip()}" for n in range(40)))))
    assert len(made) > 2
    assert all(piece.text.startswith("Nama: Hampers") and len(piece.text) <= LIMIT for piece in made)


def test_each_question_is_a_passage_of_its_own() -> None:
    entries = [Block(f"Pertanyaan {n}?\nJawaban {n}.", kind=ChunkKind.FAQ) for n in range(3)]
    made = chunk(document(Block("Awal."), *entries, Block("Akhir.")))
    assert [piece.text for piece in made] == ["Awal.", *(entry.text for entry in entries), "Akhir."]


def test_a_question_that_was_a_heading_ends_the_section_before_it() -> None:
    question = Block("Bisa COD?\nBisa.", heading_level=2, kind=ChunkKind.FAQ)
    made = chunk(document(heading("Ongkir", 2), Block("Rp 9.000."), question, Block("Catatan.")))
    assert [(piece.heading, piece.text) for piece in made] == [
        ("Ongkir", "Rp 9.000."),
        ("", "Bisa COD?\nBisa."),
        ("", "Catatan."),
    ]


def test_a_long_answer_says_its_question_in_each_part() -> None:
    made = chunk(document(Block(f"Bagaimana caranya?\n{SENTENCE * 60}".strip(), kind=ChunkKind.FAQ)))
    assert len(made) > 3
    assert all(piece.text.startswith("Bagaimana caranya?\n") and piece.kind is ChunkKind.FAQ for piece in made)


@pytest.mark.parametrize(
    ("sentence", "shortest", "longest"),
    [
        ("本店每天早上八点开门，晚上九点关门。", 200, 400),
        ("当店は毎日朝八時から夜九時まで営業しています。", 200, 400),
        ("ร้านเปิดทุกวันตั้งแต่แปดโมงเช้า ถึงสามทุ่ม ", 450, 750),
        ("ຮ້ານເປີດທຸກມື້ຕັ້ງແຕ່ແປດໂມງເຊົ້າ ", 450, 750),
        ("The shop is open every day from eight in the morning. ", 700, 1_000),
    ],
)
def test_passages_are_about_as_long_for_the_model_in_every_script(sentence: str, shortest: int, longest: int) -> None:
    made = chunk(document(Block(sentence * 100)))
    assert all(shortest <= len(piece.text) <= longest for piece in made[:-1])


def test_the_language_makes_passages_short_too() -> None:
    assert len(chunk(document(Block(SENTENCE * 30)), "th")) > len(chunk(document(Block(SENTENCE * 30)), "id"))


def test_one_endless_word() -> None:
    made = chunk(document(Block("x" * 10_001)))
    assert "".join(piece.text for piece in made) == "x" * 10_001
    assert all(len(piece.text) <= LIMIT for piece in made)


def test_pasted_text_goes_through() -> None:
    assert [piece.text for piece in chunk(parse_text("Jam", "Buka jam 8.\n\nTutup jam 9."))] == [
        "Buka jam 8.\nTutup jam 9."
    ]


WORDS = st.text(st.sampled_from("abc Rp.?!,;:\n0123é字ไท।؟"), min_size=1, max_size=3_000)
BLOCKS = st.lists(
    st.builds(
        Block,
        text=WORDS.map(str.strip).filter(bool),
        page=st.none() | st.integers(1, 5),
        heading_level=st.none() | st.integers(1, 6),
        kind=st.sampled_from(list(ChunkKind)),
    ),
    max_size=12,
)


def test_a_page_that_comes_twice_is_one_passage() -> None:
    terms = "Barang yang rusak atau salah kirim kami ganti tanpa biaya selama pembeli mengirim foto barang. " * 3
    page = [Block("Retur", 1, heading_level=2), Block(f"Halaman 1 dari 2\n{terms}", 1)]
    again = [Block("RETUR", 2, heading_level=2), Block(f"Halaman 2 dari 2\n{terms}  ", 2)]
    assert [piece.page for piece in chunk(document(*page, *again))] == [1]
    loose = [Block(f"Halaman 1\n{terms}", 1), Block("Ya.", 1), Block(f"Halaman 2\n{terms}", 2), Block("Ya.", 2)]
    assert "".join(piece.text for piece in chunk(document(*loose))).count("tanpa biaya") == 3
    other = [Block("Tukar", 2, heading_level=2), Block(terms, 2)]
    assert [piece.heading for piece in chunk(document(*page, *other))] == ["Retur", "Tukar"]


def words(text: str) -> set[str]:
    return set(re.findall(r"[^\W_]+", text))


@settings(max_examples=150, deadline=None)
@given(BLOCKS, st.sampled_from([None, "id", "th"]))
def test_no_word_is_lost_and_no_limit_is_passed(blocks: list[Block], language: str | None) -> None:
    made = chunk(document(*blocks), language)
    assert [piece.position for piece in made] == list(range(len(made)))
    assert all(0 < len(piece.text) <= LIMIT and piece.text.strip() for piece in made)
    found = "".join(re.sub(r"\W", "", piece.heading + piece.text) for piece in made)
    for block in blocks:
        for word in words(block.text):
            assert word in found or len(word) > 300  # an endless word is cut
    assert chunk(document(*blocks), language) == made
