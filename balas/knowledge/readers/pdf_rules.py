"""The straight lines and boxes drawn on a page of a PDF: they part the cells of a table for sure."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from typing import Any

import pypdfium2.raw as pdfium

from balas.knowledge.readers.pdf_page import Rule, Rules

MAX_OBJECTS = 5_000  # a map or a drawing, whose lines are no table's
MAX_SEGMENTS = 10_000
MAX_RULES = 400  # after joining
MAX_DEPTH = 5
THIN = 2.5  # points: a filled box no thicker than this is a line
SHORT = 6.0
SAME = 1.5  # two lines this close are one
TOUCHING = 3.0

Segment = tuple[float, float, float, float]  # left, bottom, right, top


def rules(page: Any) -> Rules:
    """Empty where there are too many to be those of tables."""
    across: list[Rule] = []
    upright: list[Rule] = []
    count = pdfium.FPDFPage_CountObjects(page)
    if count > MAX_OBJECTS:
        return Rules()
    objects = (pdfium.FPDFPage_GetObject(page, index) for index in range(count))
    for number, (left, bottom, right, top) in enumerate(_segments(objects, 0)):
        if number > MAX_SEGMENTS:
            return Rules()
        if top - bottom <= THIN and right - left >= SHORT:
            across.append(Rule((top + bottom) / 2, left, right))
        elif right - left <= THIN and top - bottom >= SHORT:
            upright.append(Rule((left + right) / 2, bottom, top))
    found = Rules(_joined(across), _joined(upright))
    return found if len(found.horizontal) + len(found.vertical) <= MAX_RULES else Rules()


def _segments(objects: Iterator[Any], depth: int) -> Iterator[Segment]:
    for one in objects:
        kind = pdfium.FPDFPageObj_GetType(one)
        if kind == pdfium.FPDF_PAGEOBJ_PATH:
            yield from _path(one)
        elif kind == pdfium.FPDF_PAGEOBJ_FORM and depth < MAX_DEPTH:
            count = min(pdfium.FPDFFormObj_CountObjects(one), MAX_OBJECTS)
            inner = (pdfium.FPDFFormObj_GetObject(one, index) for index in range(count))
            # The form's own matrix is taken as the identity, as writers of documents leave it.
            yield from _segments(inner, depth + 1)


def _path(path: Any) -> Iterator[Segment]:
    """The straight, level pieces of a path; the box that a curved or slanted one fills is none."""
    matrix = pdfium.FS_MATRIX()
    if not pdfium.FPDFPageObj_GetMatrix(path, matrix):
        return
    across, up = ctypes.c_float(), ctypes.c_float()
    begun: tuple[float, float] | None = None
    last: tuple[float, float] | None = None
    for index in range(min(pdfium.FPDFPath_CountSegments(path), MAX_SEGMENTS)):
        segment = pdfium.FPDFPath_GetPathSegment(path, index)
        if not pdfium.FPDFPathSegment_GetPoint(segment, across, up):
            continue
        kind = pdfium.FPDFPathSegment_GetType(segment)
        if kind == pdfium.FPDF_SEGMENT_BEZIERTO:
            return
        x, y = across.value, up.value
        point = (matrix.a * x + matrix.c * y + matrix.e, matrix.b * x + matrix.d * y + matrix.f)
        if kind == pdfium.FPDF_SEGMENT_MOVETO:
            begun = point
        elif last is not None:
            yield _between(last, point)
        if begun is not None and pdfium.FPDFPathSegment_GetClose(segment):
            yield _between(point, begun)
        last = point


def _between(one: tuple[float, float], other: tuple[float, float]) -> Segment:
    return min(one[0], other[0]), min(one[1], other[1]), max(one[0], other[0]), max(one[1], other[1])


def _joined(found: list[Rule]) -> list[Rule]:
    """Lines at one place joined where they touch: writers draw the border of each cell by itself."""
    joined: list[Rule] = []
    for group in _at_one_place(found):
        at = sum(rule.at for rule in group) / len(group)
        for rule in sorted(group, key=lambda rule: rule.start):
            if joined and joined[-1].at == at and rule.start <= joined[-1].end + TOUCHING:
                joined[-1] = Rule(at, joined[-1].start, max(joined[-1].end, rule.end))
            else:
                joined.append(Rule(at, rule.start, rule.end))
    return joined


def _at_one_place(found: list[Rule]) -> Iterator[list[Rule]]:
    group: list[Rule] = []
    for rule in sorted(found, key=lambda rule: rule.at):
        if group and rule.at - group[0].at > 2 * SAME:
            yield group
            group = []
        group.append(rule)
    if group:
        yield group
