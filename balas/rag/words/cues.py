"""What people's words give away: greetings, question words, what kind of answer is asked for, what points back.

The words stand in `cues.toml` and `wishes.toml`. Short messages are the normal case and no language detector is safe
there, so a word counts in whichever language it belongs to.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.resources import files
from itertools import islice

from balas.rag.words.lexical import VIETNAMESE, without_accents

MARKS = "\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u0900-\u0903\u093a-\u094f\u0951-\u0957\u0962\u0963"
MARKS += "\u0981-\u0983\u09bc-\u09d7\u200c\u200d"
_UNSPACED = "\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff"  # Thai, kana, Han: no blanks between words
_WORD = re.compile(rf"[{_UNSPACED}]+|(?:(?![{_UNSPACED}_])\w)(?:(?![{_UNSPACED}_])\w|[{MARKS}]|['’](?=\w))*")
_IS_UNSPACED = re.compile(rf"[{_UNSPACED}]")
_ARABIC = str.maketrans(
    {"أ": "ا", "إ": "ا", "آ": "ا", "ى": "ي", "ی": "ي", "ک": "ك", "ة": "ه", "ۀ": "ه", "\u0640": None}
    | {chr(vowel): None for vowel in range(0x64B, 0x660)}
    | {"\u0307": None}  # what is left of a Turkish capital İ
)
KIN = frozenset({"id", "ms"})  # languages that a detector may take for each other
SHORTEST_BARE = 3  # letters of a word that is known without its accents: "é" is no "e"


def normal(text: str) -> str:
    """One spelling for comparing: NFKC, case folded, Arabic letters and vowel signs levelled.

    Accents stay, since they tell words of two languages apart ("ou" and "où"); what is looked up is listed without too.
    """
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", text).casefold().replace("’", "'").translate(_ARABIC)


def words(text: str) -> list[str]:
    """The words of a text, normal form; a run of an unspaced script is one "word"."""
    return list(_words(text))


@lru_cache(maxsize=2048)  # a dozen checks ask it of the same question, sentence or passage
def _words(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(normal(text)))


def spans(text: str) -> list[tuple[str, int, int]]:
    """Each word in normal form with its place in the text as written."""
    return list(_spans(text))


@lru_cache(maxsize=128)  # of a question it is asked a dozen times
def _spans(text: str) -> tuple[tuple[str, int, int], ...]:
    return tuple((normal(match[0]), *match.span()) for match in _WORD.finditer(text))


def opening_spans(text: str, most: int) -> list[tuple[str, int, int]]:
    """The first of them."""
    return [(normal(match[0]), *match.span()) for match in islice(_WORD.finditer(text), most)]


def is_unspaced(text: str) -> bool:
    return not text.isascii() and bool(_IS_UNSPACED.search(text))


def entries(name: str, language: str | None = None) -> frozenset[str]:
    """All entries of a list, of one language or of all, normal form, words joined by one blank."""
    return _entries(name, language)


def languages_of(name: str, entry: str) -> frozenset[str]:
    """The languages in which `entry` stands in the list `name`."""
    return _owners(name).get(entry, frozenset())


@cache
def languages_with(name: str) -> frozenset[str]:
    """The languages that have a list of this name."""
    return frozenset(spoken for spoken, lists in _table().items() if name in lists)


@cache
def longest(name: str) -> int:
    """How many words the longest entry of a list has."""
    return max(entry.count(" ") + 1 for entry in _owners(name))


def has(text: str, name: str, language: str | None = None) -> bool:
    """Does the text hold an entry of the list as whole words (anywhere within a run where scripts are unspaced)?"""
    return holds_any(text, entries(name, language), longest(name))


def holds_any(text: str, wanted: frozenset[str], most: int) -> bool:
    """The same for any entries, of at most so many words."""
    found = _words(text)
    if not wanted.isdisjoint(found):
        return True
    openings = _openings(wanted)
    for start in range(len(found) - 1):
        if found[start] not in openings:
            continue
        for end in range(start + 2, min(start + most, len(found)) + 1):
            if " ".join(found[start:end]) in wanted:
                return True
    if text.isascii():
        return False
    runs = [word for word in found if is_unspaced(word)]
    return any(entry in run for run in runs for entry in _unspaced(wanted) if len(entry) > 1)


@lru_cache(maxsize=1 << 12)  # lists, of one language or of all
def _openings(wanted: frozenset[str]) -> frozenset[str]:
    """The first words of the entries of several words."""
    return frozenset(entry.partition(" ")[0] for entry in wanted if " " in entry)


@lru_cache(maxsize=1 << 12)  # likewise
def _unspaced(wanted: frozenset[str]) -> tuple[str, ...]:
    """The entries of scripts without blanks, the longest first."""
    return tuple(sorted(filter(is_unspaced, wanted), key=len, reverse=True))


def starts_with(text: str, name: str, language: str | None = None) -> bool:
    found = words(text)
    wanted = entries(name, language)
    if not found:
        return False
    if any(" ".join(found[:count]) in wanted for count in range(1, min(longest(name), len(found)) + 1)):
        return True
    return is_unspaced(found[0]) and any(found[0].startswith(entry) for entry in wanted if is_unspaced(entry))


def without(text: str, name: str) -> list[str]:
    """The words of a text that are not entries of the list. Runs of unspaced scripts lose the entries within."""
    wanted = entries(name)
    if text.isascii():
        return [word for word in _words(text) if word not in wanted]
    kept = []
    for word in _words(text):
        rest = _stripped(word, wanted) if is_unspaced(word) else word
        if rest and rest not in wanted:
            kept.append(rest)
    return kept


def _stripped(run: str, wanted: frozenset[str]) -> str:
    for entry in _unspaced(wanted):
        run = run.replace(entry, "")
    return run


@cache
def ordered(name: str, language: str | None = None) -> Mapping[str, int]:
    """The spellings of a list whose order tells ("month"), each with its place from 0; of one language or of all."""
    return {
        typed: place
        for spoken, lists in _table().items()
        if language is None or language == spoken
        for place, entry in enumerate(lists.get(name, "").split(" | "))
        for spelling in entry.split("/")
        for typed in spellings(" ".join(words(spelling)), spoken)
        if spelling
    }


def spellings(entry: str, language: str = "") -> tuple[str, ...]:
    """An entry as written, and as typed on a phone. A word of Vietnamese is another one without its tones."""
    bare = without_accents(entry)
    toned = " " not in entry and (language == "vi" or VIETNAMESE.search(entry))
    if bare == entry or len(bare) < SHORTEST_BARE or toned:
        return (entry,)
    return (entry, bare)


def codes() -> tuple[str, ...]:
    """The languages that are listed."""
    return tuple(_table())


@cache
def small_words(language: str) -> frozenset[str]:
    """Function words of a language and of one that a detector takes for it. "car" is one in French alone."""
    spoken = KIN if language in KIN else {language}
    return frozenset().union(*(entries("small", one) for one in spoken))


@cache
def _entries(name: str, language: str | None) -> frozenset[str]:
    owners = _owners(name)
    return frozenset(entry for entry, spoken in owners.items() if language is None or language in spoken)


@cache
def _owners(name: str) -> Mapping[str, frozenset[str]]:
    owners: dict[str, set[str]] = {}
    for language, lists in _table().items():
        for entry in lists.get(name, "").split(" | "):
            for typed in spellings(" ".join(words(entry)), language):
                owners.setdefault(typed, set()).add(language)
    return {entry: frozenset(spoken) for entry, spoken in owners.items() if entry}


@cache
def _table() -> Mapping[str, Mapping[str, str]]:
    told, wanted = (
        tomllib.loads(files("balas.rag.words").joinpath(name).read_text(encoding="utf-8"))
        for name in ("cues.toml", "wishes.toml")
    )
    return {language: {**lists, **wanted.get(language, {})} for language, lists in told.items()}
