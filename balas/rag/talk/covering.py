"""A text as entries of lists and nothing else."""

from __future__ import annotations

import re
from functools import cache

from balas.rag.words import cues

LONGEST_ENTRY = 8  # words
LONGEST_RUN = 24  # signs of an entry in a script without blanks
_STRETCHED = re.compile(r"(\w)\1+")


def covered(found: list[str], known: frozenset[str]) -> list[str] | None:
    """The words as entries, longest first; None when one of them belongs to none."""
    if not are_known(found, known):
        return None
    parts: list[str] = []
    start = 0
    while start < len(found):
        sizes = range(min(LONGEST_ENTRY, len(found) - start), 0, -1)
        step = next((n for n in sizes if " ".join(found[start : start + n]) in known), 0)
        inside = [" ".join(found[start : start + step])] if step else _inside(found[start], known)
        if not inside:
            return None
        parts += inside
        start += max(step, 1)
    return parts


def are_known(found: list[str], known: frozenset[str]) -> bool:
    """Whether each word stands in some entry, without which none of them can be covered."""
    return all(word in words_of(known) or cues.is_unspaced(word) for word in found)


def known_spellings(found: list[str], known: frozenset[str]) -> list[str]:
    return [_known_spelling(word, words_of(known)) for word in found]


def _known_spelling(word: str, known: frozenset[str]) -> str:
    """ "halooo" is "halo": letters drawn out for fun, where the plain word is known."""
    if word in known or not _STRETCHED.search(word):
        return word
    for plain in (_STRETCHED.sub(r"\1\1", word), _STRETCHED.sub(r"\1", word)):  # "goood" is no "god"
        if plain in known:
            return plain
    return word


@cache
def entries_of(names: tuple[str, ...], language: str | None = None) -> frozenset[str]:
    """The entries of several lists together."""
    return frozenset().union(*(cues.entries(name, language) for name in names))


@cache
def words_of(known: frozenset[str]) -> frozenset[str]:
    return frozenset(word for entry in known for word in entry.split())


def _inside(run: str, known: frozenset[str]) -> list[str]:
    """The entries that make up a run of a script without blanks; [] when they do not cover it."""
    parts: list[str] = []
    while run and cues.is_unspaced(run):
        entry = next((run[:n] for n in range(min(LONGEST_RUN, len(run)), 0, -1) if run[:n] in known), "")
        if not entry:
            return []
        parts.append(entry)
        run = run[len(entry) :]
    return parts
