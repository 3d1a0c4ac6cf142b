"""Sums that a sentence works out of figures it names: "2 × £50 = £100", "£45 and £6, £51 together"."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from itertools import combinations

from balas.rag.words.figures import Figure
from balas.rag.words.lexical import folded

MOST_PARTS = 4  # of a sum
MOST_COUNTED = 100  # things that are multiplied
_TIMES = re.compile(r"\d\W*(?:[^\W\d_]{1,8}\W*)?(?:[×✕*]|(?<=[\s\d€$£])x(?=[\s\d€$£]))")
_TOTAL = re.compile(
    r"[=+]|\b(?:total|together|altogether|in all|totalnya|jumlahnya|jadi|en total|em total|no total|au total|zusammen"
    r"|insgesamt|macht|in totale|totaal|toplam|всего|итого|вместе|razem|tổng|jumla|kabuuan)\b|合計|で|总|共|कुल"
    r"|المجموع|إجمالي|اجمالي"
)


def worked_out(text: str, figures: Sequence[Figure], is_held: Callable[[Figure], bool]) -> list[Figure]:
    """The figures that follow from others of the text which are held; with them how many times one was taken."""
    flat = folded(text)
    counts = [one for one in figures if _whole(one)] if _TIMES.search(flat) else []
    if not (counts or _TOTAL.search(flat)):
        return []
    known = [one for one in figures if is_held(one)]
    found: list[Figure] = []
    for one in [*figures, *figures]:  # a part may be a sum itself, said later
        if one in known or one.minutes is not None or not one.values:
            continue
        factors = next(((count, price) for count in counts for price in known if _is_product(one, count, price)), None)
        if factors:
            same = [count for count in figures if count.values == factors[0].values]
            found += [one, *same]
            known += [one, *same]
        elif any(_is_sum(one, parts) for size in range(2, MOST_PARTS + 1) for parts in combinations(known, size)):
            found.append(one)
            known.append(one)
    return found


def _whole(one: Figure) -> bool:
    return one.minutes is None and any(1 < value <= MOST_COUNTED and value % 1 == 0 for value in one.values)


def _is_product(result: Figure, count: Figure, price: Figure) -> bool:
    if count is price or count is result or price is result:
        return False
    return any(number * value in result.values for number in count.values for value in price.values)


def _is_sum(result: Figure, parts: Sequence[Figure]) -> bool:
    if any(part is result or part.minutes is not None or part.unit == "%" for part in parts):
        return False
    return all(part.values for part in parts) and sum((min(part.values) for part in parts), Decimal(0)) in result.values
