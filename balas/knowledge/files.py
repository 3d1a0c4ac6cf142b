"""What an upload is, by its bytes; and names that are safe to show."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from pathlib import PurePosixPath

from balas.errors import DocumentRejected
from balas.knowledge.readers import archive, charset, ole

MAX_BYTES = 25 * 1024 * 1024
MAX_NAME = 120


class FileType(StrEnum):
    """The value is the file extension. In the order in which a refusal lists them."""

    PDF = "pdf"
    DOCX = "docx"
    ODT = "odt"
    RTF = "rtf"
    PPTX = "pptx"
    ODP = "odp"
    XLSX = "xlsx"
    XLS = "xls"
    ODS = "ods"
    CSV = "csv"
    HTML = "html"
    EPUB = "epub"
    MD = "md"
    TXT = "txt"
    JSONL = "jsonl"
    JPG = "jpg"
    PNG = "png"
    WEBP = "webp"
    PAGE = "page"  # of a website, as the crawl keeps it; never recognised in an upload

    @property
    def reader(self) -> str:
        """The module of `balas.knowledge.readers` that reads it."""
        return "picture" if self in {FileType.JPG, FileType.PNG, FileType.WEBP} else self.value

    @property
    def may_be_recognised(self) -> bool:
        """Whether reading it may need text recognition, which takes minutes."""
        return self is FileType.PDF or self.reader == "picture"


_NAMES = [f".{kind}" for kind in FileType if kind is not FileType.PAGE]
READABLE = f"{', '.join(_NAMES[:-1])} and {_NAMES[-1]}"

# A name with one of these must match the content; every other name only helps to tell kinds of text apart.
_BINARY = {
    **{str(kind): kind for kind in (FileType.PDF, FileType.DOCX, FileType.ODT, FileType.RTF, FileType.PPTX)},
    **{str(kind): kind for kind in (FileType.ODP, FileType.XLSX, FileType.XLS, FileType.ODS, FileType.EPUB)},
    **{str(kind): kind for kind in (FileType.JPG, FileType.PNG, FileType.WEBP)},
    "jpeg": FileType.JPG,
    "jpe": FileType.JPG,
}
_TEXT = {
    "md": FileType.MD, "markdown": FileType.MD, "csv": FileType.CSV, "tsv": FileType.CSV, "html": FileType.HTML,
    "htm": FileType.HTML, "xhtml": FileType.HTML, "jsonl": FileType.JSONL, "ndjson": FileType.JSONL,
}  # fmt: skip
ACCEPTED = ",".join(f".{name}" for name in [*_BINARY, *_TEXT, "txt"])
"""For the file picker of a browser. What is dropped onto the page may be called anything."""

_SIGNATURES = (
    (b"MZ", "a Windows program"),
    (b"\x7fELF", "a program"),
    (b"\xcf\xfa\xed\xfe", "a program"),
    (b"GIF8", "a GIF picture: save it as PNG or JPEG"),
    (b"II*\x00", "a TIFF picture: save it as PDF, PNG or JPEG"),
    (b"MM\x00*", "a TIFF picture: save it as PDF, PNG or JPEG"),
    (b"RIFF", "a sound or film"),
    (b"ID3", "a sound"),
    (b"OggS", "a sound"),
    (b"\x1f\x8b", "a compressed archive"),
    (b"7z\xbc\xaf", "a compressed archive"),
    (b"Rar!", "a compressed archive"),
    (b"SQLite format 3", "a database"),
)
_PICTURES = ((b"\x89PNG\r\n\x1a\n", FileType.PNG), (b"\xff\xd8\xff", FileType.JPG), (b"RIFF", FileType.WEBP))
_PHOTO_BRANDS = frozenset({b"heic", b"heix", b"mif1", b"msf1", b"hevc", b"avif", b"avis"})
_OPEN_DOCUMENT = {"text": FileType.ODT, "spreadsheet": FileType.ODS, "presentation": FileType.ODP}
_MARKUP = re.compile(
    r"\s*(?:<\?xml[^>]*\?>\s*)?(?:<!--.*?-->\s*)*<(!doctype\s+)?([a-z][\w:-]*)", re.IGNORECASE | re.DOTALL
)


def check_size(size: int) -> None:
    """Raise unless a file of this many bytes may be stored."""
    if size == 0:
        raise DocumentRejected("The file is empty: it has 0 bytes.")
    if size > MAX_BYTES:
        raise DocumentRejected(f"The file is larger than {MAX_BYTES // 1024 // 1024} MiB: split it.", status=413)


def sniff(name: str, content: bytes) -> FileType:
    """Recognise the type by the content. Raise `DocumentRejected` for what is not read, or contradicts its name."""
    check_size(len(content))
    claimed = extension(name)
    found = _binary_type(content) or _text_type(claimed, content)
    promised = _BINARY.get(claimed)
    if promised is not None and found is not promised:
        raise _unread(
            f"The file is named .{claimed} but holds {found.upper()}: give it its true name, or export it again"
        )
    return found


def extension(name: str) -> str:
    return PurePosixPath(name.replace("\\", "/")).suffix.lower().removeprefix(".")


def display_name(name: str) -> str:
    """The last part of an upload's name as harmless text of at most 120 characters, or "document"."""
    last = re.split(r"[/\\]", name.replace("\x00", ""))[-1]
    shown = "".join(c for c in unicodedata.normalize("NFC", last) if unicodedata.category(c)[0] not in "CZ" or c == " ")
    shown = " ".join(shown.split()).strip(". ")
    if len(shown) > MAX_NAME:
        stem, dot, suffix = shown.rpartition(".")
        suffix = dot + suffix if stem and len(suffix) <= 10 else ""
        shown = shown[: MAX_NAME - len(suffix) - 1].rstrip() + "…" + suffix
    if re.fullmatch(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?", shown):
        shown = "_" + shown
    return shown or "document"


def _binary_type(content: bytes) -> FileType | None:
    start = content.lstrip(b"\r\n\t ")[:64]
    if start.startswith(b"%PDF-"):
        if archive.is_zip(content):
            raise _unread("The file is a PDF and a ZIP at once")
        return FileType.PDF
    if start.startswith(b"PK\x03\x04") or content.startswith(b"PK\x05\x06"):
        return _zip_type(content)
    if content.startswith(ole.SIGNATURE):
        return _ole_type(content)
    if content.startswith(b"{\\rtf"):
        return FileType.RTF
    for signature, kind_of_picture in _PICTURES:
        if content.startswith(signature) and (kind_of_picture is not FileType.WEBP or content[8:12] == b"WEBP"):
            return kind_of_picture
    for signature, kind in _SIGNATURES:
        if content.startswith(signature):
            raise _unread(f"The file is {kind}")
    if content[4:8] == b"ftyp" and content[8:12] in _PHOTO_BRANDS:
        raise _unread("The file is a HEIC or AVIF photo: save it as JPEG")
    if content[4:8] == b"ftyp":
        raise _unread("The file is a film or sound")
    return None


def _zip_type(content: bytes) -> FileType:
    names = set(archive.names(content))
    for name, kind in (
        ("word/document.xml", FileType.DOCX),
        ("xl/workbook.xml", FileType.XLSX),
        ("ppt/presentation.xml", FileType.PPTX),
        ("META-INF/container.xml", FileType.EPUB),
    ):
        if name in names:
            return kind
    if "mimetype" in names and (found := _OPEN_DOCUMENT.get(_open_document(content))):
        return found
    if "xl/workbook.bin" in names:
        raise _unread("The file is a binary Excel workbook (.xlsb): save it as .xlsx")
    raise _unread("The file is a ZIP archive: unpack it and upload what is inside")


def _open_document(content: bytes) -> str:
    """ "text" for application/vnd.oasis.opendocument.text and for its templates."""
    kind = archive.first_bytes(content, "mimetype", 100).decode("ascii", "replace").strip()
    return kind.removeprefix("application/vnd.oasis.opendocument.").removesuffix("-template")


def _ole_type(content: bytes) -> FileType:
    names = ole.names(content)
    if names & {"EncryptedPackage", "EncryptionInfo"}:
        raise DocumentRejected("The file is protected with a password: save it without one.", status=415)
    if "WordDocument" in names:
        raise _unread("The file is an old Word document (.doc): save it as .docx")
    if "PowerPoint Document" in names:
        raise _unread("The file is an old PowerPoint file (.ppt): save it as .pptx")
    if names & {"Workbook", "Book"}:
        return FileType.XLS
    raise _unread("The file is an old .doc, .xls or .ppt that is damaged: save it as .docx, .xlsx or .pptx")


def _text_type(claimed: str, content: bytes) -> FileType:
    if not charset.is_text(content):
        raise _unread("The file holds neither text nor a known document")
    start = charset.peek(content)
    markup = _MARKUP.match(start)
    root = (markup[2] or "").lower() if markup else ""
    if root == "svg":
        raise _unread("The file is an SVG picture")
    if root in {"html", "head", "body"}:
        return FileType.HTML
    if start.lstrip().startswith("<?xml") or (markup and markup[1]):
        raise _unread("The file is XML")
    if claimed == "json" and not start.lstrip().startswith("{"):
        raise _unread("The file is JSON: export it as .jsonl, one object a line")
    if claimed == "json":
        return FileType.JSONL
    return _TEXT.get(claimed, FileType.TXT)


def _unread(what: str) -> DocumentRejected:
    return DocumentRejected(f"{what}. Balas reads {READABLE}.", status=415)
