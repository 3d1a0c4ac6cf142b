"""From a question to the passages that may answer it, and how likely one of them does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from balas.rag.approved import with_approved
from balas.rag.embeddings import Embedder
from balas.rag.index import PassageIndex, dense_weight, prepare_query
from balas.rag.signals.answerability import among, answerability
from balas.rag.signals.closeness import Closeness, reranked
from balas.rag.signals.coverage import lifted
from balas.rag.signals.sameness import meaning
from balas.rag.vectors.centre import embed_searches
from balas.rag.words import language as languages
from balas.rag.words.accents import TONAL, restored
from balas.rag.words.scripts import may_be, written
from balas.rag.words.shortened import written_out
from balas.values import ChunkKind, Passage, Retrieval

CANDIDATES = 50
LANGUAGES_TRIED = 3  # of the passages, beside the question's own


class Retriever:
    def __init__(self, index: PassageIndex, embedder: Embedder) -> None:
        self._index = index
        self._embedder = embedder
        languages.loaded()  # half a second here rather than in the first answer

    def languages(self) -> Sequence[str]:
        """Those of the passages, the most common first."""
        return self._index.languages()[:LANGUAGES_TRIED]

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
        """The best `limit` passages. `language` is the conversation's so far; `extra` are other phrasings of the
        question: each passage counts by the phrasing it fits best. No document that is `excluded` is found. The
        query that comes back may have accents, a script or vowels that the person left out."""
        spoken = self.languages()
        typed = query
        if query.isascii():
            query = self._restored(query, spoken, audiences, excluded)
        asked = query
        query = written_out(asked, lambda: self._near(asked, spoken, audiences, excluded))
        detected = languages.detect(query, language, spoken)
        others = [*extra, typed] if detected != TONAL else extra  # names and English words may say more as typed
        phrasings = [query, *dict.fromkeys(phrasing for phrasing in others if phrasing.strip() and phrasing != query)]
        vectors = embed_searches(self._embedder, phrasings)
        pool = max(limit, CANDIDATES)
        best: dict[int, Passage] = {}
        answerable = 0.0
        for phrasing, vector in zip(phrasings, vectors, strict=True):
            heard = languages.of_letters(phrasing, language, spoken) if phrasing == typed else detected
            prepared = prepare_query(phrasing, vector, (heard, *spoken))
            found = self._index.search(prepared, pool, pool, audiences, excluded)
            beside = self._index.foreign_to(heard)
            found, sentence = reranked(found, Closeness(phrasing, self._index.information), beside)
            foreign = bool(found) and languages.is_foreign(heard, (found[0].language,))
            weight, terms = dense_weight(self._embedder.name), len(prepared.words[0])
            chance = answerability(found, sentence, weight, terms=terms, foreign=foreign)
            count = self._index.count()
            found, covered = lifted(phrasing, heard, found, count, chance)
            answerable = max(answerable, chance if foreign else among(count, chance), covered)
            for passage in found:
                known = best.get(passage.chunk_id)
                if known is None or passage.score > known.score:
                    best[passage.chunk_id] = passage
        ranked = with_approved(sorted(best.values(), key=lambda passage: (-passage.score, passage.chunk_id)))
        return Retrieval(query, detected, tuple(islice(_once(ranked), limit)), answerable)

    def _restored(self, query: str, spoken: Sequence[str], audiences: frozenset[str], excluded: frozenset[int]) -> str:
        """With the accents, or in the script, of the passages that are near it as it was typed."""
        own = next((language for language in spoken if language == TONAL or may_be(query, language)), None)
        if own is None:
            return query
        found = self._near(query, (own,), audiences, excluded)
        return restored(query, found) if own == TONAL else written(query, own, found)

    def _near(
        self, query: str, spoken: Sequence[str], audiences: frozenset[str], excluded: frozenset[int]
    ) -> Sequence[Passage]:
        (vector,) = embed_searches(self._embedder, [query])
        prepared = prepare_query(query, vector, spoken)
        return self._index.search(prepared, CANDIDATES, CANDIDATES, audiences, excluded)


def _once(ranked: Iterable[Passage]) -> Iterator[Passage]:
    """The best of each that say the same, whichever documents they stand in."""
    seen: set[tuple[str, str]] = set()
    for passage in ranked:
        # A question names its own subject, wherever it stands.
        heading = "" if passage.kind is ChunkKind.FAQ else passage.heading.rpartition(" › ")[2]
        said = meaning(passage.text, heading)
        if said not in seen:
            seen.add(said)
            yield passage
