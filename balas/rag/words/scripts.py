"""Words typed in Latin letters, where the language has a script of its own: "fees kitni hai", "skolko stoit".

Most people in India type so. Spelling is free, so words are compared by their consonants: a word stands for the one of
the documents, or of the language's common words, that has the same and sounds most alike.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from difflib import SequenceMatcher
from functools import cache, lru_cache

from balas.rag.words import cues, topics
from balas.rag.words.lexical import folded, plain_words, word_pattern
from balas.values import Passage

ENOUGH = 0.6  # of the words, that are known to be of the language: English beside Hindi stays English
ALIKE = (0.8, 0.9, 0.7)  # how alike two spellings must be that share one consonant ("ki", "hai"), two, or more
LONG = 3  # consonants from which an ending does not matter
_LISTS = ("hollow", "small", "ask", "amount", "time", "person", "day", "negation", "courtesy", "aside", "serves")

# Nine scripts of India lie in blocks of one order. From the block's start: vowels and consonants, vowel signs.
_LETTERS = """
a a i i u u e ai o o au
k kh g gh n ch chh j jh n t th d dh n t th d dh n n p ph b bh m y r r l l l v sh sh s h
"""
_PLACES = (*range(0x05, 0x0B), 0x0F, 0x10, 0x11, 0x13, 0x14, *range(0x15, 0x3A))
_VOWEL_SIGNS = "a i i u u ri e e ai o o au"
_SIGN_PLACES = (0x3E, 0x3F, 0x40, 0x41, 0x42, 0x43, 0x45, 0x47, 0x48, 0x49, 0x4B, 0x4C)
_INDIC = dict(zip(_PLACES, _LETTERS.split(), strict=True))
_SIGNS = dict(zip(_SIGN_PLACES, _VOWEL_SIGNS.split(), strict=True))
_NASAL, _VIRAMA = frozenset({0x01, 0x02}), 0x4D
_ALPHABET = "абвгґдеёєжзиіїйклмнопрстуфхцчшщъыьэюя"
_SPELT = "a b v g g d e e e zh z i i i y k l m n o p r s t u f h ts ch sh sh ' i ' e u a"
_CYRILLIC = dict(zip(_ALPHABET, _SPELT.split(), strict=True))
_FOLDS = (
    ("ph", "f"), ("sh", "s"), ("ch", "c"), ("ck", "k"), ("zh", "j"), ("x", "ks"), ("q", "k"), ("w", "v"), ("z", "j"),
    ("ee", "i"), ("oo", "u"), ("aa", "a"), ("y", "i"), ("'", ""),
)  # fmt: skip
_HARD_C = re.compile("c(?!h)")
_BREATHED = re.compile("(?<=[bdgjkptcf])h")
_TWICE = re.compile(r"(.)\1+")
_VOWELS = "aeiou"
_LABIAL = re.compile("n(?=[pbm])")


def written(question: str, language: str, passages: Iterable[Passage]) -> str:
    """The question in the language's own script, or as it is."""
    words = _typed(question)
    if not words:
        return question
    vocabulary = dict(_listed(language))
    for passage in passages:
        for word in plain_words(f"{passage.title}\n{passage.heading}\n{passage.text}"):
            if _is_written(word):
                _put(vocabulary, word)
    small = cues.small_words(language)
    found = {word: native for word in words if (native := _nearest(word, vocabulary))}
    known = sum(word in found or word in small for word in words)
    if known < ENOUGH * len(words):
        return question
    return word_pattern().sub(lambda word: found.get(word[0], word[0]), folded(question))


def may_be(question: str, language: str) -> bool:
    """Is it worth a look? Some word of it is a common one of the language, in Latin letters."""
    common, small = _listed(language), cues.small_words(language) - cues.small_words("en")
    return bool(common) and any(word in small or _nearest(word, common) for word in _typed(question))


def _typed(question: str) -> list[str]:
    said = folded(question)
    return word_pattern().findall(said) if said.isascii() else []


def _nearest(word: str, vocabulary: Mapping[str, Sequence[str]]) -> str | None:
    """How a longer word ends changes with its form, and tells only which of several that are alike is meant."""
    key, spelt = skeleton(word), _spelt(word)
    least, endings = ALIKE[min(len(key), LONG) - 1], _VOWELS if len(key) >= LONG else ""
    alike = [
        (_share(spelt, said), native)
        for native, said in ((native, _spelt(latin(native))) for native in vocabulary.get(key, ()))
        if _share(spelt.rstrip(endings), said.rstrip(endings)) >= least
    ]
    return max(alike)[1] if alike else None


def _share(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other).ratio()


@cache
def _listed(language: str) -> dict[str, tuple[str, ...]]:
    """The language's listed words by their consonants; {} for one that is written in Latin letters."""
    vocabulary: dict[str, tuple[str, ...]] = {}
    listed = [entry for name in _LISTS for entry in cues.entries(name, language)]
    own = {_block(entry) for entry in listed if _is_written(entry)}
    for entry in [*listed, *topics.entries()]:
        if " " not in entry and _is_written(entry) and _block(entry) in own:
            _put(vocabulary, entry)
    return vocabulary


def _block(word: str) -> int:
    return ord(word[0]) // 0x80


def _put(vocabulary: dict[str, tuple[str, ...]], word: str) -> None:
    key = skeleton(latin(word))
    if key and word not in vocabulary.get(key, ()):
        vocabulary[key] = (*vocabulary.get(key, ()), word)


def _is_written(word: str) -> bool:
    first = ord(word[0])
    return 0x900 <= first < 0xD80 or 0x400 <= first < 0x530


@lru_cache(maxsize=1 << 13)
def skeleton(word: str) -> str:
    """The consonants of a word in Latin letters, in one spelling."""
    return _TWICE.sub(r"\1", "".join(sign for sign in _spelt(word) if sign not in _VOWELS))


@lru_cache(maxsize=1 << 13)
def _spelt(word: str) -> str:
    flat = _HARD_C.sub("k", word)
    for one, other in _FOLDS:
        flat = flat.replace(one, other)
    return _TWICE.sub(r"\1", _LABIAL.sub("m", _BREATHED.sub("", flat)))


@lru_cache(maxsize=1 << 13)
def latin(word: str) -> str:
    """A word of an Indic or Cyrillic script as it is spelt in Latin letters."""
    letters = unicodedata.normalize("NFKC", word.lower())
    if not 0x900 <= ord(letters[0]) < 0xD80:
        return "".join(_CYRILLIC.get(letter, letter) for letter in letters)
    short = "o" if 0x980 <= ord(letters[0]) < 0xA00 else "a"
    return _indic([(ord(letter) - 0x900) % 0x80 for letter in letters if 0x900 <= ord(letter) < 0xD80], short)


def _indic(places: Sequence[int], short: str) -> str:
    """A consonant is followed by a short vowel, but before a vowel's sign, under a virama and at the end."""
    spelt: list[str] = []
    for here, place in enumerate(places):
        if place in _SIGNS:
            spelt.append(_SIGNS[place])
        elif place in _NASAL:
            spelt.append("n")
        elif place in _INDIC:
            following = [one for one in places[here + 1 :] if one != 0x3C][:1]  # a nukta changes the sound alone
            bare = not following or following[0] in _SIGNS or following[0] == _VIRAMA
            spelt.append(_INDIC[place] + ("" if bare or place < 0x15 else short))
    return "".join(spelt)
