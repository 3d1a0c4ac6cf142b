"""Shared by the readers of presentations: what stands on most slides is dropped, hidden slides are told."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from balas.errors import DocumentRejected
from balas.knowledge.readers.words import one_line
from balas.values import Block, ParsedDocument

TITLE_LEVEL = 1  # of a title slide
SLIDE_LEVEL = 2
MAX_SLIDES = 2_000
MAX_REPEATED = 100  # characters of what may be a footer

# What PowerPoint fills in by itself, in any language.
_WORTHLESS_TITLE = re.compile(r"(?i)^(.{0,25}power\s?point.{0,25}|slide \d+|untitled.*|.*\.pptx?|.*\.odp)$")


def check_count(count: int) -> None:
    if count > MAX_SLIDES:
        raise DocumentRejected(f"The file has {count:,} slides, more than {MAX_SLIDES:,}: split it.", status=413)


def document(title: str, slides: Sequence[list[Block]], hidden: Sequence[int]) -> ParsedDocument:
    """`slides` holds an empty list for each number in `hidden`."""
    title = one_line(title)
    named = ", ".join(map(str, hidden[:20])) + (" and more" if len(hidden) > 20 else "")
    return ParsedDocument(
        title="" if _WORTHLESS_TITLE.match(title) else title,
        blocks=tuple(block for slide in _without_repeated(slides) for block in slide),
        pages=len(slides),
        warnings=(f"Hidden slides were left out: {named}.",) if hidden else (),
    )


def _without_repeated(slides: Sequence[list[Block]]) -> list[list[Block]]:
    """Without short texts that stand on most slides: a slogan, a name, an address."""
    shown = [slide for slide in slides if slide]
    seen = Counter(text for slide in shown for text in {_margin(block) for block in slide} if text)
    repeated = {text for text, count in seen.items() if count >= 3 and count * 2 > len(shown)}
    return [[block for block in slide if _margin(block) not in repeated] for slide in slides]


def _margin(block: Block) -> str:
    flowing = block.kind == "text" and block.heading_level is None and len(block.text) <= MAX_REPEATED
    return one_line(block.text) if flowing else ""
