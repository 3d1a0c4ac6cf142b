from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from balas.database.engine import Database
from balas.rag.embeddings import Embedder
from tests.unit.knowledge.desk import Desk
from tests.unit.knowledge.small_site import Site, small_site
from tests.unit.knowledge.surveyor import Surveyor


@pytest.fixture(scope="session")
def embedder() -> Embedder:
    from balas.rag.vectors.embedded_model import EmbeddedModel

    return EmbeddedModel()


@pytest.fixture
def desk(database: Database, tmp_path: Path, embedder: Embedder) -> Iterator[Desk]:
    desk = Desk(database, tmp_path, lambda: embedder)
    yield desk
    desk.close()


@pytest.fixture
def site() -> Iterator[Site]:
    with small_site() as running:
        yield running


@pytest.fixture
def surveyor(sqlite: Database, tmp_path: Path, site: Site) -> Iterator[Surveyor]:
    surveyor = Surveyor(sqlite, tmp_path, site)
    yield surveyor
    surveyor.close()
