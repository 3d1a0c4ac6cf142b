"""Words typed without their vowels: "kmr" for "kamar", "qtos" for "quartos", "acct" for "account"."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache

from balas.rag.words import cues, topics
from balas.rag.words.lexical import plain_words, unaccented
from balas.values import Passage

SHORTEST, LONGEST = 3, 6  # letters
SHORTEST_WITH_VOWEL = 4  # "old" and "dry" are whole
LEAST_LEFT_OUT = 2
MOST_TIMES = 3  # as long as what was typed
_VOWELS = frozenset("aeiouy")
_LISTS = (
    *("hollow", "small", "ask", "amount", "time", "duration", "day"),
    *("courtesy", "filler", "aside", "greeting", "thanks", "ok"),
)


def written_out(question: str, search: Callable[[], Iterable[Passage]]) -> str:
    """With the words that the passages found have for them, each where it can be one alone. Most questions have none
    that looks so and that no list knows: nothing is searched for them."""
    words = [word for word in dict.fromkeys(cues.words(question)) if _looks_shortened(word) and not _is_listed(word)]
    if not words:
        return question
    said = "\n".join(f"{one.title}\n{one.heading}\n{one.text}" for one in search())
    vocabulary = list(dict.fromkeys(plain_words(said)))
    meant = {word: full for word in words if (full := _meant(word, vocabulary))}
    for word, start, end in reversed(cues.spans(question)):
        if word in meant:
            question = f"{question[:start]}{meant[word]}{question[end:]}"
    return question


def _looks_shortened(word: str) -> bool:
    """No vowel but at its ends; what a plural adds does not count."""
    bare = word.removesuffix("s")
    if not (word.isascii() and word.isalpha() and SHORTEST <= len(bare) <= LONGEST):
        return False
    has_vowel = bool(_VOWELS & {bare[0], bare[-1]})
    return not _VOWELS & set(bare[1:-1]) and len(word) >= (SHORTEST_WITH_VOWEL if has_vowel else SHORTEST)


def _meant(word: str, vocabulary: Sequence[str]) -> str:
    if word in vocabulary:
        return ""
    found = [full for full in vocabulary if _is_of(word, unaccented(full))]
    shortest = min(found, key=len, default="")
    return shortest if all(one.startswith(shortest[: len(word)]) for one in found) else ""


def _is_of(word: str, full: str) -> bool:
    if not (full.isalpha() and len(word) + LEAST_LEFT_OUT <= len(full) <= MOST_TIMES * len(word)):
        return False
    letters = iter(full)
    return (word[0], word[-1]) == (full[0], full[-1]) and all(letter in letters for letter in word)


def _is_listed(word: str) -> bool:
    return word in _known() or bool(topics.heard(word).topics)


@cache
def _known() -> frozenset[str]:
    return frozenset().union(*(cues.entries(name) for name in _LISTS))
