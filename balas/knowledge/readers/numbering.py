"""The column that only counts a table's rows: "No", "STT", "№ п/п". It says nothing to who asks, and hides that a row
with a letter in it is the heading of a part."""

from __future__ import annotations

import re
from collections.abc import Sequence

Row = Sequence[str]

FEWEST = 3  # numbers
_NAMES = frozenset(
    {
        *("", "#", "no", "nr", "nº", "n°", "№", "num", "n", "s/n", "sn", "s no", "sl no", "sr no", "sr", "ref no"),
        *("no urut", "urut", "bil", "stt", "tt", "số tt", "lp", "l p", "lfd nr", "pos", "č", "p č", "poř", "sıra"),
        *("sıra no", "№ п/п", "п/п", "№ п п", "№ з/п", "з/п", "№ пп", "n/n", "nro", "núm", "ord", "α/α", "а/а", "na"),
        *("م", "ت", "الرقم", "رقم", "ردیف", "شماره", "क्र", "क्र सं", "क्रम", "क्रमांक", "क्र स", "ক্রমিক", "ক্রম"),
        *(
            "ลำดับ",
            "ลำดับที่",
            "ที่",
            "ល.រ",
            "ລ/ດ",
            "番号",
            "编号",
            "序号",
            "序號",
            "項番",
            "번호",
            "순번",
            "연번",
            "מס",
            "nomor",
        ),
    }
)
_COUNT = re.compile(r"^(\d{1,4})[.)]?$")
_MARK = re.compile(r"^(?:[^\W\d_]|[IVX]{1,5})[.)]?$")


def counts_rows(header: Row, rows: Sequence[Row]) -> bool:
    """Is the first column of this table, of three or more, nothing but its rows' numbers?"""
    if len(header) < 3 or _bare(header[0]) not in _NAMES or not any(header[1:]):
        return False
    before, found = 0, 0
    for cell in (row[0] for row in rows if any(row[1:])):
        count = _COUNT.match(cell)
        if count and int(count[1]) in {before + 1, 1}:
            before, found = int(count[1]), found + 1
        elif cell and not _MARK.match(cell):
            return False
    return found >= FEWEST


def without_count(row: Row) -> list[str]:
    """What stands in the first column alone is the heading of a part."""
    return list(row[1:]) if any(row[1:]) else [row[0], *row[2:]]


def _bare(name: str) -> str:
    return " ".join(name.casefold().replace(".", " ").split()).strip(" :")
