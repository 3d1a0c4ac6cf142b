"""Near things that a person may choose from in place of an answer, and what they reply: "2", "the second", "none"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache

from balas.rag.approved import has_alike, is_verbatim, numbers_of, share_of, spelled
from balas.rag.question import Question
from balas.rag.talk.covering import covered, entries_of, known_spellings
from balas.rag.talk.phrases import languages, phrase
from balas.rag.words import cues
from balas.values import Role

MAX_WORDS = 8  # of a message that chooses by number
MAX_NAMING = 6  # of one that chooses by the words of a name
_AROUND = ("picking", "joins", "filler", "courtesy", "thanks")
_ANSWERS = ("accept", "fine", "decline", "neither")
_DIGITS = frozenset("0123456789")
_ASKING = ("ask", "amount", "time", "duration", "turn")
_NUMBERED = re.compile(r"^\s*(\d)\. (.+)$", re.MULTILINE)
_BREAK = "\u200b"  # before a sign that WhatsApp would take for markup


class Unchosen(StrEnum):
    NEITHER = "neither"
    UNCLEAR = "unclear"  # one of several is meant, nobody can tell which


@dataclass(frozen=True, slots=True)
class Choice:
    """What was to be chosen from, in the language it was offered in, and what was: places from 0, or none."""

    names: tuple[str, ...]
    language: str
    chosen: tuple[int, ...] = ()
    unchosen: Unchosen | None = None
    is_repeated: bool = False  # we asked already which is meant


def offer(names: Sequence[str], language: str) -> str:
    """The lines that offer them."""
    if len(names) == 1:
        return phrase("near_one", language, topic=names[0])
    return "\n".join([phrase("near", language), *(f"{place}. {name}" for place, name in enumerate(names, start=1))])


def offered_in(text: str) -> tuple[tuple[str, ...], str] | None:
    """The names that one of our messages offers, and in which language; None when it offers none."""
    text = text.replace(_BREAK, "")
    for language in sorted(languages()):
        _, found, rest = text.partition(phrase("near", language))
        if found and (names := tuple(name.strip() for _, name in _NUMBERED.findall(rest))):
            return names, language
        before, after = phrase("near_one", language).split("{topic}")
        _, found, rest = text.partition(before)
        name, ended, _ = rest.partition(after)
        if found and ended and name.strip() and "\n" not in name:
            return (name.strip(),), language
    return None


def choice_in(question: Question) -> Choice | None:
    """What a turn says to the offer of near things; None where none was made last, or something else is said.

    A message that is replied to counts in place of the last one: it shows which offer is meant, or that none is.
    """
    last = question.history[-1] if question.history else None
    text = question.quoted or (last.text if last is not None and last.role is Role.ASSISTANT else "")
    made = offered_in(text) if text else None
    if made is None:
        return None
    names, language = made
    told = _told([line for line in question.lines if line.strip()], names, language)
    if told is None:
        return None
    choice = Choice(names, language, is_repeated=text.startswith(phrase("near", language)))
    return replace(choice, unchosen=told) if isinstance(told, Unchosen) else replace(choice, chosen=told)


def _told(lines: Sequence[str], names: Sequence[str], prior: str) -> tuple[int, ...] | Unchosen | None:
    said = "\n".join(lines)
    same = tuple(place for place, name in enumerate(names) if is_verbatim(said, name))
    if same:
        return same[:1]
    found = cues.words(said)
    if not found:
        return None
    if len(found) <= MAX_WORDS:
        plain = [str(int(word)) if word.isdecimal() else word for word in found]
        codes = sorted(cues.codes(), key=lambda language: language != prior)  # the rest stays in its order
        for language in codes:
            if (told := _counted(plain, len(names), language)) is not None:
                return told
    return _named(said, names, prior) if len(found) <= MAX_NAMING else None


def _counted(found: list[str], many: int, language: str) -> tuple[int, ...] | Unchosen | None:
    known = _known(language)
    parts = covered(known_spellings(found, known), known)
    if parts is None:
        return None
    ordinals, cardinals = cues.ordered("ordinal", language), cues.ordered("cardinal", language)
    for numbers in (
        [int(part) for part in parts if part in _DIGITS],
        [ordinals[part] + 1 for part in parts if part in ordinals],
        [cardinals[part] + 1 for part in parts if part in cardinals],
    ):
        if numbers:
            return _places(numbers, many)
    return _answered(parts, many, language)


def _answered(parts: list[str], many: int, language: str) -> tuple[int, ...] | Unchosen | None:
    """Yes or no. "No need" wants nothing at all, and "ok" beside several, or beside thanks, only ends the talk."""
    if any(part in cues.entries("neither", language) for part in parts) or any(
        part in cues.entries("decline", language) and " " not in part for part in parts
    ):
        return Unchosen.NEITHER
    if any(part in cues.entries("accept", language) for part in parts):
        return (0,) if many == 1 else Unchosen.UNCLEAR
    is_fine = any(part in cues.entries("fine", language) for part in parts)
    thanks = any(part in cues.entries("thanks", language) for part in parts)
    return (0,) if is_fine and many == 1 and not thanks else None


def _places(numbers: Sequence[int], many: int) -> tuple[int, ...] | Unchosen:
    places = tuple(dict.fromkeys(number - 1 for number in numbers))
    return places if all(0 <= place < many for place in places) else Unchosen.UNCLEAR


def _named(said: str, names: Sequence[str], language: str) -> tuple[int, ...] | None:
    """By words of one name alone, when nothing is asked that it does not ask."""
    bare = [word for word in cues.without(said, "hollow") if word not in _light()]
    wanted = spelled(" ".join(bare), language)
    if not wanted:
        return None
    meant = [place for place, name in enumerate(names) if _holds(said, name, wanted, language)]
    return (meant[0],) if len(meant) == 1 else None


def _holds(said: str, name: str, wanted: Sequence[str], language: str) -> bool:
    asks = [kind for kind in _ASKING if cues.has(said, kind)]
    if not numbers_of(said) <= numbers_of(name) or any(not cues.has(name, kind) for kind in asks):
        return False
    if any(cues.is_unspaced(word) for word in wanted):
        return all(word in cues.normal(name) for word in wanted)
    words = spelled(name, language)
    return share_of(wanted, words) == 1.0 and has_alike(wanted, words)


@cache
def _known(language: str) -> frozenset[str]:
    counted = (*cues.ordered("ordinal", language), *cues.ordered("cardinal", language))
    return _DIGITS | entries_of((*_ANSWERS, *_AROUND), language) | frozenset(counted)


@cache
def _light() -> frozenset[str]:
    names = ("picking", "filler", "courtesy", "thanks", "point", "aside")
    return frozenset(word for name in names for entry in cues.entries(name) for word in entry.split())
