"""Words that widen a statement: "all", "always", "anywhere", "worldwide". What the documents limit stays limited."""

from __future__ import annotations

from functools import cache, lru_cache

from balas.rag.checks.polarity import denies
from balas.rag.checks.statements import statements
from balas.rag.words import cues
from balas.rag.words.units import spans
from balas.rag.words.weekdays import EVERY, weekdays

ALL, ALWAYS, EVERYWHERE, WORLD, EACH = range(5)  # in the order of `cues.toml`
# What a passage may say for each of them.
_HELD_BY = {
    ALL: {ALL, EVERYWHERE, WORLD},
    ALWAYS: {ALWAYS},
    EVERYWHERE: {EVERYWHERE, WORLD},
    WORLD: {WORLD},
}
_WITHOUT = frozenset(
    ["without", "tanpa", "sin", "sem", "ohne", "sans", "senza", "zonder", "без", "बिना", "بدون", "دون"]
)
# No more than figures of speech.
_SAYINGS = frozenset((
    "at all", "first of all", "after all", "all right", "all in all", "all the best", "all set", "above all", "not all",
    "not always", "ante todo", "sobre todo", "del todo", "de todas formas", "de todos modos", "em todo caso",
    "tout de suite", "tout à fait", "pas du tout", "après tout", "en tout cas", "vor allem", "alles klar", "alles gute",
    "je nach",
    "nicht immer", "no siempre", "tidak selalu", "no todos", "nicht alle", "tidak semua", "a por todas",
))  # fmt: skip


def widened(sentence: str, held: frozenset[int], days: frozenset[int], each: frozenset[str]) -> str | None:
    """The first word that makes a sentence wider than a passage; `held`: of what kinds the passage widens itself,
    `days`: the days of the week it names, `each`: what it names by the piece ("per person")."""
    for kind, said, after in _widening(sentence):
        if kind == EACH or _HELD_BY[kind] & held:
            continue
        if kind == ALL and set(cues.words(after)[:1]) & each:
            continue
        if kind == ALL and _counts(after, days):
            continue
        return said
    return None


@lru_cache(maxsize=256)  # asked of each sentence, for every passage
def _widening(sentence: str) -> tuple[tuple[int, str, str], ...]:
    # "not everywhere" widens nothing; "always without an appointment" does.
    positive = [part for part in statements(sentence) if not denies(" ".join(set(cues.words(part)) - _WITHOUT))]
    return tuple(found for part in positive for found in _found(part))


def _counts(after: str, days: frozenset[int]) -> bool:
    """ "every Sunday" widens nothing; "every day" does where some days are left out."""
    named = spans(after)
    return bool(weekdays(after)) or (bool(named) and ("day" not in named or not days or days == EVERY))


@lru_cache(maxsize=4096)  # asked of each piece of a passage, for every sentence
def scopes(text: str) -> frozenset[int]:
    return frozenset(kind for kind, _, _ in _found(text))


def each_of(text: str) -> frozenset[str]:
    return frozenset(word for kind, _, after in _found(text) if kind == EACH for word in cues.words(after)[:1])


def _found(text: str) -> list[tuple[int, str, str]]:
    """The widening words of a text with their kinds and the two words after each."""
    words, kinds = cues.words(text), cues.ordered("scope")
    found: list[tuple[int, str, str]] = []
    here = 0
    for run in filter(cues.is_unspaced, words):
        found += [(kind, said, "") for said, kind in _unspaced() if said in run]
    while here < len(words):
        if words[here] not in _openings():
            here += 1
            continue
        taken = next((size for size in range(_longest(), 0, -1) if _entry(words, here, size) in kinds), 0)
        saying = next((size for size in range(_longest(), 0, -1) if _entry(words, here, size) in _SAYINGS), 0)
        if taken and not saying and _entry(words, here - 1, taken + 1) not in _SAYINGS:
            said = _entry(words, here, taken)
            found.append((kinds[said], said, " ".join(words[here + taken : here + taken + 2])))
        here += max(taken, saying, 1)
    return found


def _entry(words: list[str], start: int, size: int) -> str:
    return " ".join(words[max(start, 0) : start + size])


@cache
def _unspaced() -> tuple[tuple[str, int], ...]:
    """Those that stand within a run of a script without blanks, with their kinds."""
    listed = cues.ordered("scope").items()
    return tuple((said, kind) for said, kind in listed if len(said) > 1 and cues.is_unspaced(said))


@cache
def _openings() -> frozenset[str]:
    """The first words of all entries."""
    return frozenset(entry.partition(" ")[0] for entry in (*cues.ordered("scope"), *_SAYINGS))


@cache
def _longest() -> int:
    return max(entry.count(" ") + 1 for entry in (*cues.ordered("scope"), *_SAYINGS))
