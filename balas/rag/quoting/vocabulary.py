"""The words that documents hold, however a question spells them: inflected, mistyped, with another ending."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from functools import cached_property

from balas.rag.quoting.naming import stands
from balas.rag.quoting.word_shares import held
from balas.rag.words import cues, topics
from balas.rag.words.lexical import grams_of, plain_words, unaccented
from balas.values import Passage

SHORTEST = 3  # letters of a word that names something
FEW_LATIN = 0.4  # of the words, from which a text is in another script
MOST_ADDED = 2  # letters
LONG = 6  # letters of a word that may be a mistyped one of all the lists
MISTYPED = 0.8  # how alike a word is that was meant


class Vocabulary:
    """The words of some passages."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        self._text = "\n".join(f"{one.title}\n{one.heading}\n{one.text}" for one in passages)

    def hold(self, word: str) -> bool:
        """However it is spelled. Of what is written in another script nothing can be told."""
        bare = unaccented(word)
        return (
            cues.is_unspaced(word)
            or any(sign.isdecimal() for sign in word)
            or (word.isascii() and self._is_of_another_script)
            or stands(word, self._text)
            or self._holds_most_of(word)
            or any(_is_inflected(bare, other) for other in self._vocabulary)
            or _is_mistyped(bare, self._vocabulary)
            or (len(bare) >= LONG and _is_mistyped(bare, topics.entries()))
        )

    def name(self, word: str) -> bool:
        """As it is typed, but for an ending more or less."""
        bare = unaccented(word)
        near = (other for other in self._vocabulary if abs(len(other) - len(bare)) <= MOST_ADDED)
        return any(other.startswith(bare) or bare.startswith(other) for other in near if len(other) >= SHORTEST)

    def _holds_most_of(self, word: str) -> bool:
        """In one word: "geschlossen" and "Schwimmbad" make no "Schwimmflossen"."""
        return bool(held(word, self._grams)) and any(held(word, grams_of(other)) for other in self._vocabulary)

    @cached_property
    def _grams(self) -> frozenset[str]:
        return grams_of(self._text)

    @cached_property
    def _vocabulary(self) -> list[str]:
        return [unaccented(word) for word in dict.fromkeys(plain_words(self._text))]

    @cached_property
    def _is_of_another_script(self) -> bool:
        """Than Latin."""
        letters = [word for word in self._vocabulary if word.isalpha()]
        return sum(word.isascii() for word in letters) < FEW_LATIN * len(letters)


def _is_mistyped(one: str, others: Iterable[str]) -> bool:
    """But in its first letter or its length."""
    alike = [other for other in others if other[:1] == one[0] and abs(len(other) - len(one)) <= MOST_ADDED]
    return bool(get_close_matches(one, alike, 1, MISTYPED))


def _is_inflected(one: str, other: str) -> bool:
    """In its last letter: "suka", "suki"."""
    return len(one) > SHORTEST and abs(len(one) - len(other)) <= 1 and other.startswith(one[:-1])
