"""Shared by the readers of flowing text: paragraphs out of lines."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise

from balas.knowledge.readers import captions, columns, faq, tables
from balas.knowledge.readers.words import clean
from balas.values import Block

_ITEM = re.compile(r"^(?:[-*•●◦▪–]|\d{1,3}[.)]|[a-zA-Z][.)])\s+\S")
_CLAUSE = re.compile(r"^\d{1,2}(?:\.\d{1,2}){1,3}\.?\s+(\S)")  # "6.2 No visitors"
_RULE = re.compile(r"^[\s=\-_*~#]{3,}$")
_SENTENCE_END = re.compile(r"[.!?…:;。！？।؟]['\"”’)»]*$")
_PARTS_NO_WORDS = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]")

WRAPPED = 55  # lines at least this long were broken by a margin, not by the writer


def is_item(line: str) -> bool:
    """Whether a line begins a list item."""
    return bool(_ITEM.match(line))


def begins(line: str, after: str) -> bool:
    """Whether a line begins an item, or a numbered clause where the line before it ends a sentence."""
    clause = _CLAUSE.match(line)
    return is_item(line) or (clause is not None and clause[1].isupper() and bool(_SENTENCE_END.search(after)))


def paragraphs(text: str) -> list[Block]:
    """Paragraphs parted by empty lines, broken lines joined again; underlined and capital lines as headings, and the
    short lines that stand above paragraphs."""
    found: list[Block] = []
    split = re.split(r"\n[ \t]*(?:\n[ \t]*)+", text.replace("\r\n", "\n").replace("\r", "\n"))
    parts = [[line for line in (clean(line) for line in part.split("\n")) if line] for part in split]
    captioned = captions.places(parts)
    for place, lines in enumerate(parts):
        if rows := columns.rows(split[place]):
            found += tables.blocks(rows)
            continue
        if len(lines) >= 2 and _RULE.match(lines[1]) and len(lines[0]) <= 100:
            found.append(Block(lines[0], heading_level=1 if lines[1].startswith("=") else 2))
            lines = lines[2:]
        lines = [line for line in lines if not _RULE.match(line)]
        if place in captioned:
            found.append(Block(captions.without_stars(lines[0]), heading_level=captions.LEVEL))
            lines = lines[1:]
        elif len(lines) == 1 and (_shouts(lines[0]) or captions.is_starred(lines[0])):
            level = 2 if _shouts(lines[0]) else captions.LEVEL
            found.append(Block(captions.without_stars(lines[0]), heading_level=level))
            lines = []
        if lines:
            found.append(Block(rejoin(lines)))
    return found


def rejoin(lines: list[str]) -> str:
    """One paragraph: lines that a margin broke are joined by a blank, others keep their newline."""
    text = lines[0]
    for previous, line in pairwise(lines):
        anew = begins(line, previous) or faq.is_marked(line)
        broken = len(previous) >= WRAPPED and not _SENTENCE_END.search(previous)
        wrapped = len(previous) >= WRAPPED + 10 and len(lines) > 2 and not previous.endswith("?")
        text = join(text, line) if not anew and (broken or wrapped) else f"{text}\n{line}"
    return text


def join(before: str, after: str) -> str:
    """Two lines of one paragraph, with a blank between them unless their script parts no words."""
    tight = before and after and _PARTS_NO_WORDS.match(before[-1]) and _PARTS_NO_WORDS.match(after[0])
    return f"{before}{after}" if tight else f"{before} {after}"


def mended(before: str, after: str, words: Counter[str]) -> str:
    """Join two lines; a word broken by a hyphen is mended as the rest of the document, in `words`, writes it.

    Indonesian doubles words with a true hyphen ("buku-buku"), which must stay.
    """
    if not before.endswith(("-", "\u00ad")) or not after[:1].islower():
        return join(before, after)
    head = before[:-1]
    first, second = head.split()[-1].lower() if head.split() else "", after.split()[0].lower()
    whole, hyphened = first + second, f"{first}-{second}"
    doubled = bool(first) and (second.startswith(first) or first.endswith(second.rstrip(".,;:")))
    if before.endswith("-") and words[whole] == 0 and (doubled or words[hyphened] > 0):
        return f"{before}{after}"
    if doubled and words[whole] == 0:
        return f"{head}-{after}"
    return head + after


def _shouts(line: str) -> bool:
    return 3 < len(line) <= 80 and line.isupper() and not _SENTENCE_END.search(line.rstrip(":"))
