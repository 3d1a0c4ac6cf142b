"""What people hand in, as the documents it becomes: one per file, or one per line of a `.jsonl` file."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from balas.errors import DocumentRejected
from balas.knowledge import picture_metadata
from balas.knowledge.fetcher import Fetched
from balas.knowledge.files import FileType, check_size, display_name, sniff
from balas.knowledge.parser import parse_jsonl, title_of_name
from balas.knowledge.readers import charset

MAX_TITLE = 200
MAX_SHOWN_NAME = 255
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Terms:
    """What is said about a document beside its content. It holds at once, whichever version is live."""

    category: str | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Upload:
    """One document as handed in. `key` says what it replaces: the same key again is a new version.

    A picture loses its metadata here, before it is hashed, whichever way it was handed in.
    """

    source: str  # "file", "url", "text", "line", "sample" or "curated"
    key: str
    name: str  # as shown to people
    content: bytes
    file_type: FileType
    title: str | None = None  # None: the document's own, or its name
    language: str | None = None
    audience: str | None = None  # None: that of the version before stays
    first_audience: str | None = None  # of a document that is new, where nothing is said; None: everybody
    terms: Terms | None = None  # None: those of the version before stay

    def __post_init__(self) -> None:
        if self.file_type.reader == "picture":
            object.__setattr__(self, "content", picture_metadata.stripped(self.content))

    @property
    def source_key(self) -> str:
        return _digest(self.source, self.key)

    @property
    def content_hash(self) -> str:
        """Pasted texts differ by their titles too; a file is its bytes, whatever it is called."""
        own_title = self.title if self.source == "text" else ""
        return hashlib.sha256(f"{own_title}\0".encode() + self.content).hexdigest()

    @property
    def first_title(self) -> str:
        """What it is called until it has been read."""
        if self.file_type is FileType.PAGE:
            return self.title or self.name
        return self.title or title_of_name(self.name)


def uploaded_file(
    name: str,
    content: bytes,
    *,
    title: str | None = None,
    audience: str | None = None,
    source: str = "file",
    key: str | None = None,
    terms: Terms | None = None,
) -> list[Upload]:
    """The documents of a file: one, or those of a `.jsonl`. Raises `DocumentRejected` by its content.

    `key` is for callers that know more than the file's name, such as the folder it lies in.
    """
    file_type = sniff(name, content)
    shown = display_name(name)
    if file_type is FileType.JSONL:
        return list(_lines(key or shown, content, audience, terms))
    return [Upload(source, key or shown, shown, content, file_type, _title(title), audience=audience, terms=terms)]


def fetched_page(
    fetched: Fetched, *, title: str | None = None, audience: str | None = None, terms: Terms | None = None
) -> list[Upload]:
    """The documents behind an address, which is what they are known by."""
    file_type = sniff(fetched.name, fetched.content)
    if file_type is FileType.JSONL:
        return list(_lines(fetched.url, fetched.content, audience, terms))
    shown = fetched.url[:MAX_SHOWN_NAME]
    named = _title(title)
    return [Upload("url", fetched.url, shown, fetched.content, file_type, named, audience=audience, terms=terms)]


def pasted_text(title: str, text: str, *, audience: str | None = None, terms: Terms | None = None) -> Upload:
    """A text typed in. The same title again replaces it. Control characters, which come with copying, go."""
    shown = _title(title)
    if shown is None:
        raise DocumentRejected("The text needs a title.")
    text = _CONTROLS.sub("", text)
    content = text.encode("utf-8", "replace")
    check_size(len(content))
    if not text.strip():
        raise DocumentRejected("There is no text.")
    return Upload("text", shown, shown, content, FileType.TXT, shown, audience=audience, terms=terms)


def _lines(file_name: str, content: bytes, audience: str | None, terms: Terms | None) -> Iterator[Upload]:
    """Each line keeps its own bytes. Lines that a later file no longer has stay: such files are often increments."""
    raw_lines = (line for line in charset.decode(content).split("\n") if line.strip())
    for raw, entry in zip(raw_lines, parse_jsonl(content), strict=True):
        yield Upload(
            "line",
            f"{file_name}\0{entry.external_id}",
            f"{file_name} › {entry.external_id}"[:MAX_SHOWN_NAME],
            raw.strip().encode(),
            FileType.JSONL,
            _title(entry.document.title),
            entry.language,
            audience,
            terms=terms,
        )


def _title(title: str | None) -> str | None:
    return " ".join(_CONTROLS.sub("", title or "").split())[:MAX_TITLE] or None


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()
