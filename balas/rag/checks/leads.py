"""How an answer opens: with yes, with no, or with neither."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from balas.rag.words import cues

SHORT = 6  # words of an answer whose opening is a verb: "Tidak boleh membawa anjing"
MOST = 3  # openings in a row: "Yes, of course, sure"
_PAUSE = re.compile(r"\s*(?:$|[,.!?;:،؛۔।॥。！，、…—–(-])")
_VERBAL = ("id", "ms")  # say yes and no with the verb of the sentence, without a pause
_EDGE = " \t\n,.!?;:،؛۔।॥。！，、…—–-*_\"'"


@dataclass(frozen=True, slots=True)
class Lead:
    says: bool | None  # yes, no, or neither
    rest: str  # what follows

    @property
    def is_bare(self) -> bool:
        """Is there nothing but yes or no? "Yes, it is."."""
        if self.says is None:
            return False
        small = cues.entries("soften") | cues.entries("aside") | cues.entries("filler")
        return all(word in small for word in cues.without(unsoftened(self.rest), "hollow"))


@lru_cache(maxsize=256)  # each check of a sentence asks
def lead(text: str) -> Lead:
    """What a sentence opens with; "no animals" and "not refundable" open with neither."""
    says: bool | None = None
    rest = text
    for _ in range(MOST):
        found = _opening(unsoftened(rest))
        if found is None or (says is not None and found.says is not says):
            break
        says, rest = found.says, found.rest
    return Lead(says, rest)


def unsoftened(text: str) -> str:
    """Without "unfortunately" and the like before it."""
    while ends := _ends(text, "soften"):
        text = text[ends[0] :].lstrip(_EDGE)
    return text


def _opening(text: str) -> Lead | None:
    """The longest opening with a pause after it counts: "no" is nothing of "no momento não"."""
    found = sorted(((end, name) for name in ("affirm", "refuse") for end in _ends(text, name)), reverse=True)
    for end, name in found:
        if _PAUSE.match(text[end:]) or _is_softening(text[end:]):
            return Lead(name == "affirm", text[end:].lstrip(_EDGE))
    if not found or len(cues.words(text)) > SHORT:
        return None
    end, name = found[0]
    said = " ".join(cues.words(text[:end]))
    verbal = any(said in cues.entries(name, code) for code in _VERBAL)
    return Lead(name == "affirm", text) if verbal else None


def _is_softening(text: str) -> bool:
    """Is nothing left but what softens: "no por desgracia"?"""
    return " ".join(cues.words(text)) in cues.entries("soften")


def _ends(text: str, name: str) -> list[int]:
    """Where the entries of a list end that a text begins with, the longest first."""
    found = cues.opening_spans(text, cues.longest(name))
    wanted = cues.entries(name)
    said = [word for word, _, _ in found]
    return [found[count - 1][2] for count in range(len(found), 0, -1) if " ".join(said[:count]) in wanted]
