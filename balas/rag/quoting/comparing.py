"""The cheapest, the largest, the longest of what the documents list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal

from balas.rag.quoting.bounds import Bound
from balas.rag.quoting.extremes import Extreme, Measure, heard
from balas.rag.quoting.items import Item, items
from balas.rag.quoting.naming import named
from balas.rag.quoting.quotes import Quote
from balas.rag.vectors.remembered_vectors import SentenceEmbedder
from balas.rag.words import topics
from balas.rag.words.language import is_foreign
from balas.rag.words.units import same_unit

MOST = 3  # things that are all the cheapest
DISCOUNT = "discount"


def compared(extreme: Extreme, quotes: Sequence[Quote], language: str, embedder: SentenceEmbedder) -> list[Quote]:
    """The quotes of the things that are it, of a list in this language where there is one; [] where the lists do not
    tell, or count in different units."""
    told = items(quotes, extreme.measure)
    meant = named(extreme.of, told, embedder, several=not extreme.of_each)
    if not meant and extreme.of_each:
        found = [_best(extreme, named(of, told, embedder), language) for of in extreme.of_each]
        return _once([quote for one in found for quote in one]) if all(found) else []
    return _best(extreme, meant, language)


def _best(extreme: Extreme, meant: Sequence[Item], language: str) -> list[Quote]:
    counted = _in_one_unit(meant)
    if not counted or (extreme.measure is not Measure.PRICE and len(counted) == 1):
        return []
    best = (max if extreme.is_most else min)(_figure(item, unit, extreme) for item, unit in counted)
    found = [item.quote for item, unit in counted if _figure(item, unit, extreme) == best]
    own = [quote for quote in found if not is_foreign(language, (quote.passage.language,))]
    return _once(own or found)[:MOST]


def ends(found: Sequence[Item]) -> list[Quote]:
    """The cheapest and the dearest; [] where they cannot be compared."""
    counted = _in_one_unit(found)
    lowest, highest = (Extreme(Measure.PRICE, is_most, ()) for is_most in (False, True))
    if not counted:
        return []
    first = min(counted, key=lambda one: _figure(one[0], one[1], lowest))
    last = max(counted, key=lambda one: _figure(one[0], one[1], highest))
    return _once([first[0].quote, last[0].quote])


def bounded(bound: Bound, limit: Decimal, found: Sequence[Item]) -> list[Item]:
    """Those on the asked side of the limit, the cheapest first; [] where they count in another currency."""
    lowest = Extreme(Measure.PRICE, is_most=False, of=())
    priced = [
        (_figure(item, unit, lowest), item)
        for item, unit in _in_one_unit(found)
        if not (bound.unit and unit) or same_unit(bound.unit, unit)
    ]
    held = [(price, item) for price, item in priced if bound.holds(price, limit)]
    return [item for _, item in sorted(held, key=lambda one: one[0])]


def price_of(found: Sequence[Item]) -> Decimal | None:
    """The lowest price of these things."""
    lowest = Extreme(Measure.PRICE, is_most=False, of=())
    return min((_figure(item, unit, lowest) for item, unit in _in_one_unit(found)), default=None)


def may_stand(extreme: Extreme, text: str) -> bool:
    """May a quote that nothing was compared for be shown? Some price is not the lowest. "At most" is said as "the
    longest" is, so any span may."""
    told = heard(text)
    is_it = told is not None and told.measure is extreme.measure
    return (
        is_it
        or extreme.measure is Measure.SPAN
        or (extreme.measure is Measure.PRICE and DISCOUNT in topics.shown(text))
    )


def _in_one_unit(found: Sequence[Item]) -> list[tuple[Item, str]]:
    """The items with the unit that most of them count in. Two currencies cannot be compared."""
    units = Counter(unit for item in found for unit in {unit for _, unit in item.figures})
    if not units:
        return []
    (unit, count), *others = units.most_common()
    known = [item for item in found if any(one == unit for _, one in item.figures)]
    return [(item, unit) for item in known] if len(known) == len(found) or count > sum(n for _, n in others) else []


def _figure(item: Item, unit: str, extreme: Extreme) -> Decimal:
    return (max if extreme.is_most else min)(value for value, one in item.figures if one == unit)


def _once(found: Sequence[Quote]) -> list[Quote]:
    seen: dict[str, Quote] = {}
    for quote in found:
        seen.setdefault(quote.text, quote)
    return list(seen.values())
