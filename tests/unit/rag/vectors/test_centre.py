"""Vectors as the search compares them, and passages in another language beside the question's own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from balas.rag.index import FOREIGN_SHARE, IndexedDocument, lexical_score, prepare_entry
from balas.rag.retriever import Retriever
from balas.rag.stores.edge_store import open_edge_index
from balas.rag.vectors.centre import CENTRED_MODEL, centre_of, embed_searches
from balas.rag.vectors.embedded_model import EmbeddedModel
from balas.rag.words.language import is_foreign
from balas.values import Chunk
from tests.unit.rag.shops import FACTS, QUESTIONS

PUBLIC = frozenset({"public"})


def test_centred_cosines_tell_subjects_further_apart(model: EmbeddedModel) -> None:
    centre = centre_of(model.name, model.dimension)
    passages, questions = model.embed_passages(FACTS["en"]), embed_searches(model, QUESTIONS["en"])
    plain = questions @ passages.T
    centred = (
        np.stack([centre.of_question(q) for q in questions]) @ np.stack([centre.of_passage(p) for p in passages]).T
    )
    assert np.ptp(centred) > 2 * np.ptp(plain)


def test_other_models_are_left_as_they_are() -> None:
    vector = np.array([0.6, 0.8], np.float32)
    for centre in (centre_of("openai:large", 2), centre_of(CENTRED_MODEL, 2)):
        assert centre.of_passage(vector) is vector
        assert centre.of_question(vector) is vector


def test_a_search_leaves_out_what_the_model_puts_before_a_question(model: EmbeddedModel) -> None:
    texts = ["COD?", "", "how long does delivery take to another island"]
    asked, queries = embed_searches(model, texts), model.embed_queries(texts)
    assert np.allclose(np.linalg.norm(asked, axis=1), 1, atol=1e-5)
    likeness = (asked * queries).sum(axis=1)
    assert likeness[0] < likeness[2] < 0.9999
    assert float(asked[0] @ embed_searches(model, texts[:1])[0]) > 0.98


@pytest.mark.parametrize(
    ("language", "spoken", "foreign"),
    [
        ("en", ("id",), True),
        ("en", ("id", "en"), False),
        ("ms", ("id",), False),
        ("en", (), False),
        ("", ("id",), False),
    ],
)
def test_a_foreign_language(language: str, spoken: tuple[str, ...], foreign: bool) -> None:
    assert is_foreign(language, spoken) is foreign


def test_a_foreign_passage_counts_as_sharing_some_words() -> None:
    assert lexical_score(0.1, foreign=False) == 0.1
    assert lexical_score(0.1, foreign=True) == FOREIGN_SHARE
    assert lexical_score(0.7, foreign=True) == 0.7


def test_the_answer_in_another_language_beats_chance_words_in_the_own(tmp_path: Path, model: EmbeddedModel) -> None:
    texts = [
        ("id", "Pengiriman memakan waktu 4 sampai 7 hari kerja."),
        ("id", "Toko kami hanya di Bandung, buka cabang baru tahun depan."),
        ("en", "On Saturday we are open from 10:00 to 14:00. On Sunday we are closed."),
        ("en", "You can return unopened goods within 14 days of delivery."),
    ]
    index = open_edge_index(tmp_path, model=model.name, dimension=model.dimension)
    vectors = model.embed_passages([text for _, text in texts])
    for number, ((language, text), vector) in enumerate(zip(texts, vectors, strict=True), 1):
        document = IndexedDocument(number, 1, "", "public")
        entry = prepare_entry(Chunk(0, text), document, chunk_id=number, vector=vector, language=language)
        index.replace_document(number, [entry])
    retriever = Retriever(index, model)
    found = retriever.search("hari minggu buka jam berapa?", audiences=PUBLIC)
    assert found.passages[0].text.startswith("On Saturday")
    assert found.passages[0].language == "en"
    assert index.foreign_to("id") == {"en"}
    assert index.foreign_to("sw") == frozenset()  # nothing is in it: all passages are equally foreign
    own = retriever.search("berapa hari kerja pengiriman?", audiences=PUBLIC)
    assert own.passages[0].text.startswith("Pengiriman")
    index.close()
