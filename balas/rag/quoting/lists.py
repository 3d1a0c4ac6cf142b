"""Answers read off lists: the cheapest of a kind, what is under a price, and what a thing costs in other words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal

from balas.rag.quoting import bounds
from balas.rag.quoting.bounds import Bound
from balas.rag.quoting.comparing import bounded, compared, ends, may_stand, price_of
from balas.rag.quoting.extractive import MAX_ROWS, Extract
from balas.rag.quoting.extremes import Extreme, Measure, heard, naming
from balas.rag.quoting.items import LONGEST_NAME, Item, items
from balas.rag.quoting.naming import foremost, named, nearest, phrase_of, stands
from balas.rag.quoting.quotes import Quote, led, quotes, sources_of
from balas.rag.quoting.translations import in_language
from balas.rag.talk.phrases import phrase
from balas.rag.vectors.remembered_vectors import SentenceEmbedder
from balas.rag.words import cues, series, topics, variants
from balas.rag.words.answer_kinds import MONEY, wanted_kinds
from balas.rag.words.figures import figures
from balas.rag.words.language import is_foreign
from balas.rag.words.ranges import counted, within
from balas.rag.words.units import is_money
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
        own: str = "",
        quoted: Callable[[], Extract | None],
        search: Callable[[], Retrieval],
    ) -> Extract | None:
        """What the lists tell, else what is `quoted`. `search`: for the question among many passages; `own`: the
        person's words, where the question has others from an earlier one."""
        if series.names_one(question) and series.is_left_out(question, search().passages):
            return None
        bound = bounds.heard(question)
        if bound:
            return self._bounded(bound, search(), language, quoted)
        extreme = heard(question)
        if extreme:
            return self._compared(extreme, search()) or _without_other_prices(extreme, quoted())
        extract, words = quoted(), _named_in(question)
        kinds = wanted_kinds(question)
        if not words or not kinds & _MEASURES.keys():
            return extract
        tells = _tells(extract, words)
        if not own and tells and (kinds != {"amount"} or (extract and MONEY.search(extract.text))):
            return extract
        listed = [quote for passage in search().passages for quote in quotes(passage)]
        every = items(listed, next(_MEASURES[kind] for kind in _MEASURES if kind in kinds))
        told = _of_its_measure(every, own or question)
        if not own:
            if extract and tells:
                return _priced(words, every, extract)
            return self._looked_up(words, phrase_of(question, words), told, language, extract)
        unlabelled, told = _of_columns(words, told)
        mine = _named_in(own)
        left = self._without_replaced(unlabelled, mine, told)
        if extract and (_tells(extract, words) if len(left) == len(words) else not mine and MONEY.search(extract.text)):
            return extract  # it shows all, or a sum to a "how much?" that names nothing
        if extract and not mine and not _is_of(extract, words, search()):
            extract = None  # what is asked of the class is not told by what something else costs
        return self._looked_up(left, phrase_of(question, left), told, language, extract)

    def _without_replaced(self, words: Sequence[str], own: Sequence[str], told: Sequence[Item]) -> Sequence[str]:
        """Of a follow-up and what was named before it, what one thing can be: "zumo" of "café" and "¿y el zumo?"."""

        def names_one(said: Sequence[str]) -> bool:
            return bool(named(said, told, self._embedder, several=False))

        kept = [word for word in words if word in own]
        if names_one(words) or (kept and not names_one(kept)):
            return words
        for word in words:
            is_listed = any(stands(word, "\n".join(item.cells)) for item in told)
            if word not in own and is_listed and names_one([*kept, word]):
                kept.append(word)
        return kept or words

    def _bounded(
        self, bound: Bound, found: Retrieval, language: str, quoted: Callable[[], Extract | None]
    ) -> Extract | None:
        """What lies on the asked side of a price; nothing else where the lists hold such things."""
        told = items([quote for passage in found.passages for quote in quotes(passage)], Measure.PRICE)
        limit = bound.limit if bound.limit is not None else price_of(named(bound.than, told, self._embedder))
        meant = named(bound.of, told, self._embedder)
        if limit is None or not meant:
            return _within(bound, limit, quoted())
        held = bounded(bound, limit, meant)
        own = [item for item in held if not is_foreign(found.language, (item.quote.passage.language,))]
        return _all_of(own or held, language) if held else None

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
            return _all_of(_in_language(meant, told, language), language)
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
        """Of the rows that were found otherwise, those that are near by their names too. What stands above all of them
        ("Shipping") is no part of a name."""
        above = topics.shown("\n".join(f"{item.heading}\n{item.quote.passage.title}" for item in rows))
        left = [word for word in words if not any(one & above for one in topics.heard(word).topics)]
        if left and len(left) < len(words):
            words, said = left, " ".join(left)
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


def _named_in(question: str) -> list[str]:
    """Without measures, whose numbers name nothing."""
    counted = variants.words_of(variants.measured(question))
    return [word for word in naming(question) if word not in counted]


def _of_columns(words: Sequence[str], told: Sequence[Item]) -> tuple[Sequence[str], Sequence[Item]]:
    """Words that name columns tell which tables are meant, and no row of them: "and on weekends?"."""
    labels = [_labels(item) for item in told]
    cells = "\n".join(cell for item in told for cell in item.cells)
    columns = [word for word in words if stands(word, "\n".join(labels)) and not stands(word, cells)]
    its = [item for item, label in zip(told, labels, strict=True) if all(stands(word, label) for word in columns)]
    return [word for word in words if word not in columns] or words, its or told


def _labels(item: Item) -> str:
    return "\n".join(cell.partition(": ")[0] for cell in item.quote.cells) if item.quote.is_row else ""


def _of_its_measure(told: Sequence[Item], question: str) -> Sequence[Item]:
    """Without the things of another measure than the one that is asked for ("1 kg", or 7 kg where "5-10 kg" stands),
    where some are of that."""
    numbers = counted(question)
    ranged = [within(item.quote.text, numbers) for item in told] if numbers else []
    if 1.0 in ranged:
        return [item for item, inside in zip(told, ranged, strict=True) if inside >= 0]
    asked = {(one.kind, one.value) for one in variants.measured(question)}
    its = [item for item in told if asked & {(m.kind, m.value) for m in variants.measured(" ".join(item.cells))}]
    return its if asked and its else told


def _in_language(meant: Sequence[Item], told: Sequence[Item], language: str) -> Sequence[Item]:
    """Each as a list in the language asked in has it: "Greater Jakarta" is "Jabodetabek" there."""
    passages = list({item.quote.passage.chunk_id: item.quote.passage for item in told}.values())
    own = in_language([item.quote for item in meant], passages, language)
    once = {quote.text: replace(item, quote=quote) for item, quote in zip(meant, own, strict=True)}
    return list(once.values())


def _names(told: Sequence[Item]) -> list[str]:
    return list(dict.fromkeys(item.name for item in told if len(cues.words(item.name)) <= LONGEST_NAME))


def _is_kin(name: str, other: str) -> bool:
    """Do two names share most of their words ("home whitening", "office whitening")?"""
    one, two = set(cues.words(name)), set(cues.words(other))
    return 2 * len(one & two) > max(len(one), len(two))


def _tells(extract: Extract | None, words: Sequence[str]) -> bool:
    return extract is not None and all(stands(word, f"{extract.text}\n{extract.context}") for word in words)


def _is_of(extract: Extract, words: Sequence[str], found: Retrieval) -> bool:
    """Does it name any of these words, or stand in another language?"""
    cited = {source.document_id for source in extract.sources}
    spoken = tuple(one.language for one in found.passages if one.document_id in cited)
    named_there = any(stands(word, f"{extract.text}\n{extract.context}") for word in words)
    return named_there or is_foreign(found.language, spoken)


def _priced(words: Sequence[str], told: Sequence[Item], extract: Extract) -> Extract:
    """What is said of a thing gives way to its price, where a list has one and it is not quoted already."""
    priced = [item for item in told if all(stands(word, item.name) for word in words)]
    is_shown = any(item.quote.text in _quoted(extract) for item in told)
    return (not is_shown and len(priced) <= FEW_KNOWN and _extract([item.quote for item in priced])) or extract


def _without_other_prices(extreme: Extreme, extract: Extract | None) -> Extract | None:
    return extract if extract and may_stand(extreme, extract.text) else None


def _within(bound: Bound, limit: Decimal | None, extract: Extract | None) -> Extract | None:
    """A quote that nothing was read off a list for; not one whose prices all lie on the other side."""
    told = [min(one.values) for one in figures(extract.text) if is_money(one.unit) and one.values] if extract else []
    if limit is None or not told or any(bound.holds(price, limit) for price in told):
        return extract
    return None


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
