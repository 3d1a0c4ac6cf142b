"""Tables of questions and answers: one passage a question, whatever else stands in its row."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise, zip_longest

from balas.knowledge.readers import faq
from balas.values import Block

ASKING = 0.6  # of the cells of a column without a name, so that it is one of questions
MAX_NAME_WORDS = 4

_WORD = re.compile(r"[^\W_]+")
# Columns that sort the rows and say nothing to who asks.
_SORTING = frozenset(
    {
        *("no", "nr", "nomor", "number", "#", "id", "kode", "code", "kategori", "category", "categoría", "categoria"),
        *("tag", "tags", "topik", "topic", "tema", "thema", "bahasa", "language", "status", "prioritas", "priority"),
    }
)

Pair = tuple[int, int]


def is_pair(left: str, right: str) -> bool:
    return _is_named(left, faq.QUESTION_NAMES) and _is_named(right, faq.ANSWER_NAMES)


def columns(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[Pair]:
    """Question and answer columns: by their names, several where there are several languages, else by their cells."""
    questions = [at for at, name in enumerate(header) if _is_named(name, faq.QUESTION_NAMES)]
    answers = [at for at, name in enumerate(header) if _is_named(name, faq.ANSWER_NAMES)]
    if questions and answers:
        following = {at: next((to for to in answers if to > at), answers[0]) for at in questions}
        return [(at, to) for at, to in following.items() if at != to]
    return _by_cells(header, rows)


def blocks(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    pairs: Sequence[Pair],
    page: int | None,
    numbers: Sequence[int | None] = (),
) -> list[Block]:
    said = {at for pair in pairs for at in pair}
    others = [at for at, name in enumerate(header) if at not in said and name.lower().strip(" .:") not in _SORTING]
    made: list[Block] = []
    for row, number in zip_longest(rows, numbers):
        more = [
            f"{header[at]}: {row[at]}" if header[at] else row[at] for at in others if row[at] and not row[at].isdigit()
        ]
        asked = [(row[question], row[answer]) for question, answer in pairs if row[question] and row[answer]]
        entries = [faq.question_block(question, "\n".join([answer, *more]), page) for question, answer in asked]
        made += [replace(entry, row=number) for entry in entries]
        if not asked:
            made.append(Block(" ".join(cell for cell in row if cell), page=page))
    return made


def _is_named(name: str, names: frozenset[str]) -> bool:
    """ "Pertanyaan", "Question (EN)", "Jawaban CS" and the like."""
    lowered = name.lower().strip(" :.")
    words = _WORD.findall(lowered)
    return lowered in names or (len(words) <= MAX_NAME_WORDS and any(len(word) > 1 and word in names for word in words))


def _by_cells(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[Pair]:
    """Where most cells of a column ask and those of the next one do not."""
    if len(rows) < 2 or any(header):
        return []
    for question, answer in pairwise(range(len(rows[0]))):
        both = [row for row in rows if row[question] and row[answer]]
        asking = sum(faq.is_question(row[question]) for row in both)
        answering = sum(not faq.is_question(row[answer]) for row in both)
        if len(both) > 1 and asking >= ASKING * len(both) and answering >= ASKING * len(both):
            return [(question, answer)]
    return []
