"""Bytes to text. What cannot be decoded for sure is refused: a shop must never answer in mojibake."""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections import Counter

from balas.errors import DocumentRejected

SAMPLE = 32 * 1024

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_UTF16 = ("utf-16-le", "utf-16-be")
_DECLARED = re.compile(rb"""<meta[^>]{0,200}charset\s*=\s*["']?([\w-]{3,20})""", re.IGNORECASE)
# Letters of Icelandic, and signs between letters: what Polish, Turkish and Greek look like when read as cp1252.
_WITHIN_WORD = re.compile(r"[ÐÞðþ]|[^\W\d_][¡-©«-´¶-¹»-¿×÷ƒˆ˜†‡‰][^\W\d_]")
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")


def decode(content: bytes) -> str:
    """The text without its byte order mark, newlines as they are."""
    for mark, name in _BOMS:
        if content.startswith(mark):
            return _decode(content[len(mark) :], name)
    if b"\x00" in content:
        return _utf16(content)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return _legacy(content)


def is_text(content: bytes) -> bool:
    """Whether the bytes look like text of some encoding; cheap, by a sample."""
    sample = content[:SAMPLE]
    if any(sample.startswith(mark) for mark, _ in _BOMS):
        return True
    if b"\x00" in sample:
        return _utf16_name(sample) is not None
    controls = sum(c < 9 or 13 < c < 27 or 27 < c < 32 for c in sample)
    return controls <= len(sample) // 500 or _ideographic_utf16(sample) is not None


def peek(content: bytes) -> str:
    """The first characters, good enough to look for markup."""
    sample = content[:4096]
    for mark, name in _BOMS:
        if sample.startswith(mark):
            return sample[len(mark) :].decode(name, "replace")
    if b"\x00" in sample and (order := _utf16_name(sample)):
        return sample.decode(order, "replace")
    return sample.decode("utf-8", "replace")


def _decode(content: bytes, name: str) -> str:
    try:
        return content.decode(name)
    except (UnicodeDecodeError, LookupError) as error:
        raise _undecodable() from error


def _utf16(content: bytes) -> str:
    name = _utf16_name(content[:SAMPLE])
    if name is None:
        raise _undecodable()
    return _decode(content, name)


def _utf16_name(sample: bytes) -> str | None:
    """UTF-16 without a mark: the byte order in which nearly all characters are letters, digits and plain signs."""
    sample = sample[: len(sample) // 2 * 2]
    best = max((_plain_share(sample.decode(name, "ignore")), name) for name in _UTF16)
    return best[1] if best[0] > 0.97 else _ideographic_utf16(sample)


def _plain_share(text: str) -> float:
    """How much of a text is printable and in its own four most common 256-blocks, as text of one language is."""
    if not text:
        return 0.0
    kinds = Counter(unicodedata.category(c)[0] if c not in "\r\n\t" else "Z" for c in text)
    odd = kinds["C"] + max(0, kinds["M"] - 0.45 * len(text))  # no script has more marks than letters
    blocks = Counter(ord(c) >> 8 for c in text)
    common = sum(count for _, count in blocks.most_common(4))
    ideographs = sum(count for block, count in blocks.items() if 0x30 <= block < 0xA0 or 0xAC <= block < 0xD8)
    return (1 - odd / len(text)) * min(1.0, max(common, ideographs + blocks[0]) / len(text))


def _ideographic_utf16(sample: bytes) -> str | None:
    """UTF-16 of Chinese or Japanese without the blanks, digits and line breaks that show it.

    Shift JIS read so gives ideographs too, but never kana or full-width punctuation.
    """
    sample = sample[: len(sample) // 2 * 2]
    for name in _UTF16:
        text = sample.decode(name, "ignore")
        marks = sum("\u3000" <= c <= "\u30ff" or "\uff00" <= c <= "\uffef" for c in text)
        ideographs = sum("\u4e00" <= c <= "\u9fff" for c in text)
        if marks * 50 >= len(text) > 0 and marks + ideographs >= 0.97 * len(text):
            return name
    return None


def _legacy(content: bytes) -> str:
    """An encoding of the time before Unicode: what a page declares, else what charset-normalizer finds."""
    if declared := _DECLARED.search(content[:2048]):
        return _decode(content, declared[1].decode("ascii"))
    from charset_normalizer import from_bytes  # noqa: PLC0415 - the web process sniffs uploads and needs none of it

    sample = _around_high_bytes(content)
    name = _ideographic_utf16(content[:SAMPLE]) or _western(sample)
    if name is None and (found := from_bytes(sample).best()):
        name = found.encoding
    if name is None:
        raise _undecodable()
    text = _decode(content, name)
    if len(_CONTROLS.findall(text)) > len(text) // 1000:
        raise _undecodable()
    return text


def _around_high_bytes(content: bytes) -> bytes:
    """A sample that holds the bytes the question is about, wherever in a mostly plain file they stand."""
    if len(content) <= SAMPLE:
        return content
    lines = [line for line in content.splitlines() if not line.isascii()]
    return b"\n".join(lines)[:SAMPLE]


def _western(sample: bytes) -> str | None:
    """cp1252 when letters beyond ASCII are the lesser part of every word, as in European and Indonesian text.

    charset-normalizer alone takes short Western texts for cp1250, Big5 or Turkish.
    """
    try:
        text = sample.decode("cp1252")
    except UnicodeDecodeError:
        return None
    words = re.findall(r"[^\W\d_]+", text)
    accented = sum(not c.isascii() for word in words for c in word)
    foreign = any(sum(not c.isascii() for c in word) * 2 > len(word) > 1 for word in words)
    return None if foreign or _WITHIN_WORD.search(text) or accented * 3 > sum(map(len, words)) else "cp1252"


def _undecodable() -> DocumentRejected:
    return DocumentRejected("The characters of this file could not be told: save it as UTF-8 text and upload it again.")
