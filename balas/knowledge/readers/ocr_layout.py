"""Tesseract's hOCR to lines with places, as the reader of PDFs gives them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

from lxml import etree

from balas.knowledge.readers.pdf_page import Cell, Line

CELL_GAP = 1.4  # in font sizes; blanks between recognised words are less even than set ones
DROPPED = 25  # of 100: words trusted less are dirt, folds and pictures
HEADING = 1.35  # in usual sizes: recognised heights are not exact
TRUSTED = 75  # of 100: a large line trusted less is a piece of a picture or of a border, no heading

_LINES = frozenset({"ocr_line", "ocr_header", "ocr_caption", "ocr_textfloat"})
_BOX = re.compile(r"bbox (\d+) (\d+) (\d+) (\d+)")
_SLOPE = re.compile(r"baseline (-?[\d.]+) ")
_TURNED = re.compile(r"textangle (\d+)")
_TRUST = re.compile(r"x_wconf (\d+)")
_SIZE = re.compile(r"x_size ([\d.]+)")
_TALL = re.compile(r"[A-Z0-9bdfhkl]")
_DEEP = re.compile(r"[gjpqy,;()]")
_BULLETS = frozenset("eo©®«»¢°*+")
_PLAIN = re.compile(r"^[ -~]+$")


@dataclass(frozen=True, slots=True)
class _Word:
    """Places in pixels from the upper left corner of the page as it is read."""

    text: str
    left: float
    top: float
    right: float
    bottom: float
    trust: int


@dataclass(frozen=True, slots=True)
class _Row:
    words: Sequence[_Word]
    size: float
    slope: float

    @property
    def width(self) -> float:
        return max(word.right for word in self.words) - min(word.left for word in self.words)


def lines(hocr: bytes, points_a_pixel: float) -> tuple[list[Line], float]:
    """The lines in reading order, and how far the words are to be trusted (0..100)."""
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    root = etree.fromstring(hocr, parser)
    page = next((one for one in _of_class(root, {"ocr_page"})), None) if root is not None else None
    if page is None:
        return [], 100.0
    _, _, width, height = _box(page)
    rows = [row for line in _of_class(page, _LINES) if (row := _row(line, width, height)) is not None]
    if not rows:
        return [], 100.0
    words = [word for row in rows for word in row.words]
    usual = median(row.size for row in rows for _ in row.words)
    slope = median(row.slope for row in rows for _ in range(1 + int(row.width / usual)))
    made = [_line(row, usual, slope, max(width, height), points_a_pixel) for row in _with_bullets(rows)]
    letters = sum(len(word.text) for word in words)
    return made, sum(word.trust * len(word.text) for word in words) / letters


def _with_bullets(rows: list[_Row]) -> Iterator[_Row]:
    """Round bullets are read as letters: two or more lines that begin with the same one, and a capital after it."""
    marks = Counter(row.words[0].text for row in rows if _is_misread_bullet(row))
    for row in rows:
        first = row.words[0]
        if _is_misread_bullet(row) and marks[first.text] > 1:
            yield replace(row, words=[replace(first, text="•"), *row.words[1:]])
        else:
            yield row


def _is_misread_bullet(row: _Row) -> bool:
    return len(row.words) > 1 and row.words[0].text in _BULLETS and row.words[1].text[:1].isupper()


def _of_class(element: Any, names: frozenset[str] | set[str]) -> Iterator[Any]:
    return (one for one in element.iter() if isinstance(one.tag, str) and one.get("class") in names)


def _box(element: Any) -> tuple[int, int, int, int]:
    found = _BOX.search(element.get("title", ""))
    left, top, right, bottom = map(int, found.groups()) if found else (0, 0, 0, 0)
    return left, top, right, bottom


def _row(line: Any, width: int, height: int) -> _Row | None:
    title = line.get("title", "")
    turned = int(found[1]) if (found := _TURNED.search(title)) else 0
    words = [_word(one, turned, width, height) for one in _of_class(line, {"ocrx_word"})]
    words = [word for word in words if word.text and word.trust >= DROPPED]
    if not words or not any(character.isalnum() for word in words for character in word.text):
        return None
    told = float(found[1]) if (found := _SIZE.search(title)) else words[0].bottom - words[0].top
    size = max(1.0, median(_size(word, told) for word in words))
    slope = float(found[1]) if (found := _SLOPE.search(title)) and not turned else 0.0
    return _Row(words, size, slope)


def _word(element: Any, turned: int, width: int, height: int) -> _Word:
    """A page that lies on its side or stands on its head is told by its lines; its words are set upright."""
    left, top, right, bottom = _box(element)
    if turned == 90:
        left, top, right, bottom = height - bottom, left, height - top, right
    elif turned == 180:
        left, top, right, bottom = width - right, height - bottom, width - left, height - top
    elif turned == 270:
        left, top, right, bottom = top, width - right, bottom, width - left
    trust = int(found[1]) if (found := _TRUST.search(element.get("title", ""))) else 0
    return _Word(" ".join("".join(element.itertext()).split()), left, top, right, bottom, trust)


def _size(word: _Word, told: float) -> float:
    """The font's size by what the word's letters reach: Tesseract's own guess is off where a line has few letters."""
    if not _PLAIN.match(word.text):
        return told
    tall, deep = bool(_TALL.search(word.text)), bool(_DEEP.search(word.text))
    share = {(True, True): 0.95, (True, False): 0.73, (False, True): 0.75, (False, False): 0.53}[tall, deep]
    return (word.bottom - word.top) / share


def _line(row: _Row, usual: float, slope: float, edge: float, points_a_pixel: float) -> Line:
    ratio = row.size / usual
    is_heading = ratio >= HEADING and all(word.trust >= TRUSTED for word in row.words)
    size = usual * (round(ratio * 4) / 4 if is_heading else 1.0)
    cells: list[Cell] = []
    for word in row.words:
        left, right = word.left * points_a_pixel, word.right * points_a_pixel
        if cells and left - cells[-1].right <= CELL_GAP * size * points_a_pixel:
            last = cells[-1]
            cells[-1] = Cell(f"{last.text} {word.text}", min(last.left, left), max(last.right, right))
        else:
            cells.append(Cell(word.text, left, right))
    feet = median(_foot(word, row.size) - slope * word.left for word in row.words)
    return Line(tuple(cells), round(size * points_a_pixel, 1), False, (edge - feet) * points_a_pixel)


def _foot(word: _Word, size: float) -> float:
    """Where the word's letters stand, below which g and y hang."""
    return word.bottom - (0.22 * size if _DEEP.search(word.text) else 0.0)
