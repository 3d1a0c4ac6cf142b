"""Quotes: whole, verbatim, from the right place, in any language of the question."""

from __future__ import annotations

import pytest

from balas.rag.question import Asked
from balas.rag.quoting.extractive import MAX_CHARACTERS, Extractor
from balas.rag.quoting.quotes import quotes
from balas.rag.vectors.embedded_model import EmbeddedModel
from balas.rag.words.answer_kinds import shows, wanted_kinds
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


def test_no_alone_is_said_with_the_question_it_answers(embedder):
    entry = passage("Do you ship abroad?\nNot yet. We ship within Indonesia, from Bandung.", ChunkKind.FAQ)

    def shown(question: str) -> str:
        found = Extractor(embedder).extract(Asked(question, question), Retrieval(question, "en", (entry,), 0.9))
        return found.text

    assert shown("do you ship abroad") == "Not yet. We ship within Indonesia, from Bandung."
    assert shown("do you ship to Surabaya?").startswith("Do you ship abroad? Not yet. We ship")


def test_a_no_to_another_question_is_said_with_that_question(embedder):
    entry = passage("Do you repair bicycles?\nNo, we repair shoes and bags alone.", ChunkKind.FAQ)
    asked = Asked("do you wash cars?", "do you wash cars?")
    found = Extractor(embedder).extract(asked, Retrieval(asked.own, "en", (entry,), 0.9))
    assert found.text.startswith("Do you repair bicycles? No, we repair")


def test_the_same_words_elsewhere_are_quoted_from_there():
    text = "Not for dogs: chocolate, grapes."
    here, there = passage(text), passage(text, heading="Shop › Never given")
    table, own = passage(text, ChunkKind.TABLE), passage(text, heading=text)
    for one in (here, there, here, table):
        (quote,) = quotes(one)
        assert quote.passage is one
        assert (quote.context, quote.lead) == (("Never given", "Never given:") if one is there else ("", ""))
        assert quote.is_row is (one is table)
    assert quotes(own) == []  # it is the heading


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
        ("when do you open", {"time"}), ("متى تفتحون", {"time"}), ("who are you", {"person"}),
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


def test_a_time_ends_a_sentence_and_no_list_number():
    found = [quote.text for quote in quotes(passage("Gates open at 7:40. Lessons start at 8:00."))]
    assert found == ["Gates open at 7:40.", "Lessons start at 8:00."]


def test_a_very_long_sentence_is_quoted_by_its_clauses():
    text = "Fees: " + "; ".join(f"course number {n} costs {n}0 dollars a term" for n in range(1, 21)) + "."
    found = [quote.text for quote in quotes(passage(text))]
    assert len(found) > 2
    assert all(len(piece) <= 260 for piece in found)
    assert found[0].endswith("…")
    assert found[1].startswith("… ")


def test_rows_within_a_question_and_answer_are_rows():
    text = "Ongkir berapa?\nTujuan: Bandung; Ongkir: Rp9.000\nTujuan: Papua; Ongkir: Rp75.000"
    assert [quote.is_row for quote in quotes(passage(text, ChunkKind.FAQ))] == [True, True]


def test_what_a_heading_denies_is_shown_with_it(embedder):
    opened = passage("Opened bags and ground coffee. Gift cards.", heading="3. What cannot be returned")
    retrieval = Retrieval("q", "en", (opened,), 0.9)
    found = Extractor(embedder).extract(Asked("opened bags?", "opened bags?"), retrieval)
    assert found.text.startswith("What cannot be returned: Opened bags")


def test_the_day_asked_for_comes_first_and_its_exceptions_with_it(embedder):
    text = (
        "We open from Tuesday to Saturday, 9:00 to 19:00. On Sundays we are closed. In December we open on Sundays too."
    )
    asked = Asked("open on sunday?", "open on sunday?")
    found = Extractor(embedder).extract(asked, Retrieval("q", "en", (passage(text),), 0.9))
    assert not found.text.startswith("We open from Tuesday")
    assert "On Sundays we are closed." in found.text
    assert "In December we open on Sundays too." in found.text


def test_a_list_item_alone_is_shown_without_its_dash(embedder):
    asked = Asked("how much is lunch?", "how much is lunch?")
    fees = passage("- Tuition: $1,240 per term\n- Lunch: $4.50 per day\n- Bus: $180 per term")
    assert Extractor(embedder).extract(asked, Retrieval("q", "en", (fees,), 0.9)).text == "Lunch: $4.50 per day"
