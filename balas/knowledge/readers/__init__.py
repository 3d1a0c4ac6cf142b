"""One short file a format, all of one shape: `read(content, progress) -> ParsedDocument`.

A reader leaves `title` empty when the document has none, and need neither clean its texts nor look for questions:
`balas.knowledge.parser` does both. It raises `DocumentRejected` for what cannot be read.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from balas.values import ParsedDocument

Progress = Callable[[str], None]
"""Takes a line for people: "reading page 12 of 40"."""


class Read(Protocol):
    def __call__(self, content: bytes, progress: Progress) -> ParsedDocument: ...
