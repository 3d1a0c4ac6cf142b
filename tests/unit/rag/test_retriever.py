from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from balas.rag.chain import THRESHOLD
from balas.rag.retriever import Retriever
from balas.rag.stores.edge_store import open_edge_index
from balas.rag.stores.hybrid_index import HybridIndex
from balas.rag.vectors.embedded_model import EmbeddedModel
from tests.unit.rag.shops import FACTS, QUESTIONS, UNANSWERED, entries, fill

PUBLIC = frozenset({"public"})


@pytest.fixture(scope="module")
def index(model: EmbeddedModel, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HybridIndex]:
    opened = open_edge_index(tmp_path_factory.mktemp("index"), model=model.name, dimension=model.dimension)
    fill(opened, model)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def retriever(index: HybridIndex, model: EmbeddedModel) -> Retriever:
    return Retriever(index, model)


@pytest.mark.parametrize("language", FACTS)
def test_questions_find_their_fact_among_all_languages(retriever: Retriever, language: str) -> None:
    right = 0
    for n, question in enumerate(QUESTIONS[language]):
        found = retriever.search(question, audiences=PUBLIC)
        texts = [passage.text for passage in found.passages[:2]]
        right += FACTS[language][n] in texts
    assert right >= 3


def test_answerable_questions_stand_above_the_others(model: EmbeddedModel, tmp_path: Path) -> None:
    answered: list[float] = []
    unanswered: list[float] = []
    for number, (language, facts) in enumerate(FACTS.items()):
        index = open_edge_index(tmp_path / language, model=model.name, dimension=model.dimension)
        background = [fact for other, facts in FACTS.items() for fact in facts if other != language]
        index.replace_document(1, entries(1, facts, model, language=language))
        index.replace_document(2, entries(2, background[:8], model, language="en"))
        shop = Retriever(index, model)
        answered += [shop.search(question, audiences=PUBLIC).answerable for question in QUESTIONS[language]]
        unanswered.append(shop.search(UNANSWERED[number], audiences=PUBLIC).answerable)
        index.close()
    pairs = [(one, other) for one in answered for other in unanswered]
    assert sum(one > other for one, other in pairs) / len(pairs) > 0.93
    assert all(0 <= chance <= 1 for chance in answered + unanswered)


def test_a_question_in_another_language_than_the_documents(model: EmbeddedModel, tmp_path: Path) -> None:
    index = open_edge_index(tmp_path / "index", model=model.name, dimension=model.dimension)
    index.replace_document(1, entries(1, FACTS["en"], model))
    english = Retriever(index, model)
    right = 0
    for language in ("id", "es", "ru", "zh"):
        for n, question in enumerate(QUESTIONS[language]):
            right += english.search(question, audiences=PUBLIC).passages[0].text == FACTS["en"][n]
    assert right >= 13
    index.close()


def test_another_phrasing_brings_its_passages_along(retriever: Retriever) -> None:
    alone = retriever.search("and on sunday?", audiences=PUBLIC, limit=3)
    both = retriever.search("and what about that?", audiences=PUBLIC, limit=3, extra=["are you open on sunday", " "])
    assert both.passages[0].text == FACTS["en"][0]
    assert both.query == "and what about that?"
    assert both.answerable >= retriever.search("and what about that?", audiences=PUBLIC).answerable
    assert len(alone.passages) == len(both.passages) == 3


def test_language_of_the_question(retriever: Retriever) -> None:
    assert retriever.search("ค่าส่งเท่าไหร่", audiences=PUBLIC).language == "th"
    assert retriever.search("ok", audiences=PUBLIC, language="id").language == "id"


def test_nothing_to_find(model: EmbeddedModel, tmp_path: Path, retriever: Retriever) -> None:
    index = open_edge_index(tmp_path / "index", model=model.name, dimension=model.dimension)
    empty = Retriever(index, model).search("anything?", audiences=PUBLIC)
    assert (empty.passages, empty.answerable) == ((), 0.0)
    index.close()
    hidden = retriever.search("are you open", audiences=frozenset({"staff"}))
    assert (hidden.passages, hidden.answerable) == ((), 0.0)


def test_scores_are_in_order_and_complete(retriever: Retriever) -> None:
    found = retriever.search("how much is delivery?", audiences=PUBLIC, limit=20).passages
    assert len(found) == 20
    assert [p.score for p in found] == sorted((p.score for p in found), reverse=True)
    assert len({p.chunk_id for p in found}) == 20
    assert all(-1 <= p.dense <= 1 and 0 <= p.words <= 1 and 0 <= p.characters <= 1 for p in found)


def test_the_same_words_in_two_documents_are_shown_once(model: EmbeddedModel, tmp_path: Path) -> None:
    index = open_edge_index(tmp_path / "index", model=model.name, dimension=model.dimension)
    twin = FACTS["en"][0].replace(" ", "  ")
    index.replace_document(1, entries(1, FACTS["en"][:2], model))
    index.replace_document(2, entries(2, [twin, "Delivery is free."], model))
    found = Retriever(index, model).search("are you open on sunday", audiences=PUBLIC, limit=3).passages
    assert sum(" ".join(passage.text.split()) == FACTS["en"][0] for passage in found) == 1
    assert len(found) == 3
    index.close()


DELIVERY = "Ongkir ke Jabodetabek Rp 12.000 per kg, ke luar Jawa Rp 30.000 per kg. Pesanan dikirim setiap hari kerja."
HOURS = "Toko kami buka Senin sampai Sabtu pukul 08.00 sampai 17.00. Hari Minggu tutup."
RETURNS = "Barang rusak dapat dikembalikan dalam 7 hari dengan nota pembelian."


def test_short_questions_to_a_shop_of_three_passages(model: EmbeddedModel, tmp_path: Path) -> None:
    index = open_edge_index(tmp_path / "index", model=model.name, dimension=model.dimension)
    index.replace_document(1, entries(1, [DELIVERY, HOURS, RETURNS], model, language="id"))
    shop = Retriever(index, model)

    def chances(*questions: str) -> list[float]:
        return [shop.search(question, audiences=PUBLIC).answerable for question in questions]

    assert min(chances("berapa ongkir?", "ongkir brp", "buka hari minggu?")) >= THRESHOLD
    assert max(chances("jual laptop?", "ada lowongan kerja?", "berapa harga emas?", "do you sell tyres?")) < THRESHOLD
    index.close()
