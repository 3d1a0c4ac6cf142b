"""A text cut into statements: sentences, and their parts where another thing, day or name begins."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

from balas.rag.checks.polarity import ANY, EXCEPT, EXCEPTION, Spoken, denies, is_free
from balas.rag.words import cues
from balas.rag.words.figures import figures
from balas.rag.words.lexical import grams_of, plain_words, word_grams
from balas.rag.words.names import with_opening
from balas.rag.words.sentences import split_sentences
from balas.rag.words.units import is_money
from balas.rag.words.weekdays import day_groups, weekdays

_PART = re.compile(
    r"(?<=[;,；，،、])\s+|\s+(?=[-–—]\s)|\s+(?=(?:and|or|dan|atau|y|o|e|ou|et|und|oder|en|ve|veya|и|или|і|або|और|या|এবং|اور|و|và)\s)"
    r"|\s+(?=و(?:[^\W\d_]{2}|\d))|(?<=[，、；])"
)
_TURN = re.compile(r"(?<=[;,；，،、])\s+|(?<=[，、；])|\s+(?=(?:and|dan|und|y|e|et|и|і|ve|và)\s)")
_AND = re.compile(r"(?:and|dan|und|y|e|et|и|і|ve|và)\s")
_PART_SW = re.compile(rf"{_PART.pattern}|\s+(?=na\s)")  # a word of many languages
_BUT = re.compile(
    r"(?<=[;；])\s+|,?\s+(?=(?:but|pero|sino|mas|porém|mais|aber|sondern|tetapi|tapi|namun|ma|maar|но|لكن|लेकिन|ama|nhưng"
    r"|lakini)\s)"
)
_EXCEPTED = re.compile(rf"[,،]?\s+(?=(?:{EXCEPT})\s)", re.IGNORECASE)
# "except on Fridays, when we close at noon" goes on about the exception.
_AFTER_IT = re.compile(
    r"(?<=[,،;:])\s+(?!(?:when|which|who|where|que|quando|cuando|où|qui|wenn|wo|die|der|das|che|waar|yang|когда|где|который"
    r"|которая|коли|gdy|kiedy|khi|ambapo|حيث|التي|الذي)\s)"
)
_MAY = re.compile(
    r"(?<!\w)(?:can|may|allowed|welcome|bisa|boleh|puede[ns]?|se permiten?|pode[m]?|peut|peuvent"
    r"|autorisée?s?|darf|dürfen"
    r"|kann|können|erlaubt|può|possono|mag|mogen|можно|можна|można|может|يمكن|مسموح|सकते|सकता|được|inaweza|unaweza|inaruhusiwa)(?!\w)"
)
_ARTICLE = re.compile(r"(?<!\w)[وبلفك]?ال(?=\w{3})|(?<!\w)لل(?=\w{3})")
_SHORT_PLURAL = 4  # letters: "toys" shares too few grams with "toy"


def statements(text: str, spoken: Spoken = ANY) -> Iterator[str]:
    """Sentences, lines and rows, cut further where another day begins, where what was said turns into its denial or,
    with figures on both sides, at commas."""
    for line in text.splitlines():
        for sentence in split_sentences(line):
            for clause in (part for whole in _BUT.split(sentence) if whole for part in _by_exceptions(whole)):
                for turned in _joined(clause, _TURN, lambda before, after: _turns(before, after, spoken)):
                    for named in [turned] if "de" in spoken else _joined(turned, _PART, _two_names):
                        for part in _by_figures(named, spoken):
                            yield from _by_days(part)


@lru_cache(maxsize=512)  # of a statement it is asked for every passage
def content_of(text: str) -> tuple[str, ...]:
    words = plain_words(" ".join(cues.without(without_articles(text), "hollow")))
    numbers, denials = cues.ordered("number"), cues.entries("negation")
    carrying = (word for word in words if word not in numbers and word not in denials)
    return tuple(word for word in carrying if not any(map(str.isdigit, word)))


@lru_cache(maxsize=1 << 11)  # each check of a statement asks it of the same words and pieces
def holds_word(word: str, grams: frozenset[str]) -> bool:
    wanted = word_grams(word)
    if sum(map(grams.__contains__, wanted)) >= 0.5 * len(wanted):
        return True
    return len(word) == _SHORT_PLURAL and word.endswith("s") and all(gram in grams for gram in word_grams(word[:-1]))


def share_of_words(words: Sequence[str], grams: frozenset[str]) -> float:
    return sum(holds_word(word, grams) for word in words) / len(words) if words else 0.0


def _by_exceptions(clause: str) -> Iterator[str]:
    """ "every day", "except Mondays", "10:00 to 19:00"."""
    for part in _EXCEPTED.split(clause):
        yield from _AFTER_IT.split(part, maxsplit=1) if EXCEPTION.match(part) else (part,)


def _turns(before: str, after: str, spoken: Spoken) -> bool:
    """ "20 % off on weekdays, nothing off at weekends": what goes on says the opposite, of the same.

    One denial may stand for all of a list: "closed on Sundays, public holidays".
    """
    if not content_of(before):
        return False
    if (is_free(before) and _is_paid(after)) or (cues.has(before, "extra") and is_free(after)):
        return True
    if denies(before, spoken) is denies(after, spoken):
        return False
    grams = grams_of(before)
    repeats = len(content_of(before)) > 1 and any(holds_word(word, grams) for word in content_of(after))
    return repeats or bool(_MAY.search(cues.normal(before)) and content_of(after))


def _is_paid(text: str) -> bool:
    """ "…, dinner is 350 TL". What goes on with "and" may be a condition: "and for orders of 100 € and more"."""
    has_price = not _AND.match(text) and any(is_money(one.unit) for one in figures(text))
    return has_price or cues.has(text, "extra")


def _two_names(before: str, after: str) -> bool:
    """ "in Kadıköy Elif Hanım, in Beşiktaş Serkan Bey"."""
    return all(any(" " in name for name in with_opening(part)) for part in (before, after))


def _joined(sentence: str, at: re.Pattern[str], parts_with: Callable[[str, str], bool]) -> list[str]:
    """Its parts at commas and joining words, put together again where nothing parts them."""
    parts: list[str] = []
    for part in filter(None, at.split(sentence)):
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
    return any(map(str.isdigit, text))


def without_articles(text: str) -> str:
    """Arabic writes "the" as a part of the word after it."""
    return _ARTICLE.sub("", text)
