from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from balas.rag.vectors.embedded_model import EmbeddedModel

if TYPE_CHECKING:
    from tests.fakes.qdrant_http import QdrantHttp
    from tests.unit.rag.stores.shared_indexes import Open


@pytest.fixture(scope="session")
def model() -> EmbeddedModel:
    """The bundled model, from the machine's own cache: built there by the first test that ever asks for it."""
    return EmbeddedModel()


@pytest.fixture
def qdrant() -> Iterator[QdrantHttp]:
    from tests.fakes.qdrant_http import QdrantHttp  # brings Qdrant's client, which few tests here need

    with QdrantHttp() as server:
        yield server


@pytest.fixture
def opened(qdrant: QdrantHttp) -> Iterator[Open]:
    from tests.unit.rag.stores.shared_indexes import opening

    with opening(qdrant) as open_one:
        yield open_one
