"""What of a model's draft the passages really say: every sentence is looked up, figures to the letter."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from balas.rag.checks.abstentions import is_not_knowing
from balas.rag.checks.courtesies import is_polite
from balas.rag.checks.echoes import is_echo
from balas.rag.checks.leads import Lead, lead, unsoftened
from balas.rag.checks.literals import (
    Known,
    has_figures,
    known_of,
    known_passage,
    missing,
    says_figures_alone,
    share_of,
    unknown_span,
)
from balas.rag.checks.marks import marks, unmarked, with_marks_inside
from balas.rag.checks.scope import scopes, widened
from balas.rag.checks.table_rows import without_tables
from balas.rag.quoting.entries import Likeness, reply_to
from balas.rag.talk.phrases import primary
from balas.rag.words import cues
from balas.rag.words.language import detect
from balas.rag.words.sentences import split_sentences
from balas.rag.words.weekdays import weekdays
from balas.values import Passage

HELD = 0.4  # share of a sentence's words from which a passage is taken to say it
REPEATED_WORDS = 4  # from here on a sentence is said once
CITED_TOO = 0.6  # of the best share: a passage cited along with it is named too
WORSE = 0.2  # share of words by which a passage may speak less of a sentence than another that does not hold it
ALIKE_MARGIN = 0.02  # a sentence must lie as near to its passage as the question to its best, but for this
AGREED_MARGIN = 0.05  # the same for a sentence that opens with yes or no as the entry that was asked for does

# What a passage says against a sentence, not only fails to say.
CONTRADICTIONS = ("the passage says the opposite", "only of something else", "what the passage does not give for free")

_BULLET = re.compile(r"^\s*(?:[-*•–]|\d{1,2}[.)])\s+")


@dataclass(frozen=True, slots=True)
class Grounded:
    """The draft as it may be shown. `text` is "" when nothing of it holds; `cited` are places in the passages given."""

    text: str
    cited: tuple[int, ...]
    removed: tuple[str, ...]
    checks: tuple[dict[str, Any], ...]

    @property
    def is_withheld(self) -> bool:
        return not self.text


@dataclass(frozen=True, slots=True)
class _Verdict:
    support: tuple[int, ...]
    problem: str | None = None  # why the sentence goes
    kind: str = "supported"  # "supported", "echo", "courtesy" or "lead"


def ground(
    draft: str,
    passages: Sequence[Passage],
    question: str = "",
    language: str | None = None,
    alike: Likeness | None = None,
    entries: Likeness | None = None,
) -> Grounded:
    """Keeps the sentences that the passages hold, without their marks, and finds which passages hold them.

    `alike` gives each text's similarities to the passages, for sentences in another language than theirs; `entries`
    likewise to the questions of those that are entries of a list of questions.
    """
    judge = _Judge(passages, question, language, alike, entries)
    said: set[str] = set()
    lines = [
        [(sentence, judge.judged(sentence)) for sentence in split_sentences(line) if _is_new(sentence, said)]
        for line in without_tables(with_marks_inside(draft).splitlines())
    ]
    verdicts = _followed([pair for line in lines for pair in line])
    text = "\n".join(_kept(verdicts[end - len(line) : end]) for line, end in zip(lines, _ends(lines), strict=True))
    removed = tuple(unmarked(sentence) for sentence, verdict in verdicts if verdict.problem)
    checks = tuple(_check(sentence, verdict) for sentence, verdict in verdicts)
    good = [verdict for _, verdict in verdicts if verdict.problem is None]
    # Courtesy alone, or an echo of the question after its answer was removed, would say nothing.
    says_something = any(verdict.kind == "supported" for verdict in good)
    echoes = not removed and any(verdict.kind == "echo" for verdict in good)
    if not (says_something or echoes):
        return Grounded("", (), removed, checks)
    cited = tuple(dict.fromkeys(place for verdict in good for place in verdict.support))
    return Grounded(re.sub(r"\n+", "\n", text).strip(), cited, removed, checks)


def _followed(judged: Sequence[tuple[str, _Verdict]]) -> list[tuple[str, _Verdict]]:
    """A "Yes." that no entry answers stands or falls with the sentence after it."""
    found = list(judged)
    for here in reversed(range(len(found))):
        sentence, verdict = found[here]
        after = found[here + 1][1] if here + 1 < len(found) else None
        if verdict.kind == "lead" and (after is None or after.problem):
            found[here] = (sentence, _Verdict((), problem="yes or no with nothing to hold it"))
    return found


def _ends(lines: Sequence[Sequence[object]]) -> list[int]:
    return list(accumulate(len(line) for line in lines))


def _kept(judged: Sequence[tuple[str, _Verdict]]) -> str:
    kept = " ".join(unmarked(sentence) for sentence, verdict in judged if verdict.problem is None)
    return kept if cues.words(_BULLET.sub("", kept)) else ""


def _is_new(sentence: str, said: set[str]) -> bool:
    """A model that loops says one thing a hundred times. A short "Yes." may well stand twice."""
    words = " ".join(cues.words(unmarked(_BULLET.sub("", sentence))))
    if words in said:
        return False
    if words.count(" ") >= REPEATED_WORDS - 1:
        said.add(words)
    return True


class _Judge:
    def __init__(
        self,
        passages: Sequence[Passage],
        question: str,
        language: str | None,
        alike: Likeness | None,
        entries: Likeness | None,
    ) -> None:
        self._passages = passages
        self._known = [
            known_passage(
                passage.text,
                f"{passage.title}\n{passage.heading}",
                _spoken(passage.language or detect(passage.text), language),
            )
            for passage in passages
        ]
        self._asked = known_of(question)
        self._question = question
        self._asked_days = weekdays(question)
        self._language = language
        self._alike = alike
        self._reply = reply_to(question, passages, language, entries)

    def judged(self, sentence: str) -> _Verdict:
        cited = [number - 1 for number in marks(sentence) if 0 < number <= len(self._known)]
        bare = unmarked(_BULLET.sub("", sentence))
        if not cues.words(bare) or is_not_knowing(bare):
            return _Verdict((), kind="courtesy")
        opened = lead(bare)
        if verdict := self._answered(bare, opened):
            return verdict
        told = self._question if says_figures_alone(bare) else unsoftened(opened.rest)
        held = [share_of(told, known.grams) for known in self._known]
        first = max(cited or range(len(held)), key=lambda place: held[place], default=-1)
        problems = {place: self._missing(bare, place, held[place]) for place in cited}
        sound = [place for place in cited if problems[place] is None]
        if sound and self._plausible(bare, sound, held):
            return _Verdict(_closest(sound, held))
        # The figures may stand in several cited passages together, or in one that was not cited.
        if len(cited) > 1 and self._missing_anywhere(bare, cited) is None:
            return _Verdict(tuple(cited))
        others = [place for place in range(len(self._known)) if place not in problems]
        problems |= {place: self._missing(bare, place, held[place]) for place in others}
        return self._uncited(bare, held, dict(sorted(problems.items())), first)

    def _answered(self, bare: str, opened: Lead) -> _Verdict | None:
        """What an entry that answers this very question says of a sentence: "Yes." where it says no."""
        if self._reply is None:
            return _Verdict((), kind="lead") if opened.is_bare else None
        says = self._reply.implied(bare, self._language) if opened.says is None else opened.says
        if says is not None and says is not self._reply.says:
            return _Verdict((), problem=f"the passages answer with {'yes' if self._reply.says else 'no'}")
        return _Verdict(self._reply.places[:1]) if opened.is_bare else None

    def _plausible(self, bare: str, sound: list[int], held: list[float]) -> bool:
        """Does a cited sentence speak of what its passages speak of? Its figures were found there already."""
        if self._alike is None or has_figures(bare, self._language) or max(held[place] for place in sound) >= HELD / 2:
            return True
        return self._nearest(bare, sound, held) is not None

    def _uncited(self, bare: str, held: list[float], problems: dict[int, str | None], first: int) -> _Verdict:
        against = max((held[place] for place, problem in problems.items() if problem in CONTRADICTIONS), default=0.0)
        sound = [
            place
            for place, problem in problems.items()
            if problem is None and (not against or held[place] > against or has_figures(bare, self._language))
        ]
        nearest = self._nearest(bare, sound, held)
        if nearest is not None:
            return _Verdict((nearest,))
        if (
            lead(bare).says is None
            and not scopes(bare)
            and is_echo(bare, self._question, self._asked, self._known, self._language)
        ):
            return _Verdict((), kind="echo")
        if self._missing_in(bare, self._asked, share=0.0, echo=True) is None and self._is_courtesy(bare, held):
            return _Verdict((), kind="courtesy")
        return _Verdict((), problem=(problems.get(first) if first >= 0 else None) or "no passage says this")

    def _is_courtesy(self, bare: str, held: list[float]) -> bool:
        claims = max([share_of(bare, self._asked.grams), *held]) >= HELD
        return lead(bare).says is None and not scopes(bare) and is_polite(bare, claims=claims)

    def _nearest(self, bare: str, sound: list[int], held: list[float]) -> int | None:
        """The passage that says the sentence, if one does; told by meaning where the words are another language's."""
        if not sound:
            return None
        reply = self._reply if self._reply is not None and lead(bare).says is self._reply.says else None
        if reply is not None:
            # What goes on after yes or no is the entry's, or stands plainly elsewhere.
            sound = [place for place in sound if place in reply.places or held[place] >= HELD]
            if not sound:
                return None
        best = max(sound, key=lambda place: held[place])
        if held[best] < max(held) - WORSE and not self._is_nearer(bare, best, held.index(max(held))):
            return None  # the passage that speaks of it says something else
        agrees = reply is not None and best in reply.places
        if held[best] >= (HELD / 2 if agrees or has_figures(bare, self._language) else HELD):
            return best
        if self._alike is None:
            return None
        said, asked = self._alike([bare, self._question or bare])
        closest = max(sound, key=lambda place: said[place])
        near = AGREED_MARGIN if agrees else ALIKE_MARGIN
        return closest if said[closest] >= max(asked) - near else None

    def _is_nearer(self, bare: str, place: int, rival: int) -> bool:
        """Words favour the passages in the sentence's own language; meaning does not."""
        if self._alike is None:
            return False
        (said,) = self._alike([bare])
        return said[place] >= said[rival]

    def _missing_in(self, bare: str, known: Known, share: float, *, echo: bool = False) -> str | None:
        return missing(bare, known, self._asked, self._language, share, echo=echo)

    def _missing(self, bare: str, place: int, share: float) -> str | None:
        told = self._passages[place].language
        is_weighed = not told or primary(told) in cues.languages_with("scope")
        return self._wrong_in(bare, self._known[place], share, is_weighed=is_weighed)

    def _missing_anywhere(self, bare: str, places: Sequence[int]) -> str | None:
        found = [self._passages[place] for place in places]
        above = "\n".join(f"{passage.title}\n{passage.heading}" for passage in found)
        together = known_of("\n".join(passage.text for passage in found), above)
        return self._wrong_in(bare, together, share_of(bare, together.grams))

    def _wrong_in(self, bare: str, known: Known, share: float, *, is_weighed: bool = True) -> str | None:
        """What a passage does not hold of a sentence, or holds of something else, or denies."""
        if problem := self._missing_in(bare, known, share):
            return problem
        if unknown_span(bare, known, self._language):
            return "span of time not in the passage"
        if is_weighed and (wide := widened(lead(bare).rest, known.scopes, known.claims.days, known.each)):
            return f"wider than the passage: {wide}"
        told = f"{self._question.rstrip(' ?？؟')}: {bare}" if says_figures_alone(bare) else bare
        return known.claims.problem(told, self._language, self._asked_days)


def _spoken(passage: str, person: str | None) -> frozenset[str]:
    """The languages whose small words count in a passage; a short one may be taken for another language's."""
    return frozenset(primary(one) for one in (passage, person) if one)


def _closest(sound: list[int], held: list[float]) -> tuple[int, ...]:
    """Of the passages a model cites for a sentence, those that speak of it much as the best one does."""
    best = max(held[place] for place in sound)
    return tuple(place for place in sound if held[place] >= CITED_TOO * best)


def _check(sentence: str, verdict: _Verdict) -> dict[str, Any]:
    return {
        "check": "grounding",
        "sentence": unmarked(sentence)[:200],
        "kept": verdict.problem is None,
        "kind": verdict.kind if verdict.problem is None else "unsupported",
        "passages": [place + 1 for place in verdict.support],
        "problem": verdict.problem,
    }
