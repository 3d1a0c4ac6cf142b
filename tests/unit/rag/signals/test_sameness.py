"""What says the same is told from what differs by a figure."""

from __future__ import annotations

import pytest

from balas.rag.signals.sameness import meaning

TERMS = (
    "Barang yang rusak atau salah kirim kami ganti tanpa biaya selama pembeli mengirim foto barang dan foto label "
    "paket dalam tujuh hari setelah paket diterima di rumah. Uang kembali dalam tiga hari kerja ke rekening yang sama."
)


def said(text: str) -> tuple[str, str]:
    return meaning(text, "Retur")


@pytest.mark.parametrize(
    "twin",
    [
        TERMS.replace(" ", "  ").replace(". ", ".\n"),
        TERMS.upper(),
        f"Halaman 3 dari 12\n{TERMS}",
        f"{TERMS}\n3 / 12",
        f"{TERMS}\nDicetak pada 12/05/2026 10:31",
        f"{TERMS}\nLast updated: May 5, 2026",
        f"5 Mei 2026\n{TERMS}",
    ],
)
def test_blanks_page_numbers_and_the_date_of_printing_make_no_other_passage(twin: str) -> None:
    assert said(twin) == said(TERMS)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (TERMS, TERMS.replace("tujuh", "delapan")),
        ("Nama: Kopi; Harga: Rp 5.000", "Nama: Kopi; Harga: Rp 6.000"),
        ("Toko tutup pada 5 Mei 2026.", "Toko tutup pada 7 Juni 2026."),
        ("Tanggal ujian: 5 Mei 2026", "Tanggal ujian: 7 Juni 2026"),
        ("5 Mei 2026\nLibur", "7 Juni 2026\nLibur"),
        ("Telepon 12/3", "Telepon 12/4"),
    ],
)
def test_other_figures_make_another_passage(one: str, other: str) -> None:
    assert said(one) != said(other)


def test_the_heading_counts() -> None:
    assert meaning("Rp 5.000", "Kopi") != meaning("Rp 5.000", "Teh")
    assert meaning("Rp 5.000", "KOPI  bubuk") == meaning("Rp 5.000", "Kopi bubuk")
