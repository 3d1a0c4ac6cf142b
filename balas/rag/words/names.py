"""Names in a text of a script that has capitals: people, places, brands."""

from __future__ import annotations

import re
from functools import lru_cache

from balas.rag.words import cues

_WORD = r"[A-ZÀ-ÖØ-ÞА-ЯІЇЄҐ](?:[^\W\d_]|['’-])+(?!\d)"
_NAME = re.compile(rf"(?<![.!?:•\-\n\"“«(…]\s)(?<![¡¿])(?<!^)\b{_WORD}(?:\s+{_WORD})*", re.MULTILINE)
_PAIR = re.compile(rf"(?<![^\W_])(?=({_WORD})\.?[ \u00a0]({_WORD}))")
_FULL = re.compile(rf"^\W*({_WORD}\s+{_WORD}(?:\s+{_WORD})*)")


def names(text: str) -> list[str]:
    """Capitalised words that do not begin a sentence; those that follow one another are one name."""
    return _NAME.findall(text)


def with_opening(text: str) -> list[str]:
    """The same with a first name and surname that a text begins with."""
    opening = _FULL.match(text)
    return [*([opening[1]] if opening else []), *names(text)]


@lru_cache(maxsize=256)  # of a passage, for every sentence
def _pairs(text: str) -> tuple[frozenset[tuple[str, str]], frozenset[str], frozenset[str]]:
    held = frozenset(_PAIR.findall(text))
    return held, frozenset(first for first, _ in held), frozenset(last for _, last in held)


def renamed(text: str, known: str) -> str | None:
    """Two capitalised words in a row of which the other text has each beside another one: "Jana Walter" for "Jana
    Wolter"."""
    held, firsts, lasts = _pairs(known)
    for first, last in _PAIR.findall(text):
        is_small = any(cues.normal(first) in cues.entries(kind) for kind in ("hollow", "small"))
        if is_small and text.lstrip('¿¡"“«*- ').startswith(first):
            continue  # "Das Lehrmaterial": only the sentence begins
        if (first, last) not in held and (first in firsts or last in lasts):
            return f"{first} {last}"
    return None
