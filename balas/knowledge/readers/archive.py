"""ZIP containers (.docx, .xlsx, .odt, .epub …), looked through before anything believes what they declare."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

from balas.errors import DocumentRejected

MAX_ENTRIES = 5_000
MAX_DIRECTORY_BYTES = 1024 * 1024
MAX_INFLATED_BYTES = 200 * 1024 * 1024
MAX_RATIO = 100
RATIO_COUNTS_FROM_BYTES = 1024 * 1024  # a small file of blanks may well shrink a hundredfold
BLOCK = 256 * 1024

_END = b"PK\x05\x06"
_DAMAGED = (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, struct.error, OSError)


def is_zip(content: bytes) -> bool:
    return _end_record(content) is not None


def names(content: bytes) -> list[str]:
    """The entries' names, checked for count and for paths that lead out. Nothing is inflated."""
    with _open(content) as container:
        return container.namelist()


def check(content: bytes) -> None:
    """Inflate every entry, keeping nothing, and raise as soon as one limit is passed.

    The declared sizes are not believed: calamine inflates by itself until the stream ends.
    """
    total = 0
    with _open(content) as container:
        for entry in container.infolist():
            total = _inflate(container, entry, total, len(content))


def read(content: bytes, name: str) -> bytes | None:
    """One entry of a container that passed `check`, or None."""
    with _open(content) as container:
        return container.read(name) if name in container.namelist() else None


def opened(content: bytes) -> zipfile.ZipFile:
    """A container that passed `check`, for readers of many entries."""
    check(content)
    return _open(content)


def first_bytes(content: bytes, name: str, count: int) -> bytes:
    """The beginning of one entry, before the container is checked; empty when it cannot be read."""
    with _open(content) as container:
        try:
            with container.open(name) as stream:
                return stream.read(count)
        except (*_DAMAGED, RuntimeError):  # RuntimeError: the entry has a password
            return b""


def _inflate(container: zipfile.ZipFile, entry: zipfile.ZipInfo, total: int, size: int) -> int:
    if entry.flag_bits & 1:
        raise DocumentRejected("The file is protected with a password: save it without one.")
    if total + entry.file_size > MAX_INFLATED_BYTES:
        raise _bomb()
    try:
        with container.open(entry) as stream:
            while block := stream.read(BLOCK):
                total += len(block)
                if total > MAX_INFLATED_BYTES or (total > RATIO_COUNTS_FROM_BYTES and total > MAX_RATIO * size):
                    raise _bomb()
    except _DAMAGED as error:
        raise DocumentRejected("The file is damaged: it could not be unpacked. Save it again.") from error
    return total


def _open(content: bytes) -> zipfile.ZipFile:
    end = _end_record(content)
    if end is None:
        raise DocumentRejected("The file is damaged: its table of contents is missing. Save it again.")
    entries, directory_bytes = end
    # zipfile makes an object of every entry in the directory, so its size is judged before it is opened.
    if entries > MAX_ENTRIES or directory_bytes > MAX_DIRECTORY_BYTES:
        raise DocumentRejected(f"The file is an archive of more than {MAX_ENTRIES} entries: refused.")
    try:
        container = zipfile.ZipFile(io.BytesIO(content))
    except _DAMAGED as error:
        raise DocumentRejected("The file is damaged: it could not be unpacked. Save it again.") from error
    listed = container.namelist()
    if len(listed) > MAX_ENTRIES:
        raise DocumentRejected(f"The file is an archive of more than {MAX_ENTRIES} entries: refused.")
    if any(_leads_out(name) for name in listed) or len(set(listed)) != len(listed):
        raise DocumentRejected("The file holds entries that lead out of it or come twice: refused.")
    return container


def _end_record(content: bytes) -> tuple[int, int] | None:
    """Entry count and directory size as declared at the end. 64-bit records give 0xFFFF…: over the limit."""
    at = content.rfind(_END, max(0, len(content) - 65_557))
    if at < 0 or at + 22 > len(content):
        return None
    _, _, _, _, entries, directory_bytes, _, _ = struct.unpack("<4s4H2LH", content[at : at + 22])
    return entries, directory_bytes


def _leads_out(name: str) -> bool:
    return name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/") or name[1:2] == ":"


def _bomb() -> DocumentRejected:
    return DocumentRejected("The file unpacks to far more than it should: refused as a decompression bomb.")
