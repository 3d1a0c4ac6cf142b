"""How well answers hold what a set of questions expects: contained at all, how early, how long, how often refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from balas.rag.words import cues
from balas.rag.words.sentences import split_sentences

AT_ONCE = 120  # characters that a person sees without reading on
LONG_ENOUGH = 4  # characters that are no chance within a longer word ("Tyndale" in "Tyndale's")


@dataclass
class AnswerFigures:
    """Collected over the questions of a set."""

    refused: int = 0  # though the set has an answer
    missed: int = 0  # answered, with something else
    first: int = 0  # the expected answer stands in the first sentence or line
    at_once: int = 0  # it ends within the first `AT_ONCE` characters
    later: int = 0
    lengths: list[int] = field(default_factory=list)
    unanswerable: int = 0
    answered_unanswerable: int = 0

    def add(self, answer: str | None, expected: Sequence[str]) -> None:
        """`expected`: spellings of the answer; any counts."""
        if answer is None:
            self.refused += 1
            return
        self.lengths.append(len(answer))
        if not holds_any(answer, expected):
            self.missed += 1
            return
        if holds_any(next(iter(split_sentences(answer)), ""), expected):
            self.first += 1
        else:
            self.later += 1
        self.at_once += holds_any(answer[:AT_ONCE], expected)

    def add_unanswerable(self, answer: str | None) -> None:
        self.unanswerable += 1
        self.answered_unanswerable += answer is not None

    def as_dict(self) -> dict[str, float | None]:
        """Shares of all questions with a known answer, but for the last; lengths in characters."""
        held = self.first + self.later
        asked = held + self.missed + self.refused
        return {
            "answer_contained": _share(held, asked),
            "contained_where_answered": _share(held, asked - self.refused),
            "in_first_sentence": _share(self.first, asked),
            "visible_at_once": _share(self.at_once, asked),
            "refused": _share(self.refused, asked),
            "median_characters": median(self.lengths) if self.lengths else None,
            "most_characters": max(self.lengths, default=None),
            "answered_unanswerable": _share(self.answered_unanswerable, self.unanswerable),
        }


def holds_any(text: str, expected: Sequence[str]) -> bool:
    """Words in their order, whatever case and punctuation. A short one must be a whole word: "5" is not in "15"."""
    said = f" {' '.join(cues.words(text))} "
    for answer in expected:
        wanted = " ".join(cues.words(answer))
        if not wanted:
            continue
        if f" {wanted} " in said or (len(wanted) >= LONG_ENOUGH and wanted in said):
            return True
        if cues.is_unspaced(answer) and wanted.replace(" ", "") in said.replace(" ", ""):
            return True
    return False


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
