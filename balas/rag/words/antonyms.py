"""Words that a prefix turns into their opposite: "opened" and "unopened"."""

from __future__ import annotations

# What turns a word into its opposite; the word itself must stand in the other text.
_PREFIXES = ("un", "in", "im", "ir", "il", "dis", "non", "des", "a", "nicht", "ab", "de", "не", "غير", "अ", "ना")
_LEFT = 4  # letters of the word that is left: "un" of "under" is no prefix


def has_antonym(word: str, others: frozenset[str]) -> bool:
    return any(
        long.startswith(_PREFIXES) and len(short) >= _LEFT and long.removesuffix(short) in _PREFIXES
        for other in others
        for long, short in ((word, other), (other, word))
        if len(long) > len(short) and long.endswith(short)
    )
