"""A text cut into pieces that make one statement each, with what every piece states."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

from balas.rag import cues
from balas.rag.dates import months_of
from balas.rag.figures import Figure, Figures, collected, figures
from balas.rag.leads import lead
from balas.rag.lexical import grams_of, plain_words, word_grams
from balas.rag.names import with_opening
from balas.rag.sentences import split_sentences
from balas.rag.weekdays import EVERY, day_groups, weekdays

LONGEST = 80  # pieces of a passage that are looked at
_PART = re.compile(
    r"(?<=[;,；，،、])\s+|\s+(?=[-–—]\s)|\s+(?=(?:and|or|dan|atau|y|o|e|ou|et|und|oder|en|ve|veya|и|или|і|або|और|या|এবং|اور|و|và)\s)"
    r"|\s+(?=و(?:[^\W\d_]{2}|\d))|(?<=[，、；])"
)
_PART_SW = re.compile(rf"{_PART.pattern}|\s+(?=na\s)")  # a word of many languages
_BUT = re.compile(
    r"(?<=[;；])\s+|,?\s+(?=(?:but|pero|sino|mas|porém|mais|aber|sondern|tetapi|tapi|namun|ma|maar|но|لكن|लेकिन|ama|nhưng"
    r"|lakini)\s)"
)
_EXCEPT = (
    "except|excluding|apart from|other than|kecuali|selain|excepto|salvo|menos|exceto|sauf|excepté|hormis|außer|ausgenommen"
    "|eccetto|tranne|behalve|hariç|dışında|кроме|за исключением|крім|oprócz|z wyjątkiem|trừ|ngoại trừ|isipokuwa|ما عدا|عدا"
    "|باستثناء|إلا"
)
_EXCEPTION = re.compile(rf"(?<!\w)(?:{_EXCEPT})\s", re.IGNORECASE)
_EXCEPTED = re.compile(rf"[,،]?\s+(?=(?:{_EXCEPT})\s)", re.IGNORECASE)
# "except on Fridays, when we close at noon" goes on about the exception.
_AFTER_IT = re.compile(
    r"(?<=[,،;:])\s+(?!(?:when|which|who|where|que|quando|cuando|où|qui|wenn|wo|die|der|das|che|waar|yang|когда|где|который"
    r"|которая|коли|gdy|kiedy|khi|ambapo|حيث|التي|الذي)\s)"
)
_MAY = re.compile(
    r"(?<!\w)(?:can|may|allowed|welcome|bisa|boleh|puede[ns]?|se permiten?|pode[m]?|peut|peuvent|autorisée?s?|darf|dürfen|kann"
    r"|können|erlaubt|può|possono|mag|mogen|можно|можна|można|может|يمكن|مسموح|सकते|सकता|được|inaweza|unaweza|inaruhusiwa)(?!\w)"
)
_CELL = re.compile(r"(?:^|; )[^:;]+: ")
_ARTICLE = re.compile(r"(?<!\w)[وبلفك]?ال(?=\w{3})|(?<!\w)لل(?=\w{3})")
_DENYING_SIGNS = "不没未无無"
_NOT_SWAHILI = re.compile(r"(?<!\w)(?:hatu|haija|hairu|haiwez|haita|hazija|haziru|hawaru|hawata|hauru)\w{2,}")
_SHORT_PLURAL = 4  # letters: "toys" shares too few grams with "toy"


Spoken = frozenset[str]
ANY: Spoken = frozenset()  # languages that are not known


@dataclass(frozen=True, slots=True)
class Piece:
    """One statement."""

    words: frozenset[str]
    content: tuple[str, ...]  # words beside figures and small ones
    grams: frozenset[str]
    before: frozenset[str]  # what it may leave unsaid because the piece before says it: "… for men 250, for women 220"
    earlier: frozenset[str]  # the same of the sentences before
    figures: Figures
    own: tuple[Figure, ...]
    names: frozenset[str]
    days: frozenset[int]
    months: frozenset[int]
    denies: bool
    is_free: bool  # says that something costs nothing, or is included
    is_extra: bool  # says that something is paid apart
    is_limited: bool  # "only"
    is_row: bool  # a cell of a table
    text: str


def statements(text: str, spoken: Spoken = ANY) -> Iterator[str]:
    """Sentences, lines and rows, cut further where another day begins, where what was said turns into its denial or,
    with figures on both sides, at commas."""
    for line in text.splitlines():
        for sentence in split_sentences(line):
            for clause in (part for whole in _BUT.split(sentence) if whole for part in _by_exceptions(whole)):
                for turned in _joined(clause, lambda before, after: _turns(before, after, spoken)):
                    for named in [turned] if "de" in spoken else _joined(turned, _two_names):
                        for part in _by_figures(named, spoken):
                            yield from _by_days(part)


def piece_of(
    text: str,
    own: tuple[Figure, ...],
    spoken: Spoken = ANY,
    before: frozenset[str] = frozenset(),
    earlier: frozenset[str] = frozenset(),
    *,
    is_row: bool = False,
) -> Piece:
    known = cues.entries("day") | cues.ordered("month").keys()
    named = () if "de" in spoken else with_opening(text)  # in German every noun has a capital
    told = frozenset(cues.normal(name) for name in named if not set(cues.words(name)) <= known)
    return Piece(
        frozenset(cues.words(text)),
        tuple(word for word in content_of(text) if word not in known),
        grams_of(_ARTICLE.sub("", text)),
        before,
        earlier,
        collected(text),
        own,
        told,
        EVERY if cues.has(text, "daily") else weekdays(text),
        months_of(text),
        denies(text, spoken),
        is_free(text),
        cues.has(text, "extra"),
        cues.has(text, "only"),
        is_row,
        text,
    )


def pieces_of(text: str, spoken: Spoken = ANY) -> list[Piece]:
    """A question states nothing; its words go with what stands below it."""
    pieces: list[Piece] = []
    language = next(iter(spoken)) if len(spoken) == 1 else None
    asked = frozenset[str]()
    for line in text.splitlines()[:LONGEST]:
        before, earlier = asked, frozenset[str]()
        is_row = len(_CELL.findall(line)) > 1
        for sentence in split_sentences(line):
            if sentence.endswith(("?", "？", "؟")):
                before = asked = grams_of(sentence)
                continue
            days, months = frozenset[int](), frozenset[int]()
            for part in statements(lead(sentence).rest, spoken):
                piece = piece_of(part, tuple(figures(part, language)), spoken, before, earlier, is_row=is_row)
                # "Monday to Friday from 10:00 to 14:00 and from 16:00 to 20:00": the days go for both.
                days, months = piece.days or days, piece.months or months
                pieces.append(replace(piece, days=days, months=months))
                if not (is_row and piece.own) or before == asked:  # a value goes with its row's name, not with another one
                    before |= piece.grams
                if is_exception(part):
                    days, months = frozenset(), frozenset()
            before, earlier = asked, earlier | before
    return pieces[:LONGEST]


def is_free(text: str) -> bool:
    return cues.has(text, "free") or cues.has(text, "included")


def is_exception(text: str) -> bool:
    """ "except Mondays", and no more."""
    return bool(_EXCEPTION.match(text)) and not re.search(r"[,،;]\s", text)


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
    plain = cues.holds_any(rest, _denials(spoken), cues.longest("negation")) or bool(_NOT_SWAHILI.search(cues.normal(text)))
    short = any(sign in text for sign in _DENYING_SIGNS)
    return closed is not (plain or short) if closed else plain or short


def content_of(text: str) -> tuple[str, ...]:
    words = plain_words(" ".join(cues.without(_ARTICLE.sub("", text), "hollow")))
    bare = cues.ordered("number").keys() | cues.entries("negation")
    return tuple(word for word in words if word not in bare and not any(char.isdigit() for char in word))


def holds_word(word: str, grams: frozenset[str]) -> bool:
    wanted = word_grams(word)
    if sum(gram in grams for gram in wanted) >= 0.5 * len(wanted):
        return True
    return len(word) == _SHORT_PLURAL and word.endswith("s") and all(gram in grams for gram in word_grams(word[:-1]))


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
    said = frozenset[str]().union(*(cues.entries(name, one) for one in spoken for name in ("hollow", "small", "affirm")))
    own = frozenset[str]().union(*(cues.entries("negation", one) for one in spoken))
    return cues.entries("negation") - (said - own)


def _by_exceptions(clause: str) -> Iterator[str]:
    """ "every day", "except Mondays", "10:00 to 19:00"."""
    for part in _EXCEPTED.split(clause):
        yield from _AFTER_IT.split(part, maxsplit=1) if _EXCEPTION.match(part) else (part,)


def _turns(before: str, after: str, spoken: Spoken) -> bool:
    """ "20 % off on weekdays, nothing off at weekends": what goes on says the opposite, of the same. One denial may stand
    for all of a list: "closed on Sundays, public holidays"."""
    if not content_of(before):
        return False
    if (is_free(before) and cues.has(after, "extra")) or (cues.has(before, "extra") and is_free(after)):
        return True
    if denies(before, spoken) is denies(after, spoken):
        return False
    grams = grams_of(before)
    repeats = len(content_of(before)) > 1 and any(holds_word(word, grams) for word in content_of(after))
    return repeats or bool(_MAY.search(cues.normal(before)) and content_of(after))


def _two_names(before: str, after: str) -> bool:
    """ "in Kadıköy Elif Hanım, in Beşiktaş Serkan Bey"."""
    return all(any(" " in name for name in with_opening(part)) for part in (before, after))


def _joined(sentence: str, parts_with: Callable[[str, str], bool]) -> list[str]:
    """Its parts at commas and joining words, put together again where nothing parts them."""
    parts: list[str] = []
    for part in filter(None, _PART.split(sentence)):
        if parts and not parts_with(parts[-1], part):
            parts[-1] = f"{parts[-1]} {part}"
        else:
            parts.append(part)
    return parts


def _by_figures(sentence: str, spoken: Spoken) -> list[str]:
    """Parts that each have a figure. What has none belongs to the part before, or after where it names a day."""
    parts: list[str] = []
    opening = ""
    for part in filter(None, (_PART_SW if "sw" in spoken else _PART).split(sentence)):
        whole = f"{opening} {part}".strip()
        opening = ""
        if parts and not _has_figure(part) and weekdays(part):
            opening = whole
        elif parts and not (_has_figure(parts[-1]) and _has_figure(part) and content_of(parts[-1])):
            parts[-1] = f"{parts[-1]} {whole}"
        else:
            parts.append(whole)
    return [*parts[:-1], f"{parts[-1]} {opening}".strip()] if parts else []


def _by_days(sentence: str) -> Iterator[str]:
    """ "Monday to Friday 9:00–18:00 and on Saturday 10:00–16:00" are two statements."""
    start = 0
    for here, _ in day_groups(sentence)[1:]:
        if _has_figure(sentence[start:here]) and day_groups(sentence[start:here]) and _has_figure(sentence[here:]):
            yield sentence[start:here]
            start = here
    yield sentence[start:]


def _has_figure(text: str) -> bool:
    return any(char.isdigit() for char in text)


def share_of_words(words: Sequence[str], grams: frozenset[str]) -> float:
    return sum(holds_word(word, grams) for word in words) / len(words) if words else 0.0
