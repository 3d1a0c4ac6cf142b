"""Documents that say the same in two languages are quoted in the one that is asked in."""

from __future__ import annotations

import pytest

from balas.rag.quoting.quotes import quotes
from balas.rag.quoting.translations import in_language
from balas.values import ChunkKind, Passage

ROWS = """Tujuan: Bandung Raya; Ongkir: Rp 9.000; Tiba: 1–2 hari
Tujuan: Jabodetabek; Ongkir: Rp 12.000; Tiba: 1–3 hari"""


def passage(number: int, language: str, text: str, kind: ChunkKind = ChunkKind.TEXT) -> Passage:
    return Passage(number, number, "Delivery", "", 1, text, 0, 1.0, 0.8, 0.1, 0.1, kind, language=language)


ENGLISH = passage(1, "en", "Shipping to Greater Jakarta is Rp 12,000 (1-3 days). Ask us on +62 812 3456 7890.")


def found(text: str, language: str, *others: Passage) -> str:
    (first, *_) = quotes(passage(1, "en", text))
    return in_language([first], [first.passage, *others], language)[0].text


def test_the_row_with_the_same_figures_is_quoted_instead():
    rows = passage(2, "id", ROWS, ChunkKind.TABLE)
    assert found("Shipping to Greater Jakarta is Rp 12,000 (1-3 days).", "id", rows).startswith("Tujuan: Jabodetabek")
    assert found("Shipping to Greater Jakarta is Rp 12,000 (1-3 days).", "ms", rows).startswith("Tujuan: Jabodetabek")


@pytest.mark.parametrize(
    ("text", "language", "other"),
    [
        ("Shipping to Jakarta is Rp 12,000 (1-3 days).", "en", ROWS),
        ("Shipping to Jakarta is Rp 13,000 (1-3 days).", "id", ROWS),
        ("We answer within 1-3 days of delivery.", "id", ROWS),
        ("There are 2 shops.", "id", "Antar ke rumah 2 kali sehari."),
        ("We deliver everywhere.", "id", "Kami mengirim ke mana saja."),
        ("Shipping is Rp 12,000 (1-3 days).", "id", f"{ROWS}\nTujuan: Bogor; Ongkir: Rp 12.000; Tiba: 1–3 hari"),
    ],
)
def test_what_may_be_another_fact_is_not(text, language, other):
    kind = ChunkKind.TABLE if other.startswith("Tujuan") else ChunkKind.TEXT
    assert found(text, language, passage(2, "id", other, kind)) == text
