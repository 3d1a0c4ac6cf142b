"""What is said in passing, in words that no list holds: laughter, and thanks to somebody by name or with a wish."""

from __future__ import annotations

import re
from collections.abc import Sequence

from balas.rag.words import cues, topics

MOST_BESIDE = 4  # words that may follow the thanks
MOST_SIGNS = 12  # the same of a script without blanks

_LAUGHTER = re.compile(
    r"(?:[ae]?(?:h[aeio]+){2,}h?|h(?:ah|eh|ih)+|(?:a?j[aei]){2,}j?|(?:wk){2,}w?|(?:kw?[aei]){3,}|(?:k|w){4,}|(?:rs){2,}"
    r"|(?:hue){2,}|(?:xi){2,}|(?:[аыэ]?[хг][аеиоэы]+){2,}х?|а(?:ха)+х?|هه{2,}|خخ{2,}|(?:ха)+|l[oue]l+|lo+l|lmf?ao+|rofl|mdrr*|ptdrr*"
    r"|[xх]d+|[ㅋᄏ]{2,}|[ㅎᄒ]{2,}|哈{2,}|呵{2,}|嘻{2,}|笑|草|ฮ่า(?:ๆ|ฮ่า)*|(?:हा|ही){2,}|ह{3,}|(?:হা|হি){2,}|(?:χα){2,})"
)
_FIVES = re.compile(r"5{3,}")  # "five" is "ha" in Thai
_QUESTION = re.compile(r"[?？؟]|\d")
_ASKING = ("ask", "amount", "time", "duration", "negation", "open")


def without_laughter(words: Sequence[str], prior: str | None = None) -> list[str]:
    return [word for word in words if not _LAUGHTER.fullmatch(word) and not (prior == "th" and _FIVES.fullmatch(word))]


def are_thanks(text: str, words: Sequence[str], thanked: int) -> bool:
    """Do these words say nothing more than thanks to somebody? `thanked`: how many at the beginning are thanks."""
    if _QUESTION.search(text):
        return False
    rest = list(words[thanked:])
    if not thanked and len(words) == 1 and cues.is_unspaced(words[0]):
        rest = _after_thanks(words[0])
    elif not thanked:
        return False
    beside = " ".join(rest)
    if not rest or len(rest) > MOST_BESIDE or (cues.is_unspaced(beside) and len(beside) > MOST_SIGNS):
        return False
    wanted = any(one != {topics.DAY} for one in topics.heard(beside).topics)
    return not wanted and not any(cues.has(beside, name) for name in _ASKING)


def _after_thanks(run: str) -> list[str]:
    entries = (entry for entry in cues.entries("thanks") if cues.is_unspaced(entry) and run.startswith(entry))
    longest = max(entries, key=len, default="")
    return [run.removeprefix(longest)] if longest else []
