"""Answers with the real parts throughout: chunker, bundled model, index, retriever, chain."""

from __future__ import annotations

import pytest

from balas.knowledge.chunker import chunk
from balas.rag.chain import AnswerChain
from balas.rag.index import IndexedDocument, embedded_text, prepare_entry
from balas.rag.question import Question
from balas.rag.quoting.extractive import Extractor
from balas.rag.retriever import Retriever
from balas.rag.stores.edge_store import open_edge_index
from balas.rag.talk.phrases import source_line
from balas.rag.vectors.embedded_model import EmbeddedModel
from balas.rag.words.language import detect
from tests.unit.rag.corpus import DOCUMENTS


@pytest.fixture(scope="module")
def chain(tmp_path_factory):
    model = EmbeddedModel()
    index = open_edge_index(tmp_path_factory.mktemp("index"), model=model.name, dimension=model.dimension)
    number = 0
    for document_id, document in DOCUMENTS.items():
        pieces = chunk(document)
        vectors = model.embed_passages([embedded_text(piece.heading, piece.text) for piece in pieces])
        indexed = IndexedDocument(document_id, 1, document.title, "public")
        entries = [
            prepare_entry(piece, indexed, chunk_id=number + place, vector=vector, language=detect(piece.text))
            for place, (piece, vector) in enumerate(zip(pieces, vectors, strict=True), start=1)
        ]
        number += len(entries)
        index.replace_document(document_id, entries)
    yield AnswerChain(Retriever(index, model), None, extractor=Extractor(model))
    index.close()


def ask(chain, *lines):
    return chain.answer(Question(lines, audiences=frozenset({"public"})))


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("berapa harga kopi gayo?", "id"),
        ("How much is the Gayo coffee?", "en"),
        ("¿Cuánto cuesta el café Gayo?", "es"),
        ("गायो कॉफी कितने की है?", "hi"),
        ("كم سعر قهوة غايو؟", "ar"),
    ],
)
def test_a_price_asked_in_five_languages_is_the_row_with_the_price(chain, text, language):
    answer = ask(chain, text)
    assert answer.text == "Nama: Kopi Gayo 250 g\nHarga: Rp85.000\nStok: ada"
    assert answer.language == language
    assert "Daftar harga" in source_line(answer.sources, language)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("¿Puedo devolver un producto?", "within 14 days"),
        ("क्या रविवार को खुला है?", "On Sunday we are closed."),
        ("bisa COD?", "COD tersedia untuk Jakarta"),
        ("jam buka hari sabtu?", "10:00 to 14:00"),
        ("hari minggu buka?", "On Sunday we are closed."),
    ],
)
def test_hours_returns_and_payment_across_languages(chain, text, shown):
    assert shown in ask(chain, text).text


@pytest.mark.parametrize(
    "text",
    ["siapa presiden Prancis?", "what is the capital of France?", "Do you sell laptops?", "ada lowongan kerja?",
     "boleh minta diskon?", "هل لديكم موقف سيارات؟", "who founded the company?"],
)  # fmt: skip
def test_what_the_documents_do_not_say_is_not_answered(chain, text):
    answer = ask(chain, text)
    assert answer.abstained, answer.text
    assert answer.sources == ()


def test_other_audiences_see_nothing(chain):
    answer = chain.answer(Question(("berapa harga kopi gayo?",), audiences=frozenset({"staff"})))
    assert answer.abstained
