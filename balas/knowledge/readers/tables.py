"""Tables as rows that explain themselves: "Nama: Kopi Gayo 250 g; Harga: Rp 85.000; Stok: ada"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise, takewhile, zip_longest

from balas.knowledge.readers import faq, faq_tables, numbering
from balas.knowledge.readers.words import one_line
from balas.rag.words.answer_kinds import CURRENCIES
from balas.values import Block, ChunkKind

Row = Sequence[str]

TITLE_LEVEL = 5
SECTION_LEVEL = 6
MAX_SECTION = 80

_FIGURE = re.compile(r"\d")
_VALUE = re.compile(
    r"^\W*(?:Rp|IDR|USD|EUR|[$€£¥₹])?\W*\d[\d.,:/\s%–-]*\s*(?:%|jt|rb|k|ribu|juta)?\W*$"
)  # "Rp 85.000", "12 %", "08:00–17:00"; not "250 g": sizes head columns too

# Bounded at both ends, so that it is linear.
_MONEY = re.compile(
    rf"^\W{{0,3}}(?:(?:{CURRENCIES})\.?\s?)?\d[\d.,:/\s–-]*(?:(?:{CURRENCIES})\.?)?\W{{0,3}}$", re.IGNORECASE
)


def blocks(
    rows: Sequence[Row],
    page: int | None = None,
    header_rows: int | None = None,
    numbers: Sequence[int] = (),
) -> list[Block]:
    """One TABLE block a data row, titles and section rows as headings, question tables as FAQ blocks.

    `header_rows` says how many rows are the header where the format knows; None: told by the cells. `numbers` are the
    rows' in their sheet, where there is one.
    """
    cells = [[_cell(cell) for cell in row] for row in rows]
    starts = _starts(cells) if header_rows is None else [0]
    parts = [slice(begin, end) for begin, end in zip_longest(starts, starts[1:])]
    return [block for part in parts for block in _table(cells[part], page, header_rows, numbers[part])]


def _table(cells: list[list[str]], page: int | None, header_rows: int | None, numbers: Sequence[int]) -> list[Block]:
    kept: list[int | None] = [number for number, row in zip(numbers, cells, strict=False) if any(row)]
    grid, apart = _without_empty(cells), _after_gaps(cells)
    if not grid:
        return []
    if len(grid[0]) == 1:
        return [Block(row[0], page=page) for row in grid]
    titles = _leading_titles(grid) if not header_rows else 0
    made = [_single(row, TITLE_LEVEL, page) for row in grid[:titles]]
    grid = grid[titles:]
    count = header_rows if header_rows is not None else _told_header_rows(grid)
    header = _header(grid[:count], len(grid[0])) if grid else []
    if numbering.counts_rows(header, grid[count:]):
        header, grid = header[1:], [numbering.without_count(row) for row in grid]
    if grid and (columns := faq_tables.columns(header, grid[count:])):
        data = faq_tables.blocks(header, grid[count:], columns, page, kept[titles + count :])
    else:
        start = titles + count
        data = _data(grid[count:], header, page, kept[start:], frozenset(row - start for row in apart))
    return made + data


def header_rows(rows: Sequence[Row]) -> int:
    """How many rows at the top name the columns, told by the cells. Title rows above them count as none."""
    grid = [[_cell(cell) for cell in row] for row in rows]
    return _told_header_rows(grid) if grid and not _leading_titles(grid) else 0


def _cell(text: str) -> str:
    """One line; a mere dash says nothing."""
    cell = one_line(text)
    return "" if cell in {"-", "–", "—"} else cell


def line(header: Row, row: Row) -> str:
    """ "name: value; name: value"; semicolons part the cells, so within one they become commas."""
    cells = ((name, value.replace("; ", ", ")) for name, value in zip(header, row, strict=True) if value)
    return "; ".join(f"{name}: {value}" if name and name != value else value for name, value in cells)


def _data(
    rows: list[list[str]],
    header: list[str],
    page: int | None,
    numbers: Sequence[int | None],
    apart: frozenset[int] = frozenset(),
) -> list[Block]:
    made: list[Block] = []
    pairs = len(header) == 2 and not any(header)
    extras = _extras(rows, header, apart)
    for number, (row, place) in enumerate(zip_longest(rows, numbers)):
        if _filled(row) == 1 and (row[0] or not any(header)):
            followed = number + 1 < len(rows) and _filled(rows[number + 1]) > 1
            made.append(_single(row, SECTION_LEVEL if followed else None, page))
        elif row == header:
            continue  # the header repeated on a new page
        elif (pairs and row[0] and row[1]) or number in extras:
            text = f"{row[0].rstrip(':： ')}: {next(filter(None, row[1:])).lstrip(':： ')}"
            made.append(Block(text, page=page, kind=ChunkKind.TABLE, row=place))
        else:
            made.append(Block(line(header, row), page=page, kind=ChunkKind.TABLE, row=place))
    return made


def _extras(rows: list[list[str]], header: list[str], apart: frozenset[int]) -> frozenset[int]:
    """The rows of "Other fees" below a table of several prices a row: a name and one price each, of no column above."""
    found: set[int] = set()
    starts = sorted({number for number, row in enumerate(rows) if number in apart or _filled(row) == 1} - {0})
    for start, end in pairwise([*starts, len(rows)]):
        block = [number for number in range(start, end) if _filled(rows[number]) > 1]
        before = [row for number, row in enumerate(rows[:start]) if number not in found and _filled(row) > 1]
        several = sum(sum(map(_is_value, row[1:])) > 1 for row in before)
        if 2 * several > len(before) and all(_is_named_value(rows[number]) for number in block):
            found.update(block)
    return frozenset(found) if any(header) else frozenset()


def _is_named_value(row: Row) -> bool:
    """A name and one value in the first column of values, nothing else."""
    return bool(row[0]) and _is_value(row[1]) and not any(row[2:])


def _single(row: Row, level: int | None, page: int | None) -> Block:
    text = next(cell for cell in row if cell)
    if len(text) > MAX_SECTION or text.endswith((".", "。", "।")):
        level = None
    return Block(text, page=page, heading_level=level)


def _without_empty(rows: list[list[str]]) -> list[list[str]]:
    rows = [row for row in rows if any(row)]
    width = max((len(row) for row in rows), default=0)
    rows = [row + [""] * (width - len(row)) for row in rows]
    used = [column for column in range(width) if any(row[column] for row in rows)]
    return [[row[column] for column in used] for row in rows]


def _starts(rows: list[list[str]]) -> list[int]:
    """Where tables begin that stand below one another in one sheet, each with a header of its own."""
    starts = [0]
    for at in range(1, len(rows)):
        if any(rows[at - 1]) or not any(rows[at]):
            continue
        head = at
        while head < len(rows) and _filled(rows[head]) == 1:
            head += 1
        if head < len(rows) and _begins_table(rows[head:], rows[starts[-1] : at]):
            starts.append(at)
    return starts


def _begins_table(rows: list[list[str]], above: list[list[str]]) -> bool:
    """A row of names above figures, in many more or fewer columns than the table above or under a name that heads one
    there too. A row of that table that has no figure ("delivery | free") has neither."""
    names = {at: cell for at, cell in enumerate(rows[0]) if cell}
    data = list(takewhile(any, rows[1:]))
    if len(data) < 2 or not _names(rows[0]) or any(_columns(row) - names.keys() for row in data):
        return False
    valued = [at for at in names if sum(bool(_FIGURE.search(row[at])) for row in data) * 2 > len(data)]
    if not any(not _FIGURE.search(names[at]) for at in valued):
        return False
    header = next((row for row in above if _filled(row) > 1), None)
    if header is None:  # titles alone
        return False
    used = set().union(*map(_columns, above))
    return bool(names.keys() - used) or len(names) * 2 <= len(used) or bool(set(names.values()) & set(header))


def _columns(row: Row) -> set[int]:
    return {at for at, cell in enumerate(row) if cell}


def _after_gaps(rows: list[list[str]]) -> frozenset[int]:
    """The places, among the rows that hold something, of those right below an empty one."""
    filled = [number for number, row in enumerate(rows) if any(row)]
    return frozenset(place for place, (above, number) in enumerate(pairwise(filled), 1) if number - above > 1)


def _filled(row: Row) -> int:
    return len({cell for cell in row if cell})


def _leading_titles(rows: list[list[str]]) -> int:
    titles = 0
    while titles < len(rows) - 1 and titles < 5 and _filled(rows[titles]) == 1 and not _spans(rows[titles:]):
        titles += 1
    return titles if titles < len(rows) and any(_filled(row) > 1 for row in rows[titles:]) else 0


def _spans(rows: list[list[str]]) -> bool:
    """Whether the first row is one name above some columns of a header, as "Harga" above "250 g" and "500 g"."""
    return len(rows) > 2 and not rows[0][0] and _filled(rows[0]) == 1 and _names(rows[1])


def _is_value(cell: str) -> bool:
    # The first pattern is quadratic on a long row of dots.
    return len(cell) <= 60 and bool(_VALUE.match(cell) or _MONEY.match(cell))


def _told_header_rows(rows: list[list[str]]) -> int:
    """0, 1 or 2: rows of names above rows of values."""
    if len(rows) < 2 or not (_names(rows[0]) or _spans(rows)):
        return 0
    if any(faq.is_question(name) and faq.is_question(below) for name, below in zip(rows[0], rows[1], strict=True)):
        return 0
    width = len(rows[0])
    if width == 2 and not _names_a_pair_of_columns(rows):
        return 0
    below = rows[2:6]
    valued = any(_FIGURE.search(cell) for row in below for cell in row)
    if _filled(rows[0]) < width and _names(rows[1]) and valued and not any(map(_is_value, rows[1])):
        return 2
    return 1 if _filled(rows[0]) * 2 >= width else 0


def _names(row: Row) -> bool:
    return _filled(row) > 1 and all(len(cell) <= 60 and not _is_value(cell) for cell in row if cell)


def _names_a_pair_of_columns(rows: list[list[str]]) -> bool:
    """Whether two columns have a header; "Alamat | Jl. Braga" above "Telepon | 022…" is pairs, not a header."""
    left, right = rows[0]
    if faq_tables.is_pair(left, right):
        return True
    if _FIGURE.search(right) or len(right) > 30 or left.endswith(":"):
        return False
    below = [row[1] for row in rows[1:] if row[1]]
    return bool(below) and sum(bool(_FIGURE.search(cell)) or len(cell) > 40 for cell in below) * 2 > len(below)


def _header(rows: list[list[str]], width: int) -> list[str]:
    if not rows:
        return [""] * width
    if len(rows) == 1:
        return list(rows[0])
    filled: list[list[str]] = []
    for number, row in enumerate(rows):
        across = list(row)
        for column in range(1, width):
            # A name that spans columns holds for those below it that have a name of their own.
            if not across[column] and number + 1 < len(rows) and any(below[column] for below in rows[number + 1 :]):
                across[column] = across[column - 1]
        filled.append(across)
    return [" ".join(dict.fromkeys(row[column] for row in filled if row[column])) for column in range(width)]
