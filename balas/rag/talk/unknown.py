"""What is said when the documents do not hold the answer, as the organisation has set it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from balas.choices import WhenUnknown
from balas.rag.approved import phrasing_of
from balas.rag.talk.phrases import echo, languages, phrase
from balas.rag.talk.smalltalk import Smalltalk
from balas.values import ChunkKind, Passage

ASKED = "asked"  # the person wants somebody of the team
UNANSWERED = "unanswered"  # somebody of the team was offered
MENTIONING = frozenset({Smalltalk.INSULT, Smalltalk.BOT})  # lines that say that a person can help
MAX_TOPICS = 3


@dataclass(frozen=True, slots=True)
class Unknown:
    when: WhenUnknown = WhenUnknown.OFFER_PERSON

    @property
    def handover(self) -> str | None:
        return UNANSWERED if self.when is WhenUnknown.OFFER_PERSON else None

    def whole(self, language: str, passages: Sequence[Passage]) -> str:
        """The line for a turn without any answer. `passages`: the nearest first, of what the person may be told."""
        if self.when is WhenUnknown.OFFER_PERSON:
            return phrase("abstain", language)
        named = topics(passages) if self.when is WhenUnknown.NEAR_TOPICS else []
        if not named:
            return phrase("unknown", language)
        return "\n".join([phrase("near", language), *(f"- {topic}" for topic in named)])

    def part(self, language: str, question: str) -> str:
        """The line for one question of several."""
        name = "partial" if self.when is WhenUnknown.OFFER_PERSON else "partial_unknown"
        return phrase(name, language, question=echo(question))


def language_of_offer(text: str) -> str | None:
    """The language in which one of our answers offers a person; None when it does not. For who keeps texts alone."""
    for language in sorted(languages()):
        partial = phrase("partial", language).partition("{question}")[2]
        if phrase("abstain", language) in text or text.endswith(partial):
            return language
    return None


def language_of_mention(text: str) -> str | None:
    """The same of a line that says so beside something else: to an insult, and to who asks what we are."""
    for language in sorted(languages()):
        if any(text.endswith(phrase(kind.value, language)) for kind in MENTIONING):
            return language
    return None


def topics(passages: Sequence[Passage]) -> list[str]:
    """What the nearest passages are about: their own heading, the question they answer, or the document's title."""
    found: dict[str, str] = {}
    for passage in passages:
        topic = echo(_topic(passage))
        found.setdefault(topic.casefold(), topic)
    return [topic for topic in found.values() if topic][:MAX_TOPICS]


def _topic(passage: Passage) -> str:
    if passage.kind in {ChunkKind.FAQ, ChunkKind.CURATED}:
        return phrasing_of(passage)
    return passage.heading.split(" › ")[-1].strip() or passage.title
