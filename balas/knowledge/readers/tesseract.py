"""The program `tesseract`, which recognises text: whether it is installed, with which languages, and its limits."""

from __future__ import annotations

import shutil
import subprocess

MAX_PIXELS = 64_000_000
PAGE_SECONDS = 60.0
TOTAL_SECONDS = 300.0  # of one file; a queue's job ends after ten minutes
LIST_SECONDS = 10.0

HOW_TO_GET_IT = (
    "install the program tesseract with the packs of your languages where Balas runs "
    "(on Debian: apt install tesseract-ocr tesseract-ocr-ind)"
)
ORIENTATION = "osd"  # listed among the languages: tells how a page lies and in which script it is written


def program() -> str | None:
    return shutil.which("tesseract")


def languages(program: str) -> list[str]:
    """Those installed, without the models of whole scripts; empty when the program does not run."""
    try:
        listed = subprocess.run(  # noqa: S603
            [program, "--list-langs"],
            capture_output=True,
            timeout=LIST_SECONDS,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired):
        return []
    names = listed.stdout.decode("utf-8", "replace").splitlines()[1:]
    return sorted(name for name in map(str.strip, names) if name and "/" not in name and name not in {"equ", "snum"})
