"""Plain text, uploaded or pasted."""

from __future__ import annotations

from balas.knowledge.readers import Progress, charset, plain
from balas.values import ParsedDocument


def read(content: bytes, progress: Progress) -> ParsedDocument:
    return ParsedDocument(title="", blocks=tuple(plain.paragraphs(charset.decode(content))))
