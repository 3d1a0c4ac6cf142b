"""Answers read off lists: the cheapest of a kind, and what a thing costs whose list is in other words."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from balas.rag import cues, series
from balas.rag.answer_kinds import MONEY, wanted_kinds
from balas.rag.comparing import compared, ends, may_stand
from balas.rag.extractive import MAX_ROWS, Extract, sources_of
from balas.rag.extremes import Extreme, Measure, heard, naming
from balas.rag.items import LONGEST_NAME, Item, items
from balas.rag.naming import foremost, named, nearest, phrase_of, stands
from balas.rag.phrases import phrase
from balas.rag.quotes import Quote, led, quotes
from balas.rag.remembered_vectors import SentenceEmbedder
from balas.values import Retrieval

FEW_KNOWN = 3  # things that some of the words name, while others are unknown
FEW_ROWS = 2
SURE = (1.0, 1.0, 1.0, 1.0, 1.0)  # the figures of an extract that was computed
_MEASURES = {"amount": Measure.PRICE, "duration": Measure.SPAN}


class Lists:
    """Reads them with the embedder that also found the passages."""

    def __init__(self, embedder: SentenceEmbedder) -> None:
        self._embedder = embedder

    def extract(
        self,
        question: str,
        language: str,
        *,
        quoted: Callable[[], Extract | None],
        search: Callable[[], Retrieval],
    ) -> Extract | None:
        """What the lists tell, else what is `quoted`. `search`: for the question among many passages."""
        if series.names_one(question) and series.is_left_out(question, search().passages):
            return None
        extreme = heard(question)
        if extreme:
            return self._compared(extreme, search()) or _without_other_prices(extreme, quoted())
        extract, words = quoted(), naming(question)
        kinds = wanted_kinds(question)
        if not words or not kinds & _MEASURES.keys():
            return extract
        tells = _tells(extract, words)
        if tells and (kinds != {"amount"} or (extract and MONEY.search(extract.text))):
            return extract
        listed = [quote for passage in search().passages for quote in quotes(passage)]
        told = items(listed, next(_MEASURES[kind] for kind in _MEASURES if kind in kinds))
        if extract and tells:
            return _priced(words, told, extract)
        return self._looked_up(words, phrase_of(question, words), told, language, extract)

    def _compared(self, extreme: Extreme, found: Retrieval) -> Extract | None:
        listed = [quote for passage in found.passages for quote in quotes(passage)]
        return _extract(compared(extreme, listed, found.language, self._embedder))

    def _looked_up(
        self, words: Sequence[str], said: str, told: Sequence[Item], language: str, other: Extract | None
    ) -> Extract | None:
        """What all these words name. The price of one thing in place of another's misleads: what is listed in `other`
        and named by none of the words is not quoted, unless its name means it."""
        rows = [item for item in told if other and item.quote.text in _quoted(other)]
        meant = self._meant(words, said, told, rows)
        if meant:
            return _all_of(meant, language)
        if other is None or any(stands(word, f"{other.text}\n{other.context}") for word in words):
            return other
        known = [item for item in told if any(stands(word, item.name) for word in words)]
        if 0 < len(known) <= FEW_KNOWN:
            return _extract([item.quote for item in known])
        if rows and rows[0].quote.is_row:
            agreed = self._agreed(words, said, told, rows)
            # Of two, the one that is nearer by a little may be the wrong one: both are shown.
            return other if agreed and len(rows) <= FEW_ROWS else _extract([item.quote for item in agreed])
        return None if 1 < len(rows) < len(told) else other

    def _agreed(self, words: Sequence[str], said: str, told: Sequence[Item], rows: Sequence[Item]) -> list[Item]:
        """Of the rows that were found otherwise, those that are near by their names too."""
        first = foremost(words, _names(told), self._embedder, said)
        return [item for item in rows if item.quote.is_row and any(_is_kin(item.name, one) for one in first)]

    def _meant(self, words: Sequence[str], said: str, told: Sequence[Item], rows: Sequence[Item]) -> list[Item]:
        """By the words; else one thing by the meaning of several words, or a kind by the meaning of one."""

        def by_name() -> list[Item]:
            if any(stands(word, item.name) for word in words for item in told):
                return []
            name = nearest(words, _names(told), self._embedder, said)
            return [item for item in told if name and item.name == name]

        if len(words) > 1 and not any(stands(word, "\n".join(item.cells)) for word in words for item in told):
            one = by_name() or (self._agreed(words, said, told, rows) if len(rows) == 1 else [])
            if one:
                return one
        return named(words, told, self._embedder) or by_name()


def _names(told: Sequence[Item]) -> list[str]:
    return list(dict.fromkeys(item.name for item in told if len(cues.words(item.name)) <= LONGEST_NAME))


def _is_kin(name: str, other: str) -> bool:
    """Do two names share most of their words ("home whitening", "office whitening")?"""
    one, two = set(cues.words(name)), set(cues.words(other))
    return 2 * len(one & two) > max(len(one), len(two))


def _tells(extract: Extract | None, words: Sequence[str]) -> bool:
    return extract is not None and all(stands(word, f"{extract.text}\n{extract.context}") for word in words)


def _priced(words: Sequence[str], told: Sequence[Item], extract: Extract) -> Extract:
    """What is said of a thing gives way to its price, where a list has one and it is not quoted already."""
    priced = [item for item in told if all(stands(word, item.name) for word in words)]
    is_shown = any(item.quote.text in _quoted(extract) for item in told)
    return (not is_shown and len(priced) <= FEW_KNOWN and _extract([item.quote for item in priced])) or extract


def _without_other_prices(extreme: Extreme, extract: Extract | None) -> Extract | None:
    return extract if extract and may_stand(extreme, extract.text) else None


def _quoted(extract: Extract) -> str:
    return "\n".join(source.quote for source in extract.sources)


def _all_of(meant: Sequence[Item], language: str) -> Extract | None:
    """All of them; of many the cheapest and the dearest."""
    if len(meant) <= MAX_ROWS:
        return _extract([item.quote for item in meant])
    both = ends(meant)
    extract = _extract(both)
    if extract is None:
        return None
    line = phrase("ends", language, count=len(meant))
    return Extract(f"{line}\n{extract.text}", extract.sources, *SURE)


def _extract(found: Sequence[Quote]) -> Extract | None:
    """A row alone is shown a cell a line; of several, a row a line."""
    if not found:
        return None
    text = "\n".join(found[0].cells if len(found) == 1 else [one.bare for one in found])
    if len({one.lead for one in found}) == 1:
        text = led(found[0].lead, text)
    return Extract(text, sources_of(found), *SURE)
