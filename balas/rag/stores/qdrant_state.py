"""What a Qdrant collection says of itself, in one reserved point: whose passages these are and up to which version."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any

from balas.errors import IndexUnavailable

STATE_POINT = 0  # passages have ids from 1
CHUNK_BITS = 36  # below them a point's number holds its chunk, above them its generation

Identity = dict[str, Any]


@dataclass(frozen=True, slots=True)
class State:
    """A generation is one published change of the collection; a search sees the passages of one generation.

    A passage is in generation g when `since <= g` and not `until <= g`. So writes are invisible until the one write
    of this point publishes them, and searches that began before go on seeing what they saw.
    """

    identity: Identity
    generation: int = 0
    version: int = 0  # of the database
    floor: int = 0  # passages that were replaced up to this generation are gone for good
    saved: int | None = None  # the generation whose frequencies are kept beside
    parts: int = 0  # in how many points
    changed: int = 0  # passages that came or went since then
    retired_at: float | None = None  # when replaced passages were last left for searches under way

    def as_payload(self) -> dict[str, Any]:
        return asdict(self)


def state_of(payload: dict[str, Any]) -> State:
    known = {name: payload[name] for name in State.__dataclass_fields__ if name in payload}
    return State(**known)


def fingerprint_of(identity: Identity) -> str:
    return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:12]


def check_identity(found: Identity, wanted: Identity) -> None:
    """Vectors of two models, or documents of two databases, must never meet. Raises `IndexUnavailable`."""
    if found == wanted:
        return
    if found.get("database") != wanted["database"]:
        raise IndexUnavailable(
            "The Qdrant index belongs to another database: give this one a Qdrant server of its own, "
            "or hand it over with balas reindex."
        )
    if (found.get("model"), found.get("dimension")) != (wanted["model"], wanted["dimension"]):
        raise IndexUnavailable(
            f"The Qdrant index holds vectors of {found.get('model')}, not of {wanted['model']}: run balas reindex "
            "with these settings, or set the embedding model back."
        )
    raise IndexUnavailable("The Qdrant index was written by another version of Balas: run balas reindex.")


def point_id(generation: int, chunk_id: int) -> int:
    """Never the same for two contents: a database may give a deleted chunk's id away again."""
    return generation << CHUNK_BITS | chunk_id
