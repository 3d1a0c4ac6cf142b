"""What a store keeps beside a passage's vectors, and the passage made of it."""

from __future__ import annotations

import hashlib
import re
from typing import Any

from balas.rag.index import IndexEntry
from balas.values import PUBLIC, ChunkKind, Passage, audiences_in

DENSE = "dense"
WORD = re.compile(r"\w+")
PAYLOAD = ("document_id", "version", "title", "heading", "page", "position", "kind", "language", "audience", "text")

Parts = dict[str, float]  # scores by leg


def fingerprint(text: str) -> int:
    """The same number for texts of the same words in the same order."""
    words = " ".join(WORD.findall(text.lower()))
    return int.from_bytes(hashlib.blake2b(words.encode("utf-8", "surrogatepass"), digest_size=6).digest())


def payload_of(entry: IndexEntry) -> dict[str, Any]:
    """What is kept beside the vectors. Audiences as a list: a filter looks for any of them."""
    payload: dict[str, Any] = {name: getattr(entry, name) for name in PAYLOAD}
    more = {"audience": sorted(audiences_in(entry.audience)), "fingerprint": fingerprint(entry.text)}
    return payload | more | ({"rows": list(entry.rows)} if entry.rows else {})


def passage_of(chunk_id: int, payload: dict[str, Any], score: float, parts: Parts) -> Passage:
    return Passage(
        chunk_id=chunk_id,
        document_id=payload["document_id"],
        title=payload["title"],
        heading=payload["heading"],
        page=payload["page"],
        text=payload["text"],
        position=payload["position"],
        score=score,
        dense=parts.get(DENSE, 0.0),
        words=parts.get("words", 0.0),
        characters=parts.get("characters", 0.0),
        kind=ChunkKind(payload["kind"]),
        language=payload["language"],
        is_public=PUBLIC in payload["audience"],
        rows=tuple(payload.get("rows") or ()),
    )
