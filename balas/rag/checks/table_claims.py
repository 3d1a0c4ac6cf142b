"""What a sentence says of one row of a table, held against that row alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from balas.rag.checks.statements import content_of, holds_word
from balas.rag.words.figures import Figure, Figures, collected, holds
from balas.rag.words.lexical import grams_of

SHORTEST = 4  # letters of a word that tells one row from another
_CELL = re.compile(r"(?:^|; )([^:;]+): ([^;]*)")


@dataclass(frozen=True, slots=True)
class Row:
    key: tuple[str, ...]  # the words of its name
    grams: frozenset[str]
    figures: Figures


def rows_of(text: str) -> list[Row]:
    found: list[Row] = []
    for line in text.splitlines():
        cells = _CELL.findall(line)
        if len(cells) > 1:
            found.append(Row(content_of(cells[0][1]), grams_of(line), collected(line)))
    return found


def of_another_row(words: Sequence[str], figures: Sequence[Figure], rows: Sequence[Row]) -> str | None:
    """What of a statement stands in other rows than the one it names: "the small menu has prawns"."""
    if not rows:
        return None
    said = frozenset().union(*(grams_of(word) for word in words))
    named = [row for row in rows if row.key and all(holds_word(word, said) for word in row.key)]
    longest = max((len(row.key) for row in named), default=0)
    named = [row for row in named if len(row.key) == longest]
    if len(named) != 1:
        return None
    (row,) = named
    others = [one for one in rows if one is not row]
    keys = {word for one in rows for word in one.key}
    for word in words:
        is_key = any(holds_word(word, grams_of(key)) for key in keys)
        is_foreign = len(word) >= SHORTEST and not is_key and not holds_word(word, row.grams)
        if is_foreign and any(holds_word(word, one.grams) for one in others):
            return word
    for figure in figures:
        if not holds(row.figures, figure) and any(holds(one.figures, figure) for one in others):
            return figure.raw
    return None
