"""Names in a text of a script that has capitals: people, places, brands."""

from __future__ import annotations

import re

_WORD = r"[A-ZÀ-ÖØ-ÞА-ЯІЇЄҐ](?:[^\W\d_]|['’-])+(?!\d)"
_NAME = re.compile(rf"(?<![.!?:•\-\n\"“«(…]\s)(?<!^)\b{_WORD}(?:\s+{_WORD})*", re.MULTILINE)


def names(text: str) -> list[str]:
    """Capitalised words that do not begin a sentence; those that follow one another are one name."""
    return _NAME.findall(text)
