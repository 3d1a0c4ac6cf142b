from __future__ import annotations

import pytest

from balas.rag.embedded_model import EmbeddedModel


@pytest.fixture(scope="session")
def model() -> EmbeddedModel:
    """The bundled model, from the machine's own cache: built there by the first test that ever asks for it."""
    return EmbeddedModel()
