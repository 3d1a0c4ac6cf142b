"""Mends what PDFium makes of scripts with marks and from right to left, by where the characters stand.

Chromium and Google Docs map each glyph of a Thai or Hindi syllable to the whole syllable, so marks come twice and with
blanks that nobody wrote; Arabic words come in the order of the paper.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence

Box = Callable[[int], tuple[float, float, float, float]]  # position to left, right, bottom, top

LOOK_BACK = 8  # a syllable's glyphs stand together
BLANK = 0.25  # in font sizes
NEAR = 0.35  # in font sizes: less than any letter is wide

_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")


def has_marks(code: int) -> bool:
    """Whether the character is of a script that builds syllables: Indic, Thai, Lao, Khmer, Burmese."""
    return 0x0900 <= code <= 0x0EFF or 0x1000 <= code <= 0x109F or 0x1780 <= code <= 0x17FF


def once(codes: Sequence[int], positions: Sequence[int], guessed: Sequence[int], box: Box, size: float) -> list[int]:
    """The positions without characters painted over themselves and without blanks that are none.

    `guessed`: those of blanks that PDFium put in where it saw a hole. Thai and its like part no words, so a narrow hole
    is none; in Hindi a hole of the same width may be either, and a word too many is better than two in one.
    """
    kept: list[int] = []
    for position in positions:
        if position in guessed and _narrow(codes, kept, position + 1, box, BLANK * size):
            continue
        if has_marks(codes[position]):
            repeating = bool(kept) and kept[-1] != position - 1  # the character before it was left out
            twin = _painted_before(codes, kept, position, box, size if repeating else NEAR * size)
            if twin is not None:
                if _is_mark(codes[position]) and twin and _same_letter(codes, kept[twin - 1], kept[-1], position):
                    kept.pop()  # its letter stood too far off to be seen as painted twice
                continue
        kept.append(position)
    return kept


def logical(word: str, lefts: Sequence[float]) -> str:
    """A word in the order it is spoken: the first letter of a right-to-left script stands rightmost."""
    letters = [place for place, character in enumerate(word) if _RIGHT_TO_LEFT.match(character)]
    if len(letters) < 2 or lefts[letters[0]] > lefts[letters[-1]]:
        return word
    first, last = letters[0], letters[-1] + 1
    return word[:first] + word[first:last][::-1] + word[last:]


def _narrow(codes: Sequence[int], kept: Sequence[int], following: int, box: Box, blank: float) -> bool:
    if (
        not kept
        or following >= len(codes)
        or not _parts_no_words(codes[kept[-1]])
        or not _parts_no_words(codes[following])
    ):
        return False
    return box(following)[0] - max(box(position)[1] for position in kept[-LOOK_BACK:]) < blank


def _parts_no_words(code: int) -> bool:
    return code >= 0x0E00 and has_marks(code)


def _is_mark(code: int) -> bool:
    return unicodedata.category(chr(code)).startswith("M")


def _same_letter(codes: Sequence[int], earlier: int, last: int, position: int) -> bool:
    return earlier != last == position - 1 and codes[earlier] == codes[last]


def _painted_before(codes: Sequence[int], kept: Sequence[int], position: int, box: Box, reach: float) -> int | None:
    """Where in `kept` the same character stands within `reach` of this one, if this one is painted over older ones."""
    recent = range(max(0, len(kept) - LOOK_BACK), len(kept))
    left = box(position)[0]
    if not recent or left >= max(box(kept[place])[1] for place in recent):
        return None
    for place in recent:
        if codes[kept[place]] == codes[position] and abs(box(kept[place])[0] - left) < reach:
            return place
    return None
