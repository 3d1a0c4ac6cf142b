"""What is found for a question of a turn."""

from __future__ import annotations

from dataclasses import replace

from balas.rag.evidence import PASSAGES, Evidence
from balas.rag.phrasings import search_phrasings
from balas.rag.question import Asked, Question
from balas.rag.quoting.fitness import names_holiday
from balas.rag.rivals import rivals
from balas.rag.seams import Searches
from balas.rag.vectors.remembered_vectors import SentenceEmbedder
from balas.values import Retrieval

WIDE = 200  # passages among which the cheapest of a kind is looked for


class Searcher:
    """`knows_approved`: are there approved answers, of which those to other questions are left out?"""

    def __init__(self, retriever: Searches, embedder: SentenceEmbedder, *, knows_approved: bool) -> None:
        self._retriever = retriever
        self._embedder = embedder
        self._knows_approved = knows_approved

    def evidence(self, part: Asked, question: Question) -> Evidence:
        found = self._phrased(part, question)
        excluded = frozenset[int]()
        if self._knows_approved:
            excluded = rivals(part.search, found.passages, found.language, self._embedder)
        if excluded:  # how likely the others answer must not rest on these
            found = self._phrased(part, question, excluded)
        return replace(Evidence.of(part, found), excluded=excluded)

    def widely(self, one: Evidence, question: Question) -> Retrieval:
        return self._search(one.asked.search, question, WIDE, one.excluded)

    def with_holidays(self, one: Evidence, question: Question) -> Evidence:
        """What names a holiday may stand in a table that is far from the question's other words."""
        if not names_holiday(one.asked.search):
            return one
        wide = self.widely(one, question)
        found = {passage.chunk_id: passage for passage in (*one.retrieval.passages, *wide.passages)}
        return replace(one, retrieval=replace(one.retrieval, passages=tuple(found.values())))

    def _phrased(self, part: Asked, question: Question, excluded: frozenset[int] = frozenset()) -> Retrieval:
        return search_phrasings(part, lambda query: self._search(query, question, PASSAGES, excluded), PASSAGES)

    def _search(self, query: str, question: Question, limit: int, excluded: frozenset[int]) -> Retrieval:
        return self._retriever.search(
            query, limit=limit, audiences=question.audiences, language=question.language, excluded=excluded
        )
