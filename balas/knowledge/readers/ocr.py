"""Text recognition by the program `tesseract`, where it is installed: a picture of a page to lines with places.

It runs within the limits of the process that reads: memory, processor time, no network, no files.
"""

from __future__ import annotations

import ctypes
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

from balas.knowledge.readers import ocr_languages, ocr_layout, tesseract
from balas.knowledge.readers.pdf_page import Line

UNSURE = 65  # of 100: a page read with less trust than this is pointed out

_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True)
class Recognised:
    """`trust` is Tesseract's own, 0..100; 100 where there is nothing to read."""

    lines: list[Line]
    trust: float


class Recogniser:
    """For one file: its first page decides which of many languages it is read in."""

    def __init__(self, program: str, installed: Sequence[str]) -> None:
        self._program = program
        self._turns = tesseract.ORIENTATION in installed  # can tell how a page lies
        self._installed = [name for name in installed if name != tesseract.ORIENTATION]
        self._chosen: str | None = None
        self._until = time.monotonic() + tesseract.TOTAL_SECONDS

    @classmethod
    def found(cls) -> Recogniser | None:
        """None where there is no Tesseract, or none of its languages."""
        program = tesseract.program()
        installed = tesseract.languages(program) if program else []
        return cls(program, installed) if program and set(installed) - {tesseract.ORIENTATION} else None

    @property
    def has_time(self) -> bool:
        return time.monotonic() < self._until

    def read(self, picture: bytes, points_a_pixel: float) -> Recognised | None:
        """The lines on a picture (PNG, JPEG, WebP, PNM); None when Tesseract fails on it or takes too long."""
        if self._chosen is None:
            self._chosen = self._choose(picture)
        found = self._run(picture, "--psm", "1" if self._turns else "3", "-l", self._chosen, "hocr")
        return None if found is None else Recognised(*ocr_layout.lines(found, points_a_pixel))

    def _choose(self, picture: bytes) -> str:
        if len(self._installed) <= ocr_languages.TOGETHER:
            return "+".join(self._installed)
        script = ocr_languages.script(self._run(picture, "--psm", "0") or b"") if self._turns else "Latin"
        candidates = ocr_languages.of_script(script, self._installed)
        if len(candidates) <= ocr_languages.TOGETHER:
            return "+".join(candidates)
        sample = self._run(picture, "--psm", "3", "-l", candidates[0], "txt") or b""
        return "+".join(ocr_languages.of_text(sample.decode("utf-8", "replace"), candidates))

    def _run(self, picture: bytes, *arguments: str) -> bytes | None:
        try:
            done = subprocess.run(  # noqa: S603
                [self._program, "stdin", "stdout", *arguments],
                input=picture,
                capture_output=True,
                timeout=tesseract.PAGE_SECONDS,
                check=False,
                env={"OMP_THREAD_LIMIT": "1"},
                preexec_fn=_die_with_parent,  # safe: the process that reads has one thread
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        return done.stdout if done.returncode == 0 else None


def _die_with_parent() -> None:
    """Whoever reads is killed when its time is over, and could not end what it started."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
