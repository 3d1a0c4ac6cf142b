from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from balas.database.engine import Database
from balas.rag.embeddings import Embedder
from tests.unit.knowledge.desk import Desk


@pytest.fixture(scope="session")
def embedder() -> Embedder:
    from balas.rag.embedded_model import EmbeddedModel

    return EmbeddedModel()


@pytest.fixture
def desk(database: Database, tmp_path: Path, embedder: Embedder) -> Iterator[Desk]:
    desk = Desk(database, tmp_path, lambda: embedder)
    yield desk
    desk.close()
