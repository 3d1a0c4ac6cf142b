"""A long WhatsApp text as several messages: cut at paragraphs, then lines, then sentences, then words. Pure."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterator

_FENCE = "```"
# A code block, or the blank lines between paragraphs.
_BLOCKS = re.compile(r"(```\n.*?\n```(?=\n|\Z))|\n{2,}", re.DOTALL)
# What is not cut inside while it fits begins so: an address, inline code, or a marker as in "*bold*".
_START = re.compile(r"https?://\S+|`[^`\n]+`|(?<!\w)[*_~](?=\S)")
_CLOSING = re.compile(r"(?<=\S)[*_~](?!\w)")
_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"'”’)\]]*\s+|(?<=[。！？।॥])\s*")
_JOINER = "\u200d"
_DEEPEST = 8  # pairs in pairs that are opened again in each part; "*a *a *a" is as many as it is long
_BLANK = " \t\r\n\u200b"


def split_message(text: str, limit: int = 3500) -> list[str]:
    """Parts of at most `limit` characters, in order, none of them blank.

    Addresses and marker pairs stay whole unless one alone is longer than a part; a code block or pair that has to be
    cut is closed and opened again.
    """
    if limit < 1:
        raise ValueError("limit must be at least 1")
    parts = _pack(_paragraphs(text, limit), limit, "\n\n") if len(text) > limit else [text]
    trimmed = (part.strip("\n").rstrip() for part in parts)
    return [part for part in trimmed if part.strip(_BLANK)]


def _pack(pieces: Iterator[str], limit: int, separator: str) -> list[str]:
    """Pieces put together again as far as they fit."""
    packed: list[str] = []
    for piece in pieces:
        if packed and len(packed[-1]) + len(separator) + len(piece) <= limit:
            packed[-1] += separator + piece
        else:
            packed.append(piece)
    return packed


def _paragraphs(text: str, limit: int) -> Iterator[str]:
    for block, is_code in _split_blocks(text):
        if len(block) <= limit:
            yield block
        elif is_code and limit > 2 * len(_FENCE) + 2:
            yield from _code_parts(block, limit)
        else:
            yield from _pack(_lines(block, limit), limit, "\n")


def _split_blocks(text: str) -> Iterator[tuple[str, bool]]:
    at = 0
    for match in _BLOCKS.finditer(text):
        if text[at : match.start()].strip("\n"):
            yield text[at : match.start()].strip("\n"), False
        if match.group(1):
            yield match.group(1), True
        at = match.end()
    if text[at:].strip("\n"):
        yield text[at:].strip("\n"), False


def _code_parts(block: str, limit: int) -> Iterator[str]:
    room = limit - 2 * len(_FENCE) - 2
    lines = block.removeprefix(_FENCE + "\n").removesuffix("\n" + _FENCE).split("\n")
    pieces = (piece for line in lines for piece in ([line] if len(line) <= room else _graphemes(line, room)))
    for part in _pack(pieces, room, "\n"):
        yield f"{_FENCE}\n{part}\n{_FENCE}"


def _lines(block: str, limit: int) -> Iterator[str]:
    for line in block.split("\n"):
        if len(line) <= limit:
            yield line
        else:
            yield from _pack(_sentences(line, limit), limit, " ")


def _sentences(line: str, limit: int) -> Iterator[str]:
    whole = _Whole(line)
    at = 0
    for match in _SENTENCE_END.finditer(line):
        if match.end() == at or whole.torn_at(match.end()):
            continue
        yield from _words(line[at : match.end()].rstrip(), limit)
        at = match.end()
    if line[at:].strip():
        yield from _words(line[at:], limit)


class _Whole:
    """Addresses, inline code and marker pairs of a line: where it may not be cut."""

    def __init__(self, line: str) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        closing: dict[str, list[int]] = {"*": [], "_": [], "~": []}
        for match in _CLOSING.finditer(line):
            closing[match.group()].append(match.start())
        at = 0
        while (found := _START.search(line, at)) is not None:
            start, at = found.span()
            if (places := closing.get(found.group())) is not None:
                after = bisect_right(places, start + 1)
                if after == len(places):
                    continue
                at = places[after] + 1
            self._starts.append(start)
            self._ends.append(at)

    def torn_at(self, position: int) -> bool:
        before = bisect_left(self._starts, position) - 1
        return before >= 0 and position < self._ends[before]


def _words(sentence: str, limit: int) -> Iterator[str]:
    if len(sentence) <= limit:
        yield sentence
        return
    yield from _pack(_atoms(sentence, limit), limit, " ")


def _atoms(sentence: str, limit: int, depth: int = 0) -> Iterator[str]:
    """Words and whole pairs; what is longer than a part in pieces."""
    whole = _Whole(sentence)
    at = 0
    for match in re.finditer(r"\s+", sentence):
        if whole.torn_at(match.start()):
            continue
        if match.start() > at:
            yield from _atom(sentence[at : match.start()], limit, depth)
        at = match.end()
    if at < len(sentence):
        yield from _atom(sentence[at:], limit, depth)


def _atom(atom: str, limit: int, depth: int = 0) -> Iterator[str]:
    if len(atom) <= limit:
        yield atom
        return
    pair = re.fullmatch(r"([*_~`])(.+)\1(\W*)", atom, re.DOTALL)
    if pair is None or " " not in pair.group(2) or limit < 4 or depth == _DEEPEST:
        yield from _graphemes(atom, limit)
        return
    marker, inside, rest = pair.groups()
    parts = [f"{marker}{part}{marker}" for part in _pack(_atoms(inside, limit - 2, depth + 1), limit - 2, " ")]
    if rest and len(parts[-1]) + len(rest) > limit:
        yield from parts
        yield from _atom(rest, limit, depth)
    else:
        yield from [*parts[:-1], parts[-1] + rest]


def _graphemes(text: str, limit: int) -> Iterator[str]:
    at = 0
    while len(text) - at > limit:
        end = at + limit
        cut = end
        while cut > at and _inside_grapheme(text, cut):
            cut -= 1
        cut = cut if cut > at else end  # one grapheme longer than a part
        yield text[at:cut]
        at = cut
    yield text[at:]


def _inside_grapheme(text: str, at: int) -> bool:
    """Whether a person would see one character torn by a cut before `at`."""
    before, after = text[at - 1], text[at]
    if unicodedata.category(after) in ("Mn", "Mc", "Me") or _JOINER in (before, after):
        return True
    if "\U0001f3fb" <= after <= "\U0001f3ff" or (before == "\r" and after == "\n"):
        return True
    if after in "\u0e33\u0eb3":  # Thai and Lao AM belong to the letter before
        return True
    if _is_flag_half(before) and _is_flag_half(after):
        halves = 0
        while halves < at and _is_flag_half(text[at - 1 - halves]):
            halves += 1
        return halves % 2 == 1
    return "\u1160" <= after <= "\u11ff"  # Hangul vowels and finals written apart


def _is_flag_half(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"
