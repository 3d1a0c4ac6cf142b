"""A page of a website as the crawl keeps it: its own blocks, without what all pages of the site repeat."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from balas.errors import DocumentRejected
from balas.knowledge.readers import Progress
from balas.values import Block, ParsedDocument


class _Page(msgspec.Struct):
    title: str
    blocks: list[Block]


def read(content: bytes, progress: Progress) -> ParsedDocument:
    try:
        page = msgspec.json.decode(content, type=_Page)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise DocumentRejected("The page is damaged: read its website again.") from error
    return ParsedDocument(title=page.title, blocks=tuple(page.blocks))


def written(title: str, blocks: Sequence[Block]) -> bytes:
    """The other way round. The same page gives the same bytes."""
    return msgspec.json.encode(_Page(title, list(blocks)))
