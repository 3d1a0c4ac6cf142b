"""Documents of a made-up shop, Toko Kopi Lereng in Bandung, for the first minutes and for tests."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

SUFFIXES = frozenset({".docx", ".md", ".pdf", ".xlsx"})


def sample_files() -> list[Path]:
    """The sample documents, by name."""
    folder = Path(str(files(__name__)))
    return sorted(path for path in folder.iterdir() if path.suffix in SUFFIXES)
