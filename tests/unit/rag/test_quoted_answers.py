"""What is quoted, and what is refused, of small documents: one case for each cause of a wrong answer."""

from __future__ import annotations

import pytest

from balas.rag.embedded_model import EmbeddedModel
from balas.rag.extractive import Extractor
from balas.rag.question import Asked
from balas.values import ChunkKind, Passage, Retrieval


@pytest.fixture(scope="module")
def embedder():
    return EmbeddedModel()


@pytest.fixture(scope="module")
def extracted(embedder):
    def found(question: str, *passages: Passage) -> str | None:
        extract = Extractor(embedder).extract(Asked(question, question), Retrieval(question, "en", passages, 0.9))
        return extract and extract.text

    return found


def passage(text: str, heading: str = "", kind: ChunkKind = ChunkKind.TEXT, number: int = 1) -> Passage:
    return Passage(number, 1, "Shop", heading, 1, text, number, 4.0, 0.9, 0.5, 0.5, kind)


def test_a_sentence_speaks_of_the_topics_of_its_heading_too(extracted):
    breakfast = passage("الأطفال دون السادسة مجاناً. للشخص 65 ريالاً.", "الإفطار")
    internet = passage("الواي فاي مجاني في جميع أنحاء الفندق.", "الإنترنت", number=2)
    assert extracted("الفطور مجاني؟", breakfast, internet).startswith("الأطفال دون السادسة مجاناً.")
