from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from langchain_core.runnables import RunnableLambda
from numpy.typing import NDArray

from balas.rag.langchain_retriever import PassageRetriever
from balas.rag.retriever import Retriever
from balas.rag.stores.edge_store import open_edge_index
from balas.values import Passage
from tests.unit.rag.unit_vectors import DIMENSION, plain_entry, vector


class Numbers:
    name = "numbers"
    dimension = DIMENSION

    def embed_queries(self, texts: list[str]) -> NDArray[np.float32]:
        return np.stack([vector(len(text)) for text in texts])

    embed_passages = embed_queries


def test_passages_as_documents(tmp_path: Path) -> None:
    index = open_edge_index(tmp_path, model="numbers", dimension=DIMENSION)
    index.replace_document(1, [plain_entry(1, n, f"Opening hours of shop {n}") for n in range(6)])
    index.replace_document(2, [plain_entry(2, 0, "Opening hours for dealers", audience="dealers")])
    searches = Retriever(index, Numbers())  # type: ignore[arg-type]
    retriever = PassageRetriever(searches=searches, limit=3)
    found = retriever.invoke("opening hours of shop 4")
    wanted = searches.search("opening hours of shop 4", limit=3, audiences=frozenset({"public"}))
    assert [document.page_content for document in found] == [passage.text for passage in wanted.passages]
    for document, passage in zip(found, wanted.passages, strict=True):
        assert document.id == str(passage.chunk_id)
        for name in set(Passage.__dataclass_fields__) - {"text", "kind", "rows"}:
            assert document.metadata[name] == getattr(passage, name)
        assert document.metadata["rows"] == list(passage.rows)
        assert document.metadata["kind"] == "text"
        assert document.metadata["answerable"] == wanted.answerable
        assert json.loads(json.dumps(document.metadata)) == document.metadata
    dealers = PassageRetriever(searches=searches, limit=9, audiences=frozenset({"dealers"}))
    assert [document.page_content for document in dealers.invoke("hours")] == ["Opening hours for dealers"]
    chain = retriever | RunnableLambda(lambda documents: len(documents))
    assert chain.invoke("opening hours") == 3
    assert len(retriever.batch(["opening", "hours"])) == 2
    index.close()
