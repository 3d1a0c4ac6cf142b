"""What most pages of a site repeat at their edges: menus, banners and footers that no markup marks as such. Pure."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Collection, Sequence

from balas.values import Block

FEWEST_PAGES = 5
SHARE = 0.6  # of all pages
MAX_KEYS = 1_000  # a page's outer blocks are enough: what is looked for stands at its edges


def block_key(block: Block) -> str:
    return _digest(" ".join(_words(block.text)))[:12]


def block_keys(blocks: Sequence[Block]) -> list[str]:
    """One for each block; of very long pages for the first and the last ones."""
    outer = blocks if len(blocks) <= MAX_KEYS else [*blocks[: MAX_KEYS // 2], *blocks[-MAX_KEYS // 2 :]]
    return [block_key(block) for block in outer]


def text_key(blocks: Sequence[Block]) -> str:
    """The same for the same words in the same order, whatever stands between them.

    Likeness is not enough: two branches of a shop may differ in their opening hours alone.
    """
    return _digest(" ".join(word for block in blocks for word in _words(block.text)))


def set_key(keys: Collection[str]) -> str:
    """The same for the same keys."""
    return _digest(" ".join(sorted(keys)))


def repeated(pages: Collection[Sequence[str]]) -> frozenset[str]:
    """Keys of blocks that stand on most of the pages."""
    if len(pages) < FEWEST_PAGES:
        return frozenset()
    counts = Counter(key for keys in pages for key in set(keys))
    enough = max(FEWEST_PAGES, SHARE * len(pages))
    return frozenset(key for key, count in counts.items() if count >= enough)


def main_part(blocks: Sequence[Block], common: Collection[str]) -> tuple[Block, ...]:
    """The blocks without those common ones that stand at the beginning or the end.

    A common block between a page's own words stays: "Warranty: 1 year" on each product is an answer. A page that holds
    nothing else stays whole.
    """
    keys = [block_key(block) for block in blocks]
    start, stop = 0, len(keys)
    while start < stop and keys[start] in common:
        start += 1
    while stop > start and keys[stop - 1] in common:
        stop -= 1
    return tuple(blocks[start:stop]) or tuple(blocks)


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
