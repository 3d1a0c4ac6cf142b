"""The language of each passage."""

from __future__ import annotations

from collections.abc import Sequence

from balas.rag.words.language import detect
from balas.values import Chunk

SAMPLE_CHARACTERS = 2000


def languages_of(chunks: Sequence[Chunk], given: str | None) -> list[str]:
    """Each passage's own; the document's decides where a passage is too short to tell."""
    if given:
        return [given] * len(chunks)
    sample = "\n".join(piece.text for piece in chunks[:10])[:SAMPLE_CHARACTERS]
    document_language = detect(sample)
    return [detect(piece.text, document_language) for piece in chunks]
