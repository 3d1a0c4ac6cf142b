"""Sentences that only take up the person's own words."""

from __future__ import annotations

import re
from collections.abc import Sequence

from balas.rag.checks.literals import Known, has_figures, missing, share_of
from balas.rag.words import cues

ECHOED = 0.6  # share of a sentence's words from which it takes up the person's own
REPEATED = 0.9  # from here it is their question, word for word
SHORT_WORDS = 6  # "Your reference is INV-2231."

# "INV-2231", "a7f3", but no price: letters of a currency before figures are none.
_REFERENCE = re.compile(
    r"\b(?!(?:rp|idr|usd|eur|gbp|rs|inr|rm|brl|ngn|php)[-.]?\d)[^\W\d_]+[-_]?\d[\w-]*", re.IGNORECASE
)


def is_echo(bare: str, question: str, asked: Known, known: Sequence[Known], language: str | None) -> bool:
    """Is a sentence the question itself, or does it name a reference that no passage knows?

    "Yes, you can return it" repeats the question too, but claims something: its words are the passages' words.
    """
    share = share_of(bare, asked.grams)
    if share >= REPEATED and bare.endswith(("?", "？", "؟")):
        return True
    references = set(_REFERENCE.findall(bare)) & set(_REFERENCE.findall(question))
    rest = _REFERENCE.sub(lambda match: " " if match[0] in references else match[0], bare)
    if missing(rest, asked, asked, language, 0.0) is not None or has_figures(rest, language):
        return False
    words = cues.words(bare)
    own = [word for word in words if word in asked.words and not any(word in one.words for one in known)]
    is_reference = bool(references) or (bool(own) and 3 * len(own) >= len(words))
    return is_reference and (len(words) <= SHORT_WORDS or share >= ECHOED)
