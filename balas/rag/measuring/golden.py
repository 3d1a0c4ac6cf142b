"""Questions whose right answers are known: does what was found and answered hold them? Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import pairwise
from typing import Any

from balas.rag.quoting.quotes import quotes
from balas.rag.words import cues
from balas.rag.words.figures import Figures, collected, figures, holds
from balas.rag.words.lexical import folded, plain_words, word_grams
from balas.values import Answer, Passage

DEPTH = 4  # the passages among which the expected one must be
ALIKE = 0.7
SAME = 0.5  # share of a word's letters in runs of four
LITERAL = 3  # a text of so few words must stand there word for word; of a longer one a typing error may differ
MISSING = 0.15  # share of its words that may be others; a typing error is not even one of these
TWIN_WORDS = 2
EXCERPT = 300
_TOKEN = re.compile(r"[^\W_]+(?:[.,:]\d+)*")
_GLUED = re.compile(r"(?<=[^\W\d_])(?=\d)")  # "Rp15.000" is "Rp 15.000"
_REASONS = {
    "found": "what is expected is not found for it any more",
    "answered": "it is no longer answered from there",
    "said": "the answer no longer says what is expected",
    "silent": "it is answered, though it should not be",
}


@dataclass(frozen=True, slots=True)
class Golden:
    id: int
    question: str
    language: str | None = None
    audience: str = "public"
    document_id: int | None = None
    expected: str | None = None
    must_abstain: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """How one question did. `found`, `answered`, `said`: None where nothing of the kind is expected."""

    found: bool | None
    answered: bool | None
    said: bool | None
    silent: bool | None  # it abstained, as it should
    rivals: tuple[str, ...]  # lines that say the same as the expected one, but for one figure
    answer: str

    @property
    def passes(self) -> bool:
        """What the answer says in its own words does not decide: the passages under it do."""
        return self.silent is not False and self.found is not False and self.answered is not False

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Result:
        return cls(**{name: kept[name] for name in cls.__slots__} | {"rivals": tuple(kept["rivals"])})


@dataclass(frozen=True, slots=True)
class Fall:
    golden: Golden
    reason: str
    before: str  # answers
    after: str


def judged(golden: Golden, passages: Sequence[Passage], answer: Answer) -> Result:
    """`passages`: what was found for the question, best first."""
    shown = answer.text[:EXCERPT]
    if golden.must_abstain:
        return Result(None, None, None, answer.abstained, (), shown)
    first = passages[:DEPTH]
    wanted = [line for line in (golden.expected or "").splitlines() if line.strip()]
    own = [one for one in first if golden.document_id in {None, one.document_id}]
    found = bool(own) and all(any(_holds_passage(one, line) for one in own) for line in wanted)
    cited = {source.document_id for source in answer.sources}
    # Another document may say the same; without an expected text the expected document alone counts.
    from_there = golden.document_id in {None, *cited} or any(says(answer.text, line) for line in wanted)
    answered = not answer.abstained and from_there
    said = all(says(answer.text, line) for line in wanted) if wanted else None
    return Result(found, answered, said, None, _rivals(first, wanted), shown)


def fallen(golden: Golden, before: Result, after: Result, *, written: bool = False) -> Fall | None:
    """What was right and is not any more; None when nothing is.

    What is quoted shifts with every edit, so the words of an answer count only where a model has written them.
    """
    for name, reason in _REASONS.items():
        if name == "said" and not written:
            continue
        if getattr(before, name) is True and getattr(after, name) is False:
            return Fall(golden, reason, before.answer, after.answer)
    new = [line for line in after.rivals if line not in before.rivals]
    if new and before.found:
        return Fall(
            golden, f"another figure stands beside the expected one: {new[0][:EXCERPT]}", before.answer, after.answer
        )
    return None


def figures_of(results: Sequence[Result]) -> dict[str, Any]:
    """How many there are of what, and of how many it can be said."""
    found = {"questions": len(results), "passing": sum(result.passes for result in results)}
    for name in _REASONS:
        values = [getattr(result, name) for result in results if getattr(result, name) is not None]
        found |= {name: sum(values), f"{name}_of": len(values)}
    return found


def says(text: str, expected: str) -> bool:
    """Does a text say this: word for word, or, when it is longer, in these words with these very figures?"""
    wanted, said = _reading(expected), _reading(text)
    if f" {' '.join(wanted.tokens)} " in f" {' '.join(said.tokens)} ":
        return True
    if cues.is_unspaced(expected) and "".join(wanted.tokens) in "".join(said.tokens):
        return True
    if len(wanted.words) <= LITERAL:
        return False
    words = [word for word in wanted.words if not any(char.isdigit() for char in word)]
    shares = [sum(gram in said.grams for gram in word_grams(word)) / len(word_grams(word)) for word in words]
    other = [word for word, share in zip(words, shares, strict=True) if share < SAME]
    if sum(not any(_is_like(word, near) for near in said.words) for word in other) > MISSING * len(words):
        return False
    return all(holds(_figures(text), figure) for figure in figures(expected))


def _says_closely(text: str, expected: str) -> bool:
    """The same, and no word stands before another figure instead: of two columns that were swapped a row holds both."""
    if not says(text, expected):
        return False
    there = _labelled(_reading(text).tokens)
    for label, digits in _labelled(_reading(expected).tokens):
        found = {other for named, other in there if _is_like(label, named)}
        if found and digits not in found:
            return False
    return True


def _labelled(tokens: Sequence[str]) -> list[tuple[str, str]]:
    """Figures, as digits alone, with the word before."""
    pairs = [(before, re.sub(r"\D", "", token)) for before, token in pairwise(tokens)]
    return [(before, digits) for before, digits in pairs if digits and not any(char.isdigit() for char in before)]


def _is_like(one: str, other: str) -> bool:
    """The same word, a typing error aside."""
    return one == other or SequenceMatcher(None, one, other).ratio() >= ALIKE


@dataclass(frozen=True, slots=True)
class _Reading:
    tokens: tuple[str, ...]
    words: tuple[str, ...]
    grams: frozenset[str]


@lru_cache(maxsize=4096)  # the same passages are read for many questions
def _reading(text: str) -> _Reading:
    text = _GLUED.sub(" ", text)
    words = tuple(plain_words(text))
    return _Reading(tuple(_tokens(text)), words, frozenset(gram for word in words for gram in word_grams(word)))


@lru_cache(maxsize=4096)
def _figures(text: str) -> Figures:
    return collected(text)


def _holds_passage(passage: Passage, expected: str) -> bool:
    """In one piece: words of one row beside a figure of another say nothing."""
    return (
        says(passage.text, expected)
        if len(_reading(expected).words) <= LITERAL
        else any(_says_closely(unit, expected) for unit in _units(passage))
    )


def _units(passage: Passage) -> Iterator[str]:
    for quote in quotes(passage):
        yield quote.text
    yield from passage.text.splitlines()


def _tokens(text: str) -> list[str]:
    return _TOKEN.findall(folded(text))


def _rivals(passages: Sequence[Passage], wanted: Sequence[str]) -> tuple[str, ...]:
    """Lines with the words of one that holds what is expected, and all but one of its figures."""
    units = {unit.strip(): None for passage in passages for unit in _units(passage) if unit.strip()}
    right = {unit for unit in units if any(says(unit, line) for line in wanted)}
    return tuple(unit for unit in units if unit not in right and any(is_rival(bag(unit), bag(one)) for one in right))


@lru_cache(maxsize=4096)
def bag(unit: str) -> tuple[frozenset[str], Counter[str]]:
    tokens = _tokens(unit)
    words = frozenset(token for token in tokens if not any(char.isdigit() for char in token))
    return words, Counter(token for token in tokens if any(char.isdigit() for char in token))


def is_rival(one: tuple[frozenset[str], Counter[str]], other: tuple[frozenset[str], Counter[str]]) -> bool:
    if one[0] != other[0] or len(one[0]) < TWIN_WORDS:
        return False
    return (one[1] - other[1]).total() == 1 and (other[1] - one[1]).total() == 1
