"""Does a text deny what it speaks of, make an exception of it, or give it for free?"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from balas.rag.words import cues

EXCEPT = (
    "except|excluding|apart from|other than|kecuali|selain|excepto|salvo|menos|exceto"
    "|sauf|excepté|hormis|außer|ausgenommen|eccetto|tranne|behalve"
    "|hariç|dışında|кроме|за исключением|крім|oprócz|z wyjątkiem|trừ|ngoại trừ|isipokuwa|ما عدا"
    "|(?<!ما )عدا|باستثناء|إلا"
)
EXCEPTION = re.compile(rf"(?<!\w)(?:{EXCEPT})\s", re.IGNORECASE)
_DENYING_SIGNS = "不没未无無"
_NOT_SWAHILI = re.compile(r"(?<!\w)(?:hatu|haija|hairu|haiwez|haita|hazija|haziru|hawaru|hawata|hauru)\w{2,}")

Spoken = frozenset[str]
ANY: Spoken = frozenset()  # languages that are not known


def is_free(text: str) -> bool:
    return cues.has(text, "free") or cues.has(text, "included")


def is_exception(text: str) -> bool:
    """ "except Mondays", and no more."""
    return bool(EXCEPTION.match(text)) and not re.search(r"[,،;]\s", text)


@lru_cache(maxsize=512)  # asked of each sentence, for every passage
def denies(text: str, spoken: Spoken = ANY) -> bool:
    """Does a text deny something, or call it closed? "Not closed" does not, nor does "no extra cost".

    A word that denies in one language may say yes in another ("si", "ni", "no"): `spoken` are those that count.
    """
    if is_exception(text):
        return True
    if cues.has(text, "bound") or cues.has(text, "free"):
        text = _less(_less(text, "bound"), "free")
    closed = cues.without(text, "closed") != cues.words(text) or cues.has(text, "closed")
    rest = " ".join(cues.without(text, "closed"))
    plain = cues.holds_any(rest, _denials(spoken), cues.longest("negation")) or bool(
        _NOT_SWAHILI.search(cues.normal(text))
    )
    short = any(sign in text for sign in _DENYING_SIGNS)
    return closed is not (plain or short) if closed else plain or short


def _less(text: str, name: str) -> str:
    """Without the entries of a list, of several words too."""
    found, wanted, most = cues.words(text), cues.entries(name), cues.longest(name)
    kept: list[str] = []
    here = 0
    while here < len(found):
        size = next((size for size in range(most, 0, -1) if " ".join(found[here : here + size]) in wanted), 0)
        if not size:
            word = found[here]
            for entry in wanted if cues.is_unspaced(word) else ():
                word = word.replace(entry, "") if cues.is_unspaced(entry) else word
            kept.append(word)
        here += size or 1
    return " ".join(kept)


@cache
def _denials(spoken: Spoken) -> frozenset[str]:
    """The words that deny, but for those that only do so in a language that is not spoken."""
    said = frozenset[str]().union(
        *(cues.entries(name, one) for one in spoken for name in ("hollow", "small", "affirm"))
    )
    own = frozenset[str]().union(*(cues.entries("negation", one) for one in spoken))
    return cues.entries("negation") - (said - own)
