"""How long work is shown: a bar on a terminal, plain lines elsewhere. Both on stderr, so that output stays clean."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

PLAIN_EVERY_SECONDS = 2.0


class Display(Protocol):
    def show(self, done: float, total: int, phase: str) -> None:
        """`done` of `total` things, fractions counted."""
        ...

    def say(self, line: str) -> None: ...


@contextmanager
def progress_display() -> Iterator[Display]:
    if not sys.stderr.isatty():
        yield PlainLines()
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

    columns = (BarColumn(), TaskProgressColumn(), TextColumn("{task.description}", markup=False))
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        yield _Bar(progress)


class PlainLines:
    def __init__(self) -> None:
        self._next_at = 0.0
        self._last = ""

    def show(self, done: float, total: int, phase: str) -> None:
        line = f"{int(done)} of {total}: {phase}" if total > 1 else phase
        if line != self._last and time.monotonic() >= self._next_at:
            self.say(line)
            self._last = line
            self._next_at = time.monotonic() + PLAIN_EVERY_SECONDS

    def say(self, line: str) -> None:
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()


class _Bar:
    def __init__(self, progress: object) -> None:
        from rich.progress import Progress

        assert isinstance(progress, Progress)  # noqa: S101 narrows the type
        self._progress = progress
        self._task = progress.add_task("", total=None)

    def show(self, done: float, total: int, phase: str) -> None:
        self._progress.update(self._task, completed=done, total=total, description=phase)

    def say(self, line: str) -> None:
        self._progress.console.print(line, markup=False, highlight=False)
