"""Questions about a picture or file that came along: nobody here sees it."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from balas.rag.completion import content
from balas.rag.question import Asked
from balas.rag.words import cues, topics

MOST_NAMED = 2  # content words beside "this"; more say what is meant
_OF_ANYTHING = frozenset({topics.PRICE, topics.SHOP})  # what is asked of whatever a picture shows
_ITS = re.compile(r"nya\b")  # Indonesian and Malay, joined to its word: "transfernya"


def are_about_picture(parts: Sequence[Asked], spoken: Collection[str]) -> bool:
    """Can none of these be understood without the picture: "ini masih ada kak?", "how much?", "¿la tienen en rojo?"."""
    return all(_is_about_picture(part.own, spoken) for part in parts)


def _is_about_picture(own: str, spoken: Collection[str]) -> bool:
    if any(not topic <= _OF_ANYTHING for topic in topics.heard(_ITS.sub("", own)).topics):
        return False  # "kirim hari ini?", "la dirección?"
    shown = {word for code in spoken for word in cues.entries("shown", code)}
    named = [word for word in content(own) if word not in shown]
    return not named or (len(named) <= MOST_NAMED and any(cues.has(own, "shown", code) for code in spoken))
