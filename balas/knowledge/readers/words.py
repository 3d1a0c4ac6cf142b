"""Cleaning that every reader's text goes through."""

from __future__ import annotations

import re
import unicodedata

_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u200b\u2060\u2066-\u2069\u202a-\u202e\ufeff\ufffe\uffff\ud800-\udfff]"
)
_NEWLINES = re.compile("\r\n?|[\x0c\x85\u2028\u2029]")
_BLANKS = re.compile("[ \t\u00a0\u2000-\u200a\u202f\u205f\u3000]+")


def clean(text: str) -> str:
    """One block's text: NFC, no controls or direction marks, single blanks, no empty lines. Joiners of scripts stay."""
    text = _INVISIBLE.sub("", _NEWLINES.sub("\n", unicodedata.normalize("NFC", text)))
    lines = (_BLANKS.sub(" ", line).strip() for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


def one_line(text: str) -> str:
    return " ".join(clean(text).split())
