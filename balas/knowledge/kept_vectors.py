"""Vectors that evaluations made, kept beside the model: the next one of the same texts starts at once."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from balas.knowledge.vectors import content_hash

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

FILE = "evaluations.sqlite"
KEPT = 200_000  # passages: 160 MB; beyond that the file starts anew
WAIT_SECONDS = 30.0  # for another evaluation that writes


class KeptVectors:
    """By model and text. Safe for several processes."""

    def __init__(self, folder: Path, model: str) -> None:
        self._path = folder / FILE
        self._model = model

    def read(self, texts: Sequence[str]) -> dict[str, Vectors]:
        import numpy as np  # noqa: PLC0415 (with the first vector)

        found: dict[str, Vectors] = {}
        with closing(self._opened()) as database:
            for text in texts:
                row = database.execute("select data from vectors where key = ?", (self._key(text),)).fetchone()
                if row is not None:
                    found[text] = np.frombuffer(row[0], "<f2").astype(np.float32)
        return found

    def write(self, vectors: Mapping[str, Vectors]) -> None:
        rows = [(self._key(text), vector.astype("<f2").tobytes()) for text, vector in vectors.items()]
        with closing(self._opened()) as database, database:
            if database.execute("select count(*) from vectors").fetchone()[0] > KEPT:
                database.execute("delete from vectors")
            database.executemany("insert or replace into vectors values (?, ?)", rows)

    def _key(self, text: str) -> str:
        return content_hash(f"{self._model}\n{text}")

    def _opened(self) -> sqlite3.Connection:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        database = sqlite3.connect(self._path, timeout=WAIT_SECONDS)
        database.execute("create table if not exists vectors (key text primary key, data blob) without rowid")
        return database
