"""How many pixels a picture declares, read from its first bytes: what is too large is never decoded."""

from __future__ import annotations

import struct

_JPEG_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})


def size(content: bytes) -> tuple[int, int] | None:
    """Width and height of a PNG, JPEG or WebP; None when they cannot be told."""
    try:
        if content.startswith(b"\x89PNG\r\n\x1a\n"):
            width, height = struct.unpack_from(">2L", content, 16)
            return width, height
        if content.startswith(b"\xff\xd8"):
            return _jpeg(content)
        if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
            return _webp(content)
    except (struct.error, IndexError):
        return None
    return None


def turn(content: bytes) -> int:
    """The orientation a JPEG's camera wrote down (EXIF), 1 to 8; 1 is upright."""
    at = content.find(b"Exif\0\0", 0, 65_536)
    if at < 0:
        return 1
    start = at + 6
    order = "<" if content[start : start + 2] == b"II" else ">"
    try:
        entries = start + struct.unpack_from(f"{order}L", content, start + 4)[0]
        for number in range(min(100, struct.unpack_from(f"{order}H", content, entries)[0])):
            tag, _, _, value = struct.unpack_from(f"{order}HHLH", content, entries + 2 + 12 * number)
            if tag == 0x0112:
                return value if 1 <= value <= 8 else 1
    except struct.error:
        return 1
    return 1


def _jpeg(content: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 < len(content):
        if content[at] != 0xFF:
            return None
        marker = content[at + 1]
        if marker in _JPEG_FRAMES:
            height, width = struct.unpack_from(">2H", content, at + 5)
            return width, height
        alone = marker == 0xFF or marker == 0x01 or 0xD0 <= marker <= 0xD8
        at += 1 if marker == 0xFF else 2 if alone else 2 + struct.unpack_from(">H", content, at + 2)[0]
    return None


def _webp(content: bytes) -> tuple[int, int] | None:
    kind = content[12:16]
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<2H", content, 26)
        return width & 0x3FFF, height & 0x3FFF
    if kind == b"VP8L":
        bits = struct.unpack_from("<L", content, 21)[0]
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8X":
        width, height = (int.from_bytes(content[at : at + 3], "little") + 1 for at in (24, 27))
        return width, height
    return None
