"""The piece of a passage that says what an answer says."""

from __future__ import annotations

from balas.rag.checks.literals import share_of
from balas.rag.quoting.quotes import MAX_QUOTE, quotes
from balas.rag.words.lexical import grams_of
from balas.values import Passage


def closest_quote(text: str, passage: Passage) -> str:
    """The piece of a passage that shares most words with a text; its first where none are shared."""
    found = quotes(passage)
    grams = grams_of(text)
    return max(found, key=lambda quote: share_of(quote.text, grams)).text if found else passage.text[:MAX_QUOTE]
