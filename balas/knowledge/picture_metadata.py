"""Pictures without what cameras and programs write beside the pixels: places, names, times, previews, comments.

Only what a decoder needs is kept, byte for byte: no pixel is encoded anew. A damaged file stays damaged.
"""

from __future__ import annotations

import re
import struct

from balas.knowledge.readers import picture_size

_START, _END, _SCAN, _APP0, _APP1, _APP14 = 0xD8, 0xD9, 0xDA, 0xE0, 0xE1, 0xEE
_JPEG_KEPT = frozenset({*range(0xC0, 0xD0), *range(_SCAN, 0xE0)} - {0xC8})  # frames, tables, scans, restarts
_JPEG_MARKER = re.compile(rb"\xff[^\x00\x01\xd0-\xd8\xff]")  # the next one that begins something else
_MOST_SEGMENTS = 10_000  # a camera writes some twenty, a progressive picture some hundred
_PNG_KEPT = frozenset({b"IHDR", b"PLTE", b"IDAT", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"sBIT", b"bKGD", b"pHYs"})
_PNG_END = b"\0\0\0\0IEND\xaeB`\x82"
_WEBP_KEPT = frozenset({b"VP8 ", b"VP8L", b"VP8X", b"ALPH"})
_WEBP_ANNOUNCED = 0x20 | 0x08 | 0x04  # colour profile, EXIF, XMP


def stripped(content: bytes) -> bytes:
    """A JPEG, PNG or WebP without its metadata, the orientation of a JPEG aside; anything else as it is."""
    if content.startswith(b"\xff\xd8\xff"):
        return _jpeg(content)
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return _png(content)
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return _webp(content)
    return content


def _jpeg(content: bytes) -> bytes:
    """Phones append films and second pictures behind the end; they go, too."""
    first, rest = bytearray(content[:2]), bytearray()
    at = 2
    for _ in range(_MOST_SEGMENTS):
        found = _JPEG_MARKER.search(content, at)
        if found is None:
            break
        at, marker = found.start(), content[found.start() + 1]
        if marker == _END:
            rest += content[at : at + 2]
            break
        end = at + 2 + int.from_bytes(content[at + 2 : at + 4], "big")
        if end < at + 4:
            break  # no length: nothing behind it can be told apart
        body = content[at + 4 : min(end, at + 16)]
        if marker == _APP0 and body.startswith(b"JFIF\0"):
            first += _segment(_APP0, body + b"\0\0")  # its resolution, without its preview
        elif marker == _APP14 and body.startswith(b"Adobe"):
            rest += _segment(_APP14, body)  # how colours are written
        elif marker in _JPEG_KEPT:
            until = _JPEG_MARKER.search(content, end) if marker == _SCAN else None
            if marker == _SCAN:
                end = until.start() if until else len(content)
            rest += content[at:end]
        at = end
    return bytes(first + _orientation(picture_size.turn(content)) + rest)


def _orientation(turn: int) -> bytes:
    if turn == 1:
        return b""
    return _segment(_APP1, b"Exif\0\0MM\0*" + struct.pack(">LHHHLHHL", 8, 1, 0x0112, 3, 1, turn, 0, 0))


def _segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def _png(content: bytes) -> bytes:
    kept = bytearray(content[:8])
    at = 8
    while at + 8 <= len(content):
        length, kind = struct.unpack_from(">L4s", content, at)
        if kind == b"IEND":
            kept += _PNG_END
            break
        if kind in _PNG_KEPT:
            kept += content[at : at + 12 + length]
        at += 12 + length
    return bytes(kept)


def _webp(content: bytes) -> bytes:
    kept = bytearray(b"WEBP")
    at = 12
    while at + 8 <= len(content):
        kind, length = struct.unpack_from("<4sL", content, at)
        end = at + 8 + length + length % 2
        if kind == b"VP8X" and at + 8 < len(content):
            flags = content[at + 8] & ~_WEBP_ANNOUNCED
            kept += content[at : at + 8] + bytes([flags]) + content[at + 9 : end]
        elif kind in _WEBP_KEPT:
            kept += content[at:end]
        at = end
    return b"RIFF" + struct.pack("<L", len(kept)) + kept
