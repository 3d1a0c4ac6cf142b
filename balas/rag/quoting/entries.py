"""Entries of a list of questions and answers: does one answer the person's very question, and with yes or with no?"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from balas.rag.checks.leads import lead
from balas.rag.checks.polarity import denies
from balas.rag.checks.statements import content_of, share_of_words
from balas.rag.talk.phrases import primary
from balas.rag.vectors.remembered_vectors import SentenceEmbedder
from balas.rag.words import cues
from balas.rag.words.lexical import grams_of, plain_words, word_tokens
from balas.rag.words.names import names
from balas.values import ChunkKind, Passage

SAME_QUESTION = 0.83  # cosine from which a question in another language may be the same one
TOLD_OF = 0.5  # share of a question's words from which a passage speaks of it
CLEAR = 0.015  # by which it must lie nearer than an entry that answers otherwise

_ASIDE = re.compile(r"\([^)]*\)")  # "cash on delivery (COD)"

Likeness = Callable[[Sequence[str]], Sequence[Sequence[float]]]


def question_of(passage: Passage) -> str:
    """The question that a passage answers; "" where it is no entry."""
    is_entry = passage.kind in {ChunkKind.FAQ, ChunkKind.CURATED}
    return passage.text.partition("\n")[0] if is_entry else ""


def alike_questions(embedder: SentenceEmbedder, passages: Sequence[Passage]) -> Likeness:
    """Similarities of questions to those that these passages answer, where they are entries."""
    questions = [question for passage in passages if (question := question_of(passage))]

    def similarities(texts: Sequence[str]) -> list[list[float]]:
        vectors = embedder.embed_queries([*texts, *questions])
        rows: list[list[float]] = (vectors[: len(texts)] @ vectors[len(texts) :].T).tolist()
        return rows

    return similarities


@dataclass(frozen=True, slots=True)
class Reply:
    """What the entries answer to the very question that was asked."""

    says: bool
    places: tuple[int, ...]  # of the passages
    asked: frozenset[str]  # stems of the person's question
    words: frozenset[str]  # and of the entries'
    is_turned: bool  # the question itself denies

    def implied(self, sentence: str, language: str | None) -> bool | None:
        """What a sentence says by taking up the question: "we ship abroad".

        One that says more may limit a yes, but not a no: "we do not ship on Sundays", "we ship abroad in 3 days".
        """
        said = stems(" ".join(cues.without(sentence, "scope")), language)
        affirms = denies(sentence) is self.is_turned
        if said and said <= self.words:
            return affirms
        return True if affirms and not self.says and len(self.asked) > 1 and self.asked <= said else None


def reply_to(
    question: str, passages: Sequence[Passage], language: str | None, likeness: Likeness | None
) -> Reply | None:
    """None where no entry asks the same, where its answer opens with neither yes nor no, or where entries differ."""
    entries = {place: question_of(passage) for place, passage in enumerate(passages) if question_of(passage)}
    says = {place: lead(passages[place].text.partition("\n")[2]).says for place in entries}
    if not any(said is not None for said in says.values()) or not _is_one(question):
        return None
    same = [place for place, asked in entries.items() if _asks_the_same(question, asked, language)]
    if not same and likeness is not None and not _is_told_of(question, passages, language):
        same = _nearest(question, passages, list(entries), says, language, likeness)
    told = {says[place] for place in same}
    if len(told) != 1 or None in told:
        return None
    if any(denies(question) is not denies(entries[place]) for place in same if _in_tongue(passages[place], language)):
        return None
    own = stems(question, language)
    words = own.union(*(stems(entries[place], language) for place in same))
    return Reply(told == {True}, tuple(same), own, words, denies(question))


@lru_cache(maxsize=512)  # of a question for every entry, of an entry in each turn that finds it
def stems(text: str, language: str | None) -> frozenset[str]:
    """The content words of a text."""
    content = set(cues.without(" ".join(cues.without(text, "hollow")), "aside"))
    content -= cues.entries("negation") | cues.entries("serves") | cues.entries("ask") | cues.entries("courtesy")
    return frozenset(word_tokens(" ".join(sorted(content)), primary(language) if language else None))


def _is_one(question: str) -> bool:
    return len(question.strip().splitlines()) == 1 and sum(question.count(mark) for mark in "?？؟") <= 1


def _asks_the_same(question: str, entry: str, language: str | None) -> bool:
    """In the same words but for small ones. One word more ("… to Bali?") is another question."""
    said, asked = stems(question, language), stems(_ASIDE.sub(" ", entry), language)
    if plain_words(question) == plain_words(entry):
        return True
    whole = asked | stems(entry, language)
    return bool(said) and said <= whole and 2 * len(said) >= len(asked)


def _in_tongue(passage: Passage, language: str | None) -> bool:
    return not language or not passage.language or primary(passage.language) == primary(language)


def _is_told_of(question: str, passages: Sequence[Passage], language: str | None) -> bool:
    """Does a passage in the person's language speak of it? Then no entry in another one answers in its place."""
    asked = [word for word in content_of(question) if word not in cues.entries("ask")]
    own = [one for one in passages if one.language and _in_tongue(one, language)]
    return any(share_of_words(asked, grams_of(f"{one.heading}\n{one.text}")) >= TOLD_OF for one in own)


def _nearest(
    question: str,
    passages: Sequence[Passage],
    places: Sequence[int],
    says: dict[int, bool | None],
    language: str | None,
    likeness: Likeness,
) -> list[int]:
    """The nearest entry in another language, when those that answer otherwise lie clearly farther away."""
    (near,) = likeness([question])
    by_place = dict(zip(places, near, strict=True))
    best = max(places, key=lambda place: by_place[place])
    rivals = [by_place[place] for place in places if says[place] is not says[best]]
    if _in_tongue(passages[best], language) or by_place[best] < SAME_QUESTION:
        return []
    if rivals and by_place[best] < max(rivals) + CLEAR:
        return []
    told = f"{passages[best].title}\n{passages[best].heading}\n{passages[best].text}"
    known = set(cues.words(told))
    named = [word for name in names(question.lstrip(" ¿¡\"'")) for word in cues.words(name)]
    figures = [word for word in cues.words(question) if word.isdecimal()]
    foreign = not any(word.isascii() and word.isalpha() for word in known)  # a name is spelled otherwise there
    named = [] if foreign or language == "de" else named  # in German every noun has a capital
    if not set(named) | set(figures) <= known:
        return []
    return [best]
