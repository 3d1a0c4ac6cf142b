"""The seam between looking-up and what stores passages: what goes in, what is asked, what a search index must do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from balas.rag.words import cues
from balas.rag.words.lexical import (
    SparseVector,
    character_tokens,
    counted,
    length_in_words,
    term_frequencies,
    word_tokens,
)
from balas.values import Chunk, Passage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BUNDLED_DENSE_WEIGHT = 1.25  # of a centred cosine beside shares of words; 1 to 1.75 are as good
HOLLOW_WEIGHT = 0.3
FOREIGN_SHARE = 0.3  # what a passage in another language than the question's is taken to share of its words, at least
OTHER_DENSE_WEIGHT = 1.5  # other models' cosines spread about as wide as centred ones; not measured

Terms = dict[int, float]  # token number -> how often the query says it; hollow words for less


@dataclass(frozen=True, slots=True)
class IndexedDocument:
    """What each passage of a document shares."""

    id: int
    version: int
    title: str
    audience: str  # a list, see `balas.values`


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """A chunk as the index keeps it. `version` is its document's; `vector` is a unit vector, float32 [dimension]."""

    chunk_id: int
    document_id: int
    version: int
    title: str
    heading: str
    page: int | None
    position: int
    kind: str
    language: str
    audience: str  # a list, see `balas.values`
    text: str
    vector: NDArray[np.float32]
    words: SparseVector
    characters: SparseVector
    rows: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class PreparedQuery:
    """A question ready to be searched: `words` holds one reading for each language it may be in, likeliest first."""

    vector: NDArray[np.float32]
    words: tuple[Terms, ...]
    characters: Terms
    language: str = ""  # of the likeliest reading


class PassageIndex(Protocol):
    """Passages by meaning and by words. Safe for threads. Raises `IndexUnavailable`.

    A search sees a document wholly before or wholly after a replacement. Everything here is derived from the
    database: `version` says up to which state, and is moved by the caller after the changes of that state.
    """

    @property
    def version(self) -> int: ...

    @version.setter
    def version(self, value: int) -> None:
        """Kept across restarts, never ahead of the passages it speaks for."""
        ...

    def replace_document(self, document_id: int, entries: Sequence[IndexEntry]) -> None: ...

    def remove_document(self, document_id: int) -> None: ...

    def search(
        self,
        query: PreparedQuery,
        limit: int,
        candidates: int,
        audiences: frozenset[str],
        excluded: frozenset[int] = frozenset(),
    ) -> list[Passage]:
        """The best `limit` of the union of each leg's best `candidates`, by fused score; only of these audiences, and
        of no document that is `excluded`."""
        ...

    def information(self, characters: Terms) -> dict[int, float]:
        """Each character token's share of what the terms say, by how rare it is among the passages; sums to 1."""
        ...

    def languages(self) -> tuple[str, ...]:
        """Languages of the passages, most frequent first."""
        ...

    def foreign_to(self, language: str) -> frozenset[str]:
        """Other languages that stand beside this one; empty when no passage is in this one."""
        ...

    def count(self) -> int: ...

    def flush(self) -> None: ...

    def clear(self) -> None: ...

    def close(self) -> None: ...


def dense_weight(model: str) -> float:
    """What a cosine of this model's vectors counts in the fused score."""
    return BUNDLED_DENSE_WEIGHT if model.startswith("multilingual-e5") else OTHER_DENSE_WEIGHT


def lexical_score(share: float, *, foreign: bool) -> float:
    """What shared words add to a passage's score. Where languages are mixed, those of the question's own share words
    with it by chance that no passage in another language can, however well it answers."""
    return max(share, FOREIGN_SHARE) if foreign else share


def embedded_text(heading: str, text: str) -> str:
    """What of a chunk is embedded. Its title is not: the same for each chunk, it draws them together (measured)."""
    return f"{heading}\n{text}" if heading else text


def prepare_entry(
    chunk: Chunk, document: IndexedDocument, *, chunk_id: int, vector: NDArray[np.float32], language: str
) -> IndexEntry:
    """Add the lexical parts. They read title and heading too; the length that counts is the text's own."""
    said = f"{document.title}\n{chunk.heading}\n{chunk.text}"
    length = length_in_words(chunk.text)
    return IndexEntry(
        chunk_id=chunk_id,
        document_id=document.id,
        version=document.version,
        title=document.title,
        heading=chunk.heading,
        page=chunk.page,
        position=chunk.position,
        kind=chunk.kind,
        language=language,
        audience=document.audience,
        text=chunk.text,
        vector=vector,
        words=term_frequencies(word_tokens(said, language), length),
        characters=term_frequencies(character_tokens(said, language), length),
        rows=chunk.rows,
    )


def prepare_query(text: str, vector: NDArray[np.float32], languages: Iterable[str]) -> PreparedQuery:
    """`languages`: the likeliest first, then those of the passages: a short question is often taken for another."""
    ordered = tuple(dict.fromkeys(languages)) or ("",)
    readings: list[Terms] = []
    for language in ordered:
        terms = weighed(text, language, word_tokens)
        if terms not in readings:
            readings.append(terms)
    return PreparedQuery(vector, tuple(readings), weighed(text, ordered[0], character_tokens), ordered[0])


def weighed(text: str, language: str | None, tokens: Callable[[str, str | None], list[str]]) -> Terms:
    """A question's tokens, those of hollow words ("is there", "berapa") for less than they would count by their rarity:
    beside few passages every word is rare."""
    small = cues.small_words(language or "")
    subject = " ".join(word for word in cues.without(text, "hollow") if word not in small)
    whole, carrying = counted(tokens(text, language)), counted(tokens(subject, language))
    if not carrying:
        return dict(whole)
    return {
        token: HOLLOW_WEIGHT * count + (1 - HOLLOW_WEIGHT) * carrying.get(token, 0) for token, count in whole.items()
    }
