"""A shop's documents in Indonesian and English, as passages and as documents, for tests of answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from balas.knowledge.chunker import chunk
from balas.rag.words.language import detect
from balas.rag.words.lexical import character_tokens
from balas.values import Block, ChunkKind, ParsedDocument, Passage, Retrieval

TABLE, FAQ = ChunkKind.TABLE, ChunkKind.FAQ
PRICES = {
    "Kopi Gayo 250 g": "Rp85.000",
    "Kopi Toraja 250 g": "Rp95.000",
    "Kopi Mandailing 250 g": "Rp90.000",
    "Teh Hijau 100 g": "Rp40.000",
    "Cangkir biru": "Rp55.000",
    "Cangkir merah": "Rp50.000",
}

DOCUMENTS = {
    1: ParsedDocument(
        "Daftar harga",
        (
            Block("Harga biji kopi", 2, heading_level=2),
            *(Block(f"Nama: {name}; Harga: {price}; Stok: ada", 2, kind=TABLE) for name, price in PRICES.items()),
        ),
    ),
    2: ParsedDocument(
        "Shop information",
        (
            Block("Opening hours", 1, heading_level=2),
            Block("We are open Monday to Friday from 9:00 to 17:00. On Saturday we open from 10:00 to 14:00.", 1),
            Block("On Sunday we are closed.", 1),
            Block("Returns", 2, heading_level=2),
            Block("You can return unopened goods within 14 days of delivery. Please keep the receipt.", 2),
            Block("Payment", 3, heading_level=2),
            Block("We accept:", 3),
            Block("- QRIS and bank transfer", 3),
            Block("- credit cards", 3),
        ),
    ),
    3: ParsedDocument(
        "Tanya jawab",
        (
            Block("Apakah bisa bayar di tempat (COD)?\nBisa. COD tersedia untuk Jakarta, biaya Rp5.000.", 1, kind=FAQ),
            Block("Berapa lama pengiriman ke luar Jawa?\nPengiriman memakan waktu 4 sampai 7 hari kerja.", 1, kind=FAQ),
            Block("Apakah ada toko di Surabaya?\nBelum ada, toko kami hanya di Bandung.", 1, kind=FAQ),
        ),
    ),
}


def passages() -> list[Passage]:
    found = []
    for document_id, document in DOCUMENTS.items():
        for piece in chunk(document):
            found.append(
                Passage(
                    len(found) + 1, document_id, document.title, piece.heading, piece.page, piece.text, piece.position,
                    score=0.0, dense=0.0, words=0.0, characters=0.0, kind=piece.kind,
                )
            )  # fmt: skip
    return found


class SmallRetriever:
    """Exact search over the passages above; `answerable` is what a test wants it to be."""

    def __init__(self, embedder, answerable: float = 0.9) -> None:
        self.embedder = embedder
        self.answerable = answerable
        self.unanswerable: set[str] = set()  # words whose questions the documents do not answer
        self.searched: list[tuple[str, tuple[str, ...], frozenset[str]]] = []
        self._passages = passages()
        self._vectors = embedder.embed_passages([f"{one.heading}\n{one.text}".strip() for one in self._passages])

    def languages(self) -> tuple[str, ...]:
        return ("id",)

    def search(
        self,
        query: str,
        *,
        limit: int = 8,
        audiences: frozenset[str],
        language: str | None = None,
        extra: Sequence[str] = (),
        excluded: frozenset[int] = frozenset(),
    ) -> Retrieval:
        self.searched.append((query, tuple(extra), audiences))
        cosines = (self._vectors @ self.embedder.embed_queries([query])[0]).tolist()
        wanted = set(character_tokens(query)) or {""}
        shares = [len(wanted & set(character_tokens(one.text))) / len(wanted) for one in self._passages]
        scored = [
            replace(one, dense=cosine, words=share, characters=share, score=4 * cosine + share)
            for one, cosine, share in zip(self._passages, cosines, shares, strict=True)
            if one.document_id not in excluded
        ]
        scored.sort(key=lambda one: -one.score)
        missing = any(word in query for word in self.unanswerable)
        return Retrieval(query, detect(query, language), tuple(scored[:limit]), 0.05 if missing else self.answerable)
