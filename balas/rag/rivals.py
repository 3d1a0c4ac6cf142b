"""Whether an approved answer is to another question in the same words but for what is asked about: "do you sell
tractors?" beside "Do you sell bicycles? No."

Such an answer is the nearest that search finds, and the wrong one. A rewording ("do you sell bikes?") is none: each of
its words is met by the topic it speaks of (see `topics`), or by what it means.
"""

from __future__ import annotations

from collections.abc import Sequence

from balas.rag.approved import COMMON, answer_of, has_alike, numbers_of, phrasing_of, share_of, spelled
from balas.rag.quoting.extremes import naming
from balas.rag.quoting.naming import nearness_of_words
from balas.rag.talk.smalltalk import without_greeting
from balas.rag.vectors.remembered_vectors import SentenceEmbedder
from balas.rag.words import topics
from balas.rag.words.topics import Topics
from balas.values import ChunkKind, Passage

# Of two words, from which they may mean the same. Of 57 pairs in three languages 25 of 26 that do not lie below, and
# half of those that do above; topics know most of the other half.
SAME = 0.45


def rivals(question: str, found: Sequence[Passage], language: str | None, embedder: SentenceEmbedder) -> frozenset[int]:
    """The documents of approved answers to such questions."""
    return frozenset(
        passage.document_id
        for passage in found
        if passage.kind is ChunkKind.CURATED and _is_rival(question, passage, language, embedder)
    )


def _is_rival(question: str, passage: Passage, language: str | None, embedder: SentenceEmbedder) -> bool:
    asked, approved = without_greeting(question), without_greeting(phrasing_of(passage))
    said, heard = spelled(asked, language), spelled(approved, language)
    if min(share_of(said, heard), share_of(heard, said)) < COMMON:
        return False
    one, other = numbers_of(asked), numbers_of(approved)
    if one and other and not one & other and not one & numbers_of(answer_of(passage)):
        return True
    about, words = _unmet(asked, passage.text, language)
    others, their_words = _unmet(approved, asked, language)
    if not (about or words) or not (others or their_words):
        return False
    return bool(about) or not their_words or min(nearness_of_words(words, their_words, embedder)) < SAME


def _unmet(text: str, other: str, language: str | None) -> tuple[list[Topics], list[str]]:
    """What a text asks about and the other does not speak of: topics, and other words that name things."""
    heard = topics.heard(text)
    told = topics.shown(other).union(*topics.heard(other).topics)
    wanted = [topic - {topics.SHOP, topics.PRICE} for topic in heard.topics]
    words = spelled(other, language)
    named = [word for word in naming(" ".join(heard.rest)) if not has_alike(spelled(word, language), words)]
    return [topic for topic in wanted if topic and not topic & told], named
