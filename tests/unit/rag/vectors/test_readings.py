from __future__ import annotations

import numpy as np
import pytest

from balas.rag.vectors.embedded_model import EmbeddedModel
from balas.rag.vectors.readings import Reading, compared, met
from balas.rag.vectors.remembered_vectors import RememberedReadings, RememberedVectors, remembered
from tests.unit.rag.shops import FACTS, QUESTIONS

SENTENCES = [
    "I cani sono i benvenuti sotto il pergolato, non dentro.",
    "Contanti, bancomat e carte; non accettiamo American Express né ticket restaurant.",
    "Teniamo il tavolo per un quarto d'ora.",
]


@pytest.mark.parametrize(
    ("question", "place"),
    [
        ("posso venire col cane", 0),
        ("can i bring my dog", 0),
        ("si puo pagare con amex", 1),
        ("合計は現金で払えますか", 1),
    ],
)
def test_the_sentence_that_speaks_of_it_meets_most_of_the_question(
    model: EmbeddedModel, question: str, place: int
) -> None:
    shares = [one.met for one in compared(model, question, SENTENCES)]
    assert int(np.argmax(shares)) == place
    assert all(-1 <= share <= 1 for share in shares)


def test_a_reading_has_the_same_vector_as_the_text(model: EmbeddedModel) -> None:
    facts = FACTS["en"]
    for reading, vector in zip(model.read_passages(facts), model.embed_passages(facts), strict=True):
        assert float(reading.vector @ vector) > 0.99
        assert len(reading.pieces) == len(reading.rarity)


def test_every_piece_of_a_question_counts_in_its_search(model: EmbeddedModel) -> None:
    for question in QUESTIONS["en"]:
        mean = model.read_queries([question])[0].pieces.astype(np.float32).mean(axis=0)
        likeness = float(mean @ model.embed_searches([question])[0]) / float(np.linalg.norm(mean))
        assert likeness > 0.9999, question


def test_what_is_usual_in_all_languages_is_less_rare(model: EmbeddedModel) -> None:
    usual, rare = (model.read_queries([text])[0].rarity.max() for text in ("the", "pergolato"))
    assert usual < rare


def test_nothing_is_met_of_nothing(model: EmbeddedModel) -> None:
    (asked,) = model.read_queries(["open?"])
    nothing = Reading(asked.vector, asked.pieces[:0], asked.rarity[:0])
    assert met(nothing, [asked]) == [0.0]
    assert met(asked, [nothing]) == [0.0]


class Plain:
    name = "plain"

    def embed_queries(self, texts):
        return np.array([[float("dog" in text), 1.0] for text in texts], np.float32)

    embed_passages = embed_queries


def test_an_embedder_without_pieces_is_compared_by_its_vectors_alone() -> None:
    assert type(remembered(Plain())) is RememberedVectors
    assert [one.cosine for one in compared(Plain(), "dog", ["a dog", "a cat"])] == [2.0, 1.0]
    assert [one.met for one in compared(Plain(), "dog", ["a dog", "a cat"])] == [0.0, 0.0]


def test_a_sentence_is_read_once(model: EmbeddedModel) -> None:
    read = remembered(model)
    assert isinstance(read, RememberedReadings)
    first = read.read_passages(SENTENCES)
    again = read.read_passages(SENTENCES[::-1])
    assert all(one is other for one, other in zip(first, again[::-1], strict=True))
