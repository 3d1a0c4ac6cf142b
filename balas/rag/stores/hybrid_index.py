"""Search by meaning, words and spelling at once, over any store that can search each of the three by itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from balas.errors import IndexUnavailable
from balas.rag.index import BUNDLED_DENSE_WEIGHT, IndexEntry, PreparedQuery, Terms, lexical_score
from balas.rag.stores.frequencies import LEGS, Frequencies
from balas.rag.stores.payload import DENSE, Parts, passage_of
from balas.rag.stores.shared_lock import SharedLock
from balas.rag.vectors.centre import Centre
from balas.rag.words.language import is_foreign
from balas.rag.words.lexical import SparseVector
from balas.values import Passage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NO_CENTRE = Centre()
WIDENINGS = 3  # how often the candidates are quadrupled when copies of one text have filled them
TWINS = 2  # passages of one text shown from different documents
LEAST_SPOKEN = 0.1  # of the passages: what fewer are in may be lists of names that were taken for a language

Scores = dict[int, float]  # by chunk id


@dataclass(frozen=True, slots=True)
class Counted:
    """What the frequencies know of a stored passage."""

    chunk_id: int
    language: str
    words: Sequence[int]
    characters: Sequence[int]

    @property
    def legs(self) -> dict[str, Sequence[int]]:
        return {"words": self.words, "characters": self.characters}


@dataclass(frozen=True, slots=True)
class Whose:
    """Which passages a search may see."""

    audiences: frozenset[str]
    excluded: frozenset[int] = frozenset()  # documents


class Store(Protocol):
    """Passages on a medium. A leg is `dense`, `words` or `characters`; a product with its vector is the score."""

    version: int

    def nearest(
        self, vectors: dict[str, NDArray[np.float32] | SparseVector], limit: int, whose: Whose
    ) -> dict[str, Scores]:
        """Each leg's best passages that may be seen."""
        ...

    def scores(self, leg: str, vector: NDArray[np.float32] | SparseVector, chunk_ids: set[int]) -> Scores:
        """One leg's scores of these passages; those without a common token may be left out."""
        ...

    def payloads(self, chunk_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
        """The entries' fields, and the `fingerprint` of their texts."""
        ...

    def counted(self, document_id: int | None = None) -> Iterator[Counted]: ...

    def upsert(self, entries: Sequence[IndexEntry]) -> None: ...

    def delete(self, chunk_ids: Sequence[int]) -> None: ...

    def load_frequencies(self) -> Frequencies | None:
        """Those saved with the last flush, unless passages have changed since."""
        ...

    def flush(self, frequencies: Frequencies) -> None: ...

    def clear(self) -> None: ...

    def close(self) -> None: ...


class HybridIndex:
    """A `PassageIndex`: fused score `dense weight * cosine + (share of words + share of characters) / 2`."""

    def __init__(
        self,
        store: Store,
        dense_weight: float = BUNDLED_DENSE_WEIGHT,
        centre: Centre = NO_CENTRE,
        optimize: Callable[[int], None] = lambda passages: None,
    ) -> None:
        """`optimize` is told the number of passages before each flush, while searches and writes go on."""
        self._store = store
        self._dense_weight = dense_weight
        self._centre = centre
        self._optimize = optimize
        self._lock = SharedLock()
        self._frequencies = store.load_frequencies() or self._counted_again()
        self._miscounted = False

    @property
    def version(self) -> int:
        return self._store.version

    @version.setter
    def version(self, value: int) -> None:
        self._optimize(self.count())
        with self._lock.writing():
            self._flush()
            self._store.version = value

    def replace_document(self, document_id: int, entries: Sequence[IndexEntry]) -> None:
        if any(entry.document_id != document_id for entry in entries):
            raise ValueError("an entry belongs to another document")
        with self._lock.writing():
            if self._miscounted:
                self._frequencies = self._counted_again()
            self._miscounted = True  # until the change is whole
            old = list(self._store.counted(document_id))
            if entries:
                self._store.upsert(self._centred(entries))
            kept = {entry.chunk_id for entry in entries}
            self._store.delete([passage.chunk_id for passage in old if passage.chunk_id not in kept])
            for passage in old:
                self._frequencies.remove(passage.language, passage.legs)
            for entry in entries:
                legs = {leg: getattr(entry, leg).indices.tolist() for leg in LEGS}
                self._frequencies.add(entry.language, legs)
            self._miscounted = False

    def _centred(self, entries: Sequence[IndexEntry]) -> list[IndexEntry]:
        return [replace(entry, vector=self._centre.of_passage(entry.vector)) for entry in entries]

    def remove_document(self, document_id: int) -> None:
        self.replace_document(document_id, ())

    def search(
        self,
        query: PreparedQuery,
        limit: int,
        candidates: int,
        audiences: frozenset[str],
        excluded: frozenset[int] = frozenset(),
    ) -> list[Passage]:
        whose = Whose(audiences, excluded)
        with self._lock.reading():
            found: list[Passage] = []
            for widening in range(WIDENINGS + 1):
                wanted = candidates * 4**widening
                fused = self._fused(query, wanted, whose)
                found = self._distinct(fused, limit)
                if len(found) in {limit, len(fused)} or len(fused) < wanted:
                    break
            return found

    def information(self, characters: Terms) -> dict[int, float]:
        weighed = self._frequencies.weights("characters", characters)
        return {} if weighed is None else dict(zip(weighed.indices.tolist(), weighed.values.tolist(), strict=True))

    def languages(self) -> tuple[str, ...]:
        return tuple(language for language, count in self._frequencies.languages.most_common() if count > 0)

    def foreign_to(self, language: str) -> frozenset[str]:
        if is_foreign(language, self.languages()):
            return frozenset()
        least = self._frequencies.passages * LEAST_SPOKEN
        spoken = [other for other, count in self._frequencies.languages.items() if count >= max(least, 1)]
        return frozenset(other for other in spoken if is_foreign(language, (other,)))

    def count(self) -> int:
        return self._frequencies.passages

    def flush(self) -> None:
        self._optimize(self.count())
        with self._lock.writing():
            self._flush()

    def clear(self) -> None:
        with self._lock.writing():
            self._store.clear()
            self._frequencies = Frequencies()
            self._miscounted = False

    def close(self) -> None:
        with self._lock.writing():
            self._flush()
            self._store.close()

    def _flush(self) -> None:
        if self._miscounted:
            self._frequencies = self._counted_again()
            self._miscounted = False
        self._store.flush(self._frequencies)

    def _counted_again(self) -> Frequencies:
        frequencies = Frequencies()
        frequencies.add_many((passage.language, passage.legs) for passage in self._store.counted())
        return frequencies

    def _vectors(self, query: PreparedQuery) -> dict[str, NDArray[np.float32] | SparseVector]:
        """The question in each leg. Of its readings the one counts whose words the passages know best."""
        vectors: dict[str, NDArray[np.float32] | SparseVector] = {DENSE: self._centre.of_question(query.vector)}
        words = max(query.words, key=lambda terms: self._frequencies.known("words", terms), default={})
        for leg, terms in (("words", words), ("characters", query.characters)):
            weighed = self._frequencies.weights(leg, terms)
            if weighed is not None:
                vectors[leg] = weighed
        return vectors

    def _fused(self, query: PreparedQuery, candidates: int, whose: Whose) -> list[tuple[float, int, Parts]]:
        """The union of the legs' candidates with every leg's score: (fused score, chunk id, scores), best first."""
        if not self._frequencies.passages or not whose.audiences:
            return []
        vectors = self._vectors(query)
        legs = self._store.nearest(vectors, candidates, whose)
        union = set().union(*legs.values())
        for leg, scores in legs.items():
            missing = union - scores.keys()
            if missing and (leg == DENSE or len(scores) == candidates):  # a shorter list holds all that share a token
                scores.update(self._store.scores(leg, vectors[leg], missing))
        foreign = self._foreign(query, union)
        fused: list[tuple[float, int, Parts]] = []
        for chunk_id in union:
            parts = {leg: scores.get(chunk_id, 0.0) for leg, scores in legs.items()}
            share = (parts.get("words", 0.0) + parts.get("characters", 0.0)) / 2
            lexical = lexical_score(share, foreign=chunk_id in foreign)
            fused.append((self._dense_weight * parts[DENSE] + lexical, chunk_id, parts))
        fused.sort(key=lambda row: (-row[0], row[1]))
        return fused

    def _foreign(self, query: PreparedQuery, chunk_ids: set[int]) -> set[int]:
        """Those in another language than the question's, where both stand beside each other."""
        languages = self.foreign_to(query.language)
        if not languages:
            return set()
        payloads = self._store.payloads(sorted(chunk_ids))
        return {chunk_id for chunk_id, payload in payloads.items() if payload["language"] in languages}

    def _distinct(self, fused: list[tuple[float, int, Parts]], limit: int) -> list[Passage]:
        """The best passages without copies: one of a text within a document, `TWINS` of it among documents."""
        found: list[Passage] = []
        within: set[tuple[int, int]] = set()
        among: Counter[int] = Counter()
        for start in range(0, len(fused), limit):
            rows = fused[start : start + limit]
            payloads = self._store.payloads([chunk_id for _, chunk_id, _ in rows])
            for score, chunk_id, parts in rows:
                payload = payloads.get(chunk_id)
                if payload is None:
                    raise IndexUnavailable("The search index lost a passage: rebuild it with balas reindex.")
                said = payload["fingerprint"]
                if (payload["document_id"], said) in within or among[said] >= TWINS:
                    continue
                within.add((payload["document_id"], said))
                among[said] += 1
                found.append(passage_of(chunk_id, payload, score, parts))
                if len(found) == limit:
                    return found
        return found
