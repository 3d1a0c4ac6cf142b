"""Lists of questions and answers: one passage each, in whatever format and shape."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from balas.knowledge.chunker import chunk
from tests.unit.knowledge.document_files import Words, lines, pdf, questions, read, rows, saved, word, workbook

ASKED = [("Bisa COD?", "Bisa, khusus Bandung."), ("Berapa ongkir?", "Rp 9.000 per kg.")]
EXPECTED = ["Bisa COD?\nBisa, khusus Bandung.", "Berapa ongkir?\nRp 9.000 per kg."]


def found(name: str, content: bytes) -> list[str]:
    return [block.text for block in questions(read(name, content))]


def table_of(*cells: Sequence[str]) -> bytes:
    made = word("Tanya jawab")
    table = made.add_table(rows=0, cols=len(cells[0]))
    for row in cells:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    return saved(made)


def written(mark: str, answer_mark: str = "") -> bytes:
    """A PDF of question lines, each with its answer right below."""
    words: list[Words] = []
    for number, (question, answer) in enumerate(ASKED, 1):
        words += lines(f"{mark.format(number)}{question}", f"{answer_mark}{answer}", top=800 - 50 * number)
    return pdf(words)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.docx", saved(word(*(text for n, pair in enumerate(ASKED, 1) for text in (f"{n}. {pair[0]}", pair[1]))))),
        ("a.docx", saved(word(*(text for q, a in ASKED for text in ((q, "List Number"), a))))),
        ("a.docx", table_of(("No", "Pertanyaan", "Jawaban"), *((str(n), *pair) for n, pair in enumerate(ASKED)))),
        ("a.docx", table_of(*ASKED)),
        ("a.csv", "\n".join(f'"{q}","{a}"' for q, a in ASKED).encode()),
        ("a.pdf", written("{}. ")),
        ("a.pdf", written("Q: ", "A: ")),
        ("a.pdf", written("")),
        ("a.html", "<html><ol>{}</ol></html>".format("".join(f"<li>{q}<br>{a}</li>" for q, a in ASKED)).encode()),
        ("a.html", "<html>{}</html>".format("".join(f"<p><b>{q}</b> {a}</p>" for q, a in ASKED)).encode()),
        ("a.html", "<html>{}</html>".format("".join(f"<button>{q}</button><div>{a}</div>" for q, a in ASKED)).encode()),
        (
            "a.html",
            "<html>{}</html>".format(
                "".join(
                    f"<h3><button aria-controls=p>{q}</button></h3>"
                    f"<div role=region aria-labelledby=q hidden><p>{a}</p></div>"
                    for q, a in ASKED
                )
            ).encode(),
        ),
    ],
    ids=range(12),
)  # fmt: skip
def test_a_question_is_one_passage_with_its_answer(name: str, content: bytes) -> None:
    assert found(name, content) == EXPECTED
    assert [piece.text for piece in chunk(read(name, content)) if piece.kind == "faq"] == EXPECTED


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Question", "Answer"),
        ("Pertanyaan Pelanggan", "Jawaban CS"),
        ("Pregunta", "Respuesta"),
        ("Pergunta", "Resposta"),
        ("Question", "Réponse"),
        ("Frage", "Antwort"),
        ("Domanda", "Risposta"),
        ("Câu hỏi", "Trả lời"),
        ("السؤال", "الجواب"),
        ("प्रश्न", "उत्तर"),
        ("คำถาม", "คำตอบ"),
        ("问题", "答案"),
        ("Вопрос", "Ответ"),
    ],
)
def test_spreadsheets_name_their_columns_in_many_languages(question: str, answer: str) -> None:
    book = workbook(("FAQ", [["No", question, answer], [1, "Cara bayar", "Transfer."], [2, "Ongkir", "Rp 9.000."]]))
    assert found("a.xlsx", saved(book)) == ["Cara bayar\nTransfer.", "Ongkir\nRp 9.000."]


def test_each_language_of_a_row_is_a_passage_and_other_columns_are_kept() -> None:
    content = "ID;Question (EN);Answer (EN);Pertanyaan;Jawaban;Kategori;Berlaku\n7;Cash?;Yes.;Tunai?;Ya.;Bayar;2026\n"
    content += "8;Card?;No.;Kartu?;Tidak.;Bayar;di Dago\n"
    assert found("a.csv", content.encode()) == [
        "Cash?\nYes.",
        "Tunai?\nYa.",
        "Card?\nNo.\nBerlaku: di Dago",
        "Kartu?\nTidak.\nBerlaku: di Dago",
    ]


def test_tables_and_texts_that_ask_nothing_stay_what_they_are() -> None:
    content = table_of(("Barang", "Halal?", "Harga"), ("Kopi", "ya", "Rp 5.000"), ("Teh", "ya", "Rp 3.000"))
    assert found("a.docx", content) == []
    assert rows(read("a.docx", content))[0] == "Barang: Kopi; Halal?: ya; Harga: Rp 5.000"
    assert (
        found("a.html", b"<html><p>Kopi <b>segar?</b> Tentu saja.</p><ul><li>Kopi</li><li>Teh</li></ul></html>") == []
    )
    assert found("a.html", b"<html><button>Beli</button><p>Harga Rp 5.000.</p></html>") == []


def test_only_greek_asks_with_a_semicolon() -> None:
    assert found("a.txt", "Ανοίγετε την Κυριακή;\nΌχι, είμαστε κλειστά.".encode())
    assert not found("a.txt", b"Grinders have a guarantee of 12 months;\nscales have one of 6 months.")
