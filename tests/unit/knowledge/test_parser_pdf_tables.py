"""Tables, columns and margins of PDFs: rows where it is sure, running text everywhere else."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest

from tests.unit.knowledge.document_files import Words, headings, lines, pdf, read, rows, texts

LEFT = (
    "Kopi arabika dari dataran tinggi Gayo", "diproses basah dengan rasa cokelat dan",
    "rempah serta sedikit rasa jeruk. Kami",
    "memanggangnya setiap Selasa pagi agar", "sampai di rumah pembeli dalam keadaan", "segar dan wangi.",
)  # fmt: skip
RIGHT = (
    "Pengiriman dilakukan setiap hari kerja", "sebelum pukul tiga sore. Pesanan yang",
    "masuk sesudahnya dikirim keesokan hari",
    "dengan kurir yang sama tanpa biaya", "tambahan untuk wilayah kota Bandung", "dan sekitarnya saja.",
)  # fmt: skip


def cells(rows: Sequence[Sequence[str]], xs: Sequence[float], top: float = 700, step: float = 20) -> list[Words]:
    return [
        Words(x, top - number * step, text)
        for number, row in enumerate(rows)
        for x, text in zip(xs, row, strict=True)
        if text
    ]


def strokes(*lines: tuple[float, float, float, float]) -> str:
    return "".join(f"0.5 w {x1} {y1} m {x2} {y2} l S\n" for x1, y1, x2, y2 in lines)


def across(ys: Sequence[float], left: float = 50, right: float = 500) -> str:
    return strokes(*((left, y, right, y) for y in ys))


def upright(xs: Sequence[float], bottom: float, top: float) -> str:
    return strokes(*((x, bottom, x, top) for x in xs))


# ---- tables ---------------------------------------------------------------------------------------------------------


def test_rules_part_cells_that_touch_and_a_merged_cell_holds_for_its_rows() -> None:
    page = [
        *cells([("Produk", "Ukuran", "Harga")], (60, 127, 170)),
        Words(60, 670, "Kopi Gayo"),  # in the middle of two rows, and close to the border
        *cells([("", "250 g", "Rp 85.000"), ("", "500 g", "Rp 160.000")], (60, 116, 170), top=680),
        *cells([("Teh", "50 g", "Rp 9.000")], (60, 116, 170), top=640),
    ]
    borders = across([715, 695, 655, 635]) + strokes((114, 675, 500, 675)) + upright([50, 114, 165, 500], 635, 715)
    assert rows(read("a.pdf", pdf(page, extra=borders))) == [
        "Produk: Kopi Gayo; Ukuran: 250 g; Harga: Rp 85.000",
        "Produk: Kopi Gayo; Ukuran: 500 g; Harga: Rp 160.000",
        "Produk: Teh; Ukuran: 50 g; Harga: Rp 9.000",
    ]


def test_borders_drawn_as_boxes_cell_by_cell() -> None:
    page = cells([("Nama", "Harga"), ("Kopi", "Rp 5.000")], (60, 260))
    boxes = "".join(f"{x} {y} 200 20 re S\n" for x in (50, 250) for y in (694, 674))
    assert rows(read("a.pdf", pdf(page, extra=boxes))) == ["Nama: Kopi; Harga: Rp 5.000"]


def test_rules_between_rows_alone_keep_wrapped_cells_together() -> None:
    page = [
        Words(60, 700, "Layanan", bold=True),
        Words(200, 700, "Keterangan", bold=True),
        Words(60, 670, "Antar"),
        *lines("Gratis di dalam kota untuk pesanan mulai", "dari seratus ribu rupiah.", top=677, x=200),
        *cells([("Ambil sendiri", "Di toko Dago atau Braga setiap hari.")], (60, 200), top=640),
    ]
    assert rows(read("a.pdf", pdf(page, extra=across([692, 655, 632])))) == [
        "Layanan: Antar; Keterangan: Gratis di dalam kota untuk pesanan mulai dari seratus ribu rupiah.",
        "Layanan: Ambil sendiri; Keterangan: Di toko Dago atau Braga setiap hari.",
    ]


def test_rules_above_and_below_a_whole_table_part_no_rows() -> None:
    page = cells([("Nama", "Harga"), ("Kopi", "Rp 5.000"), ("Teh", "Rp 3.000"), ("Gula", "Rp 2.000")], (60, 260))
    assert rows(read("a.pdf", pdf(page, extra=across([715, 694, 634])))) == [
        "Nama: Kopi; Harga: Rp 5.000",
        "Nama: Teh; Harga: Rp 3.000",
        "Nama: Gula; Harga: Rp 2.000",
    ]


def test_a_name_that_holds_for_several_rows_without_rules() -> None:
    page = cells(
        [("Nama", "Berat", "Harga"), ("Gayo", "250 g", "85"), ("", "500 g", "160"), ("Teh", "50 g", "9")],
        (60, 250, 400),
    )
    assert rows(read("a.pdf", pdf(page))) == [
        "Nama: Gayo; Berat: 250 g; Harga: 85",
        "Nama: Gayo; Berat: 500 g; Harga: 160",
        "Nama: Teh; Berat: 50 g; Harga: 9",
    ]


def test_a_table_over_three_pages_keeps_its_first_and_last_rows_and_its_header() -> None:
    price_list = [("Nama", "Berat", "Harga"), *((f"Kopi {n}", "250 g", f"Rp {n}.000") for n in range(1, 90))]
    pages = [cells(price_list[start : start + 30], (60, 250, 400), top=780) for start in (0, 30, 60)]
    document = read("a.pdf", pdf(*pages))
    assert rows(document) == [f"Nama: Kopi {n}; Berat: 250 g; Harga: Rp {n}.000" for n in range(1, 90)]
    assert [document.blocks[n].page for n in (0, 29, 88)] == [1, 2, 3]


def test_a_header_that_is_repeated_on_each_page_still_names_the_cells() -> None:
    header = ("Nama", "Berat", "Harga")
    pages = [
        cells([header, *((f"Kopi {p}{n}", "250 g", "Rp 5.000") for n in range(4))], (60, 250, 400)) for p in range(3)
    ]
    found = rows(read("a.pdf", pdf(*pages)))
    assert len(found) == 12
    assert all(row.startswith("Nama: Kopi") for row in found)


def test_pairs_with_their_colons() -> None:
    page = cells([("Alamat", ": Jl. Braga 1"), ("Telepon", ": 022 123"), ("Jam", ": 08.00")], (60, 150))
    assert rows(read("a.pdf", pdf(page))) == ["Alamat: Jl. Braga 1", "Telepon: 022 123", "Jam: 08.00"]


# ---- what is no table -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [6, 12])
@pytest.mark.parametrize("painted", ["column by column", "line by line"])
def test_columns_of_running_text_are_read_one_after_the_other(count: int, painted: str) -> None:
    left, right = lines(*(LEFT * 2)[:count]), lines(*(RIGHT * 2)[:count], x=310)
    order = (
        [*left, *right]
        if painted == "column by column"
        else [w for pair in zip(left, right, strict=True) for w in pair]
    )
    document = read("a.pdf", pdf(order))
    assert rows(document) == []
    whole = "\n".join(texts(document))
    assert " ".join(LEFT) in whole
    assert " ".join(RIGHT) in whole
    assert whole.index(LEFT[-1]) < whole.index(RIGHT[0])


def test_a_column_that_is_longer_than_its_neighbour_stays_whole() -> None:
    left, right = lines(*LEFT), lines(*RIGHT[:3], x=310)
    order = [word for pair in zip(left, right, strict=False) for word in pair] + left[3:]
    assert texts(read("a.pdf", pdf(order)))[0] == " ".join(LEFT)


def test_list_items_far_from_their_bullets_are_no_rows() -> None:
    items = [
        ("1.", "Pilih barang di katalog"),
        ("2.", "Kirim pesan berisi nama barang"),
        ("3.", "Bayar dan tunggu kabar"),
    ]
    document = read("a.pdf", pdf(cells(items, (60, 85), step=15)))
    assert rows(document) == []
    assert "\n".join(texts(document)) == "\n".join(f"{mark} {text}" for mark, text in items)


def test_boxes_around_text_and_grids_of_charts_are_no_tables() -> None:
    box = across([800, 700]) + upright([50, 500], 700, 800)
    assert texts(read("a.pdf", pdf(lines(*LEFT[:3]), extra=box))) == [" ".join(LEFT[:3])]
    chart = across(range(400, 700, 20)) + upright(range(50, 501, 50), 400, 680)
    found = read(
        "a.pdf", pdf([*lines("Penjualan per bulan", top=720), Words(60, 405, "10"), Words(60, 565, "20")], extra=chart)
    )
    assert rows(found) == []


def test_a_drawing_of_very_many_lines_is_read_in_time() -> None:
    drawing = "".join(f"{n % 500} {n // 40} m {n % 500 + 30} {n // 40} l S\n" for n in range(19_000))
    started = time.process_time()
    assert texts(read("a.pdf", pdf(lines("Halo dunia."), extra=drawing))) == ["Halo dunia."]
    assert time.process_time() - started < 3


# ---- margins --------------------------------------------------------------------------------------------------------


def test_running_titles_and_page_numbers_go_and_figures_at_the_edges_stay() -> None:
    pages = [
        [
            Words(60, 810, f"Toko Lereng, versi 2.0, halaman {number} dari 4", 9),
            *lines(f"Bab {number}", size=16),
            *lines(f"Isi bab {'abcd'[number - 1]} ada di sini.", top=740),
            *lines(f"Paket {number * 10}: Rp {number * 7}.000", top=60),
            Words(60, 30, "© 2026 Toko Lereng", 8),
        ]
        for number in range(1, 5)
    ]
    document = read("a.pdf", pdf(*pages))
    assert headings(document) == [(1, f"Bab {number}") for number in range(1, 5)]
    found = "\n".join(texts(document))
    assert "Lereng" not in found
    assert all(f"Paket {number * 10}: Rp {number * 7}.000" in found for number in range(1, 5))


def test_words_broken_at_the_end_of_a_line_are_mended_in_cells_too() -> None:
    page = [
        Words(60, 700, "Nama", bold=True),
        Words(200, 700, "Keterangan", bold=True),
        Words(60, 680, "Antar"),
        *lines("Gratis di dalam kota untuk pem-", "belian besar.", top=680, x=200),
        *cells([("Ambil", "Di toko.")], (60, 200), top=640),
    ]
    borders = across([715, 695, 655, 635]) + upright([50, 190, 500], 635, 715)
    assert (
        rows(read("a.pdf", pdf(page, extra=borders)))[0]
        == "Nama: Antar; Keterangan: Gratis di dalam kota untuk pembelian besar."
    )
