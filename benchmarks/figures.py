"""A figure: a ratio measured side by side in one run, repetition by repetition, printed as one JSON line."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any


@dataclass(frozen=True, slots=True)
class Options:
    """`tiny`: every part runs once and small, to see that it runs; the figures then mean nothing."""

    tiny: bool = False
    repetitions: int | None = None
    evaluation_set: Path | None = None
    cache: Path | None = None

    def times(self, usual: int) -> int:
        return 1 if self.tiny else self.repetitions or usual

    def pick(self, usual: float, tiny: float) -> float:
        return tiny if self.tiny else usual


@dataclass
class Pairs:
    """Repetitions of two things measured in turn, so that the machine's other load meets both alike."""

    ours: list[float] = field(default_factory=list)
    theirs: list[float] = field(default_factory=list)

    def add(self, ours: float, theirs: float) -> None:
        self.ours.append(ours)
        self.theirs.append(theirs)

    @property
    def ratios(self) -> list[float]:
        return [ours / theirs for ours, theirs in zip(self.ours, self.theirs, strict=True)]


@dataclass(frozen=True, slots=True)
class Figure:
    """`of`: what is divided by what. `more`: absolute values and circumstances, which only explain the ratio."""

    name: str
    of: str
    ratios: Sequence[float]
    target: str
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def median(self) -> float:
        return median(self.ratios)

    def as_json(self) -> str:
        line = {
            "figure": self.name,
            "of": self.of,
            "ratio": rounded(self.median),
            "median": rounded(self.median),
            "low": rounded(min(self.ratios)),
            "high": rounded(max(self.ratios)),
            "repetitions": len(self.ratios),
            "target": self.target,
            "load": load_average(),
            **self.more,
        }
        return json.dumps(line, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A figure that could not be measured here, and why."""

    name: str
    reason: str

    def as_json(self) -> str:
        return json.dumps({"figure": self.name, "left_out": self.reason, "load": load_average()}, ensure_ascii=False)


def rounded(value: float) -> float:
    """Three significant digits."""
    return float(f"{value:.3g}")


def load_average() -> float:
    """Processes that ran or waited in the last minute: above the number of cores, the machine was not ours alone."""
    return round(os.getloadavg()[0], 2)
