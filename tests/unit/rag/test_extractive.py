"""Quotes: whole, verbatim, from the right place, in any language of the question."""

from __future__ import annotations

import pytest

from balas.rag.embedded_model import EmbeddedModel
from balas.rag.extractive import MAX_CHARACTERS, Extractor, shows, wanted_kinds
from balas.rag.question import Asked
from balas.rag.quotes import quotes
from balas.values import ChunkKind, Passage, Retrieval
from tests.unit.rag.corpus import PRICES, SmallRetriever, passages


@pytest.fixture(scope="module")
def embedder():
    return EmbeddedModel()


@pytest.fixture(scope="module")
def extract(embedder):
    retriever, extractor = SmallRetriever(embedder), Extractor(embedder)

    def found(question: str):
        return extractor.extract(Asked(question, question), retriever.search(question, audiences=frozenset()))

    return found


def passage(text: str, kind: ChunkKind = ChunkKind.TEXT, heading: str = "", position: int = 0) -> Passage:
    return Passage(1, 1, "Shop", heading, 1, text, position, 4.0, 0.9, 0.5, 0.5, kind)


@pytest.mark.parametrize(
    "question",
    [
        "berapa harga kopi gayo?", "How much is the Gayo coffee?", "¿Cuánto cuesta el café Gayo?",
        "गायो कॉफी कितने की है?", "كم سعر قهوة غايو؟", "hrg kopi gayo brp", "Gayo kopi", "Was kostet der Gayo-Kaffee?",
    ],
)  # fmt: skip
def test_a_price_asked_in_any_language_is_the_row_of_that_product_alone(extract, question):
    found = extract(question)
    assert found.text == "Nama: Kopi Gayo 250 g\nHarga: Rp85.000\nStok: ada"
    assert [(source.document_id, source.page) for source in found.sources] == [(1, 2)]


def test_a_price_of_a_kind_of_goods_is_every_row_of_that_kind(extract):
    rows = extract("berapa harga cangkir?").text.splitlines()
    assert len(rows) == 2
    assert all("Cangkir" in row and ";" in row for row in rows)


@pytest.mark.parametrize(
    ("question", "shown", "document"),
    [
        ("bisa COD?", "Bisa. COD tersedia untuk Jakarta, biaya Rp5.000.", 3),
        ("Is COD available?", "Bisa. COD tersedia untuk Jakarta, biaya Rp5.000.", 3),
        ("berapa lama kirim ke luar Jawa?", "4 sampai 7 hari kerja", 3),
        ("¿Puedo devolver un producto?", "within 14 days", 2),
        ("What time do you close on Friday?", "9:00 to 17:00", 2),
        ("هل تفتحون يوم الأحد؟", "On Sunday we are closed.", 2),
        ("do you take credit cards?", "- credit cards", 2),
    ],
)
def test_the_answer_is_quoted_word_for_word(extract, question, shown, document):
    found = extract(question)
    assert shown in found.text
    assert found.sources[0].document_id == document
    assert len(found.text) <= MAX_CHARACTERS


def test_every_quote_stands_in_its_passage(extract):
    texts = [" ".join(one.text.split()) for one in passages()]
    for question in ["jam buka?", "harga?", "pengiriman", "return", "pembayaran"]:
        for source in extract(question).sources:
            for line in source.quote.splitlines():
                assert any(" ".join(line.split()) in text for text in texts)


def test_a_faq_question_is_not_said_back(extract):
    assert "Apakah bisa" not in extract("bisa bayar di tempat?").text


def test_headings_markup_and_half_sentences_are_no_quotes():
    text = (
        "# Jam\ndan seterusnya sampai habis. Kami buka setiap hari.\n---\nJam buka\n"
        "Kami juga melayani pesanan. Untuk itu silakan hubungi kami di nomor"
    )
    found = [quote.text for quote in quotes(passage(text, heading="Toko › Jam buka", position=3))]
    assert found == ["Kami buka setiap hari.", "Kami juga melayani pesanan."]


def test_a_list_is_quoted_with_the_line_that_opens_it():
    found = [quote.text for quote in quotes(passage("Kami menerima:\n- QRIS\n- transfer\nTerima kasih banyak."))]
    assert found == ["Kami menerima:\n- QRIS\n- transfer", "Terima kasih banyak."]


def test_labels_of_a_faq_are_left_out():
    (quote,) = quotes(passage("Q: Buka?\nA: Buka setiap hari.", ChunkKind.FAQ))
    assert (quote.text, quote.context) == ("Buka setiap hari.", "Buka?")


def test_a_passage_without_anything_to_quote_gives_no_answer(embedder):

    nothing = Retrieval("x", "en", (passage("###\n---"),), 0.9)
    assert Extractor(embedder).extract(Asked("x", "x"), nothing) is None


@pytest.mark.parametrize(
    ("question", "kinds"),
    [
        ("berapa harga?", {"amount"}), ("how much is it", {"amount"}), ("¿cuánto cuesta?", {"amount"}),
        ("कितना है", {"amount"}), ("بكم هذا", {"amount"}), ("多少钱", {"amount"}),
        ("jam berapa buka?", {"amount", "time"}),
        ("when do you open", {"time"}), ("متى تفتحون", {"time"}), ("who are you", set()),
    ],
)  # fmt: skip
def test_what_kind_of_answer_is_asked_for(question, kinds):
    assert wanted_kinds(question) == kinds


def test_what_a_sentence_shows():
    assert shows("Harga Rp85.000", frozenset({"amount"})) == 1.0
    assert shows("Buka 09.00", frozenset({"time"})) == 1.0
    assert shows("Kami ramah", frozenset({"amount"})) == 0.0
    assert len(PRICES) == 6


def test_wide_rows_are_shown_by_name_and_figures_and_more_of_them_fit(embedder):
    rows = "\n".join(
        f"Kode: GAY-{size}; Nama: Kopi Aceh Gayo; Rasa: {'cokelat, rempah, ' * 6}; Berat: {size} g; Harga: Rp{price}"
        for size, price in ((250, "82.000"), (500, "155.000"), (1000, "298.000"))
    )
    found = Retrieval("harga gayo", "id", (passage(rows, ChunkKind.TABLE),), 0.9)
    extract = Extractor(embedder).extract(Asked("harga gayo", "harga gayo"), found)
    assert extract.text.splitlines() == [
        "Kode: GAY-250; Nama: Kopi Aceh Gayo; Berat: 250 g; Harga: Rp82.000",
        "Kode: GAY-500; Nama: Kopi Aceh Gayo; Berat: 500 g; Harga: Rp155.000",
        "Kode: GAY-1000; Nama: Kopi Aceh Gayo; Berat: 1000 g; Harga: Rp298.000",
    ]
