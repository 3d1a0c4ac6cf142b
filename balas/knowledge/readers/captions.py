"""Short lines above their paragraphs, by which a text without markup, or with a messenger's, is parted."""

from __future__ import annotations

import re
from collections.abc import Sequence

LEVEL = 3  # below capital and underlined lines
LONGEST = 60  # characters
FIGURES = 2  # digits: "Day 10", not a price or a telephone number
SHARE = 0.6  # of the paragraphs from the first one on: else the next paragraph would stand under a stranger's caption

_NUMBER = re.compile(r"^(?:§\s*)?\d{1,2}(?:\.\d{1,2})*[.)]?\s+(?=\S)")
_BULLET = re.compile(r"^[-*•●◦▪–]\s")
_ENUMERATED = re.compile(r"^\d{1,3}[.)]\s")
_STARRED = re.compile(r"^[^\w*]*\*(?=\S)[^*]{2,60}\*[^\w*]*$")  # "📍 *Address*", bold in a messenger
_ENDS = re.compile(r"[.!?…:;,。！？।؟،][\"'”’»)]*$")
_SENTENCE = re.compile(r"[.!?…。！？।؟][\"'”’»)]*$")


def places(parts: Sequence[Sequence[str]]) -> frozenset[int]:
    """Which parts, each the lines between empty ones, begin with a caption. At least two of them, and most."""
    margin = max((len(line) for lines in parts for line in lines), default=0)
    found = [place for place, lines in enumerate(parts) if _has_caption(lines, margin)]
    if len(found) < 2:
        return frozenset()
    following = [lines for lines in parts[found[0] :] if lines]
    return frozenset(found) if len(found) >= SHARE * len(following) else frozenset()


def is_starred(line: str) -> bool:
    """Is it bold from end to end, and no sentence?"""
    return bool(_STARRED.match(line)) and not _ENDS.search(line.rstrip("* "))


def without_stars(line: str) -> str:
    return line.replace("*", "") if is_starred(line) else line


def _has_caption(lines: Sequence[str], margin: int) -> bool:
    if len(lines) < 2:
        return False
    if is_starred(lines[0]):
        return True
    first, second, last = lines[0], lines[1], lines[-1]
    said = _NUMBER.sub("", first)
    if len(said) > LONGEST or _ENDS.search(said) or ":" in said or sum(char.isdigit() for char in said) > FIGURES:
        return False
    if not any(char.isalpha() for char in said) or said[0].islower() or _BULLET.match(said):
        return False
    if _BULLET.match(second):
        return True
    if (
        not any(map(str.isalnum, second))
        or second[0].islower()
        or (_ENUMERATED.match(first) and _ENUMERATED.match(second))
    ):
        return False
    # A line that a margin broke has no room for the word after it.
    had_room = len(first) + 1 + len(second.split(" ", 1)[0]) <= margin
    return had_room and bool(_ENUMERATED.match(second) or _SENTENCE.search(last))
