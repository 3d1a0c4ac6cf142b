"""Passages that say the same: equal but for blanks, case, page numbers and the date of printing.

A date within a sentence is part of what is said: two notices that differ by it are two.
"""

from __future__ import annotations

import hashlib
import re

LONG = 200  # characters: in a text of so many a bare date is that of the page

_DATE = r"(?:\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}|\d{1,2}\.? [^\W\d]+\.?,? \d{4}|[^\W\d]+ \d{1,2},? \d{4})"
_TIME = r"(?:,? ?(?:\w{2,6} )?\d{1,2}[:.]\d{2}(?:[:.]\d{2})?(?: ?[ap]m)?(?: [a-z]{2,4})?)?"
_BARE = re.compile(rf"\W*{_DATE}{_TIME}\W*")
_PRINTED = re.compile(
    r"\W*(?:printed|print date|last updated|updated|last modified|generated|retrieved|as of|dicetak|tanggal cetak"
    r"|diperbarui|terakhir diperbarui|diakses|impreso|actualizado|última actualización|impresso|atualizado|gedruckt"
    rf"|stand|imprimé|mis à jour)(?: on| at| pada| el| em| am| le)?\W*{_DATE}{_TIME}\W*"
)
_PAGE = re.compile(
    r"\W*(?:page|halaman|hal|p[áa]gina|p[áa]g|seite|trang|หน้า)\W*\d{1,4}(?: ?(?:/|of|dari|de|von|จาก) ?\d{1,4})?\W*"
    r"|\W*\d{1,4} ?(?:/|of|dari|de|von) ?\d{1,4}\W*"
)


def meaning(text: str, heading: str) -> tuple[str, str]:
    """Equal for passages that say the same. The same words under another heading do not: "Rp 5.000" under "Tea"."""
    return " ".join(heading.lower().split()), fingerprint(text)


def fingerprint(text: str) -> str:
    lines = [" ".join(line.lower().split()) for line in text.split("\n")]
    long = len(text) >= LONG
    kept = [line for line in lines if line and not _is_margin(line, long)]
    return hashlib.sha256(" ".join(kept).encode("utf-8", "replace")).hexdigest()


def _is_margin(line: str, long: bool) -> bool:
    if len(line) > 80 or not any(character.isdigit() for character in line):
        return False
    return bool(_PAGE.fullmatch(line) or _PRINTED.fullmatch(line) or (long and _BARE.fullmatch(line)))
