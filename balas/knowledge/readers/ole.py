"""The directory of an OLE container (.xls, .doc, .ppt, files with a password): only to tell what it holds."""

from __future__ import annotations

import struct

SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MAX_DIRECTORY_SECTORS = 4_096

_ENTRY_BYTES = 128
_NO_ENTRY = 0xFFFFFFFF
_HEADER_SECTORS = 109  # of the allocation table, named in the header; a file of 25 MiB needs no more


def names(content: bytes) -> set[str]:
    """The streams and storages at the top, those of embedded documents not; empty when the container is damaged."""
    try:
        entries = _directory(content)
    except struct.error:
        return set()
    found: set[str] = set()
    seen: set[int] = set()
    root = entries[0] if entries else b""
    waiting = [struct.unpack_from("<L", root, 76)[0]] if root else []
    while waiting:
        index = waiting.pop()
        if index >= len(entries) or index in seen:
            continue
        seen.add(index)
        left, right = struct.unpack_from("<2L", entries[index], 68)
        waiting += [left, right]
        found.add(_name(entries[index]))
    return found


def _directory(content: bytes) -> list[bytes]:
    shift, first = struct.unpack_from("<H", content, 30)[0], struct.unpack_from("<L", content, 48)[0]
    if shift not in {9, 12}:
        return []
    size = 1 << shift
    table: list[int] = []
    for number in struct.unpack_from(f"<{_HEADER_SECTORS}L", content, 76):
        if number < _NO_ENTRY - 5 and (number + 2) * size <= len(content):
            table += struct.unpack_from(f"<{size // 4}L", content, (number + 1) * size)
    entries: list[bytes] = []
    sector = first
    for _ in range(MAX_DIRECTORY_SECTORS):
        start = (sector + 1) * size
        piece = content[start : start + size]
        if not piece:
            break
        entries += [piece[at : at + _ENTRY_BYTES] for at in range(0, len(piece) - _ENTRY_BYTES + 1, _ENTRY_BYTES)]
        if sector >= len(table):
            break
        sector = table[sector]
    return entries


def _name(entry: bytes) -> str:
    length = struct.unpack_from("<H", entry, 64)[0]
    return entry[: max(0, min(length, 64) - 2)].decode("utf-16-le", "replace")
