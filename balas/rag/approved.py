"""Approved answers: when is a question surely the one that somebody wrote an answer for?

Both must say so: the meaning, by the cosine of the two questions, and the words, since "deliver to Bandung" and
"deliver to Jakarta" mean nearly the same to a model. Every word that carries the subject must be in both; what sets
that is measured by `tests/unit/rag/test_approved.py`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from balas.rag.embeddings import Embedder, spread
from balas.rag.evidence import Evidence
from balas.rag.talk.phrases import phrase
from balas.rag.talk.smalltalk import without_greeting
from balas.rag.words import cues
from balas.rag.words.lexical import folded, plain_words, stemmed, word_grams
from balas.values import Answer, ChunkKind, Passage, Retrieval, Source

COSINE = 0.95  # of two questions, from which they may be the same; by the bundled model
COMMON = 0.4  # the share of all words, "the" and "is" included, that both say
ALIKE = 0.6  # the share of 4-grams from which two words count as one: "order", "orders"
APPROVED = "approved"  # the mode of such an answer
MAX_QUOTE = 400
BONUS = 0.15  # on the score of an approved answer that is not surely meant
LIGHT = ("hollow", "filler", "ask", "aside")  # words that do not carry the subject
KINDS = ("amount", "time", "duration")  # what is asked for: "how much" is never "when"
_ENDS = " .!?？؟。！।"
_DIGITS = re.compile(r"\d+")
_ARABIC = re.compile("[\u0600-\u06ff]")
_ARTICLE = re.compile("^(?:[وفبكل]?ال|لل|[لبوفك](?=\\S{3}))")  # and prepositions, written together with the word


class Approvals:
    """Tells which of the passages found is an approved answer to the very question."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._cosine = 1 - (1 - COSINE) * spread(embedder.name)

    def chosen(self, question: str, passages: Sequence[Passage], language: str | None) -> Passage | None:
        """The surest of them; None when the words of none are those of the question."""
        likely = [
            passage
            for passage in passages
            if passage.kind is ChunkKind.CURATED and has_same_words(question, phrasing_of(passage), language)
        ]
        if not likely:
            return None
        texts = [question, *map(phrasing_of, likely)]
        asked, *others = self._embedder.embed_queries([as_compared(text) for text in texts])
        cosines = [
            1.0 if is_verbatim(question, phrasing_of(passage)) else float(asked @ other)
            for passage, other in zip(likely, others, strict=True)
        ]
        sure = [(p, cosine) for p, cosine in zip(likely, cosines, strict=True) if cosine >= self._cosine]
        # What was written for the person's own circle goes before what everybody is told.
        sure.sort(key=lambda found: (found[0].is_public, -found[1], found[0].chunk_id))
        return sure[0][0] if sure else None


def chosen_for(evidence: Sequence[Evidence], approvals: Approvals | None) -> list[Passage | None]:
    """For each question of a turn its approved answer, if there is one."""
    if approvals is None:
        return [None] * len(evidence)
    return [approvals.chosen(one.asked.search, one.retrieval.passages, one.retrieval.language) for one in evidence]


def as_compared(question: str) -> str:
    """Without what changes a vector and not the question: greeting, capitals, the mark at its end (measured)."""
    return without_greeting(question).casefold().rstrip(_ENDS) or question


def phrasing_of(passage: Passage) -> str:
    return passage.text.partition("\n")[0]


def answer_of(passage: Passage) -> str:
    return passage.text.partition("\n")[2]


def by_approval(approved: Sequence[Passage], rest: Answer | None, language: str) -> Answer:
    """The approved answers as written, then what the documents say to the other questions of the turn."""
    texts = list(dict.fromkeys(answer_of(passage) for passage in approved))
    sources = tuple(
        dict.fromkeys(
            Source(passage.document_id, passage.title, None, answer_of(passage)[:MAX_QUOTE]) for passage in approved
        )
    )
    if rest is None:
        return Answer("\n\n".join(texts), False, language, sources, APPROVED)
    text = "\n\n".join([*texts, rest.text])
    return replace(rest, text=text, abstained=False, sources=(*sources, *rest.sources))


def named(answer: Answer, retrievals: Sequence[Retrieval]) -> Answer:
    """With the sources that are approved answers called so: their titles are somebody's question."""
    passages = [passage for retrieval in retrievals for passage in retrieval.passages]
    curated = {passage.document_id for passage in passages if passage.kind is ChunkKind.CURATED}
    title = phrase("approved", answer.language)
    sources = tuple(
        replace(source, title=title) if source.document_id in curated else source for source in answer.sources
    )
    return replace(answer, sources=sources)


def with_approved(ranked: Sequence[Passage]) -> list[Passage]:
    """The passages with the bonus of approved answers, best first; of the phrasings of one answer only the best."""
    lifted = [
        replace(passage, score=passage.score + BONUS) if passage.kind is ChunkKind.CURATED else passage
        for passage in ranked
    ]
    lifted.sort(key=lambda passage: (-passage.score, passage.chunk_id))
    seen: set[int] = set()
    found = []
    for passage in lifted:
        if passage.kind is ChunkKind.CURATED and passage.document_id in seen:
            continue
        seen.add(passage.document_id)
        found.append(passage)
    return found


def is_verbatim(one: str, other: str) -> bool:
    return plain_words(one) == plain_words(other)


def has_same_words(one: str, other: str, language: str | None) -> bool:
    """Do both questions have the same subject, numbers and kind of answer?"""
    one, other = without_greeting(one), without_greeting(other)
    if is_verbatim(one, other):
        return True
    if numbers_of(one) != numbers_of(other) or _kinds(one, language) != _kinds(other, language):
        return False
    said, heard = spelled(one, language), spelled(other, language)
    if not (_holds_all(_subject(one, language), heard) and _holds_all(_subject(other, language), said)):
        return False
    return min(share_of(said, heard), share_of(heard, said)) >= COMMON


def _subject(text: str, language: str | None) -> list[str]:
    """The words that carry the subject, or all where none does."""
    kept = cues.without(text, "hollow")
    bare = [word for word in kept if not any(word in cues.entries(name) for name in LIGHT)]
    return spelled(" ".join(bare), language) or spelled(text, language)


def spelled(text: str, language: str | None) -> list[str]:
    return [stemmed(_plain(word), language or "") for word in plain_words(text, language)]


def _plain(word: str) -> str:
    return _ARTICLE.sub("", word) if len(word) > 3 and _ARABIC.match(word) else word


def _holds_all(wanted: Sequence[str], words: Sequence[str]) -> bool:
    return all(any(_is_alike(word, other) for other in words) for word in wanted)


def share_of(wanted: Sequence[str], words: Sequence[str]) -> float:
    return sum(any(_is_alike(word, other) for other in words) for word in wanted) / max(1, len(wanted))


def has_alike(wanted: Sequence[str], words: Sequence[str]) -> bool:
    return any(_is_alike(word, other) for word in wanted for other in words)


def _is_alike(one: str, other: str) -> bool:
    """One word, perhaps misspelled. They begin alike: "president" is not "vice president"."""
    if one == other:
        return True
    if one[:2] != other[:2] or min(len(one), len(other)) < 3:
        return False
    grams, others = set(word_grams(one)), set(word_grams(other))
    return 2 * len(grams & others) >= ALIKE * (len(grams) + len(others))


def numbers_of(text: str) -> set[str]:
    return set(_DIGITS.findall(folded(text)))


def _kinds(text: str, language: str | None) -> set[str]:
    turned = {"turn"} if cues.has(text, "turn", language) else set()
    return turned | {kind for kind in KINDS if cues.has(text, kind)}
