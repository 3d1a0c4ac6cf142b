"""What is said when the documents do not hold the answer, as the organisation has set it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from balas.choices import WhenUnknown
from balas.rag.evidence import Evidence
from balas.rag.quoting.near import nearest
from balas.rag.talk.choosing import offer
from balas.rag.talk.phrases import echo, languages, phrase
from balas.rag.talk.smalltalk import Smalltalk
from balas.rag.vectors.remembered_vectors import SentenceEmbedder

ASKED = "asked"  # the person wants somebody of the team
UNANSWERED = "unanswered"  # somebody of the team was offered
MENTIONING = frozenset({Smalltalk.INSULT, Smalltalk.BOT})  # lines that say that a person can help

_OFFERING = frozenset({WhenUnknown.OFFER_PERSON, WhenUnknown.NEAR_AND_PERSON})
_NEARING = frozenset({WhenUnknown.NEAR_TOPICS, WhenUnknown.NEAR_AND_PERSON})


@dataclass(frozen=True, slots=True)
class Unknown:
    when: WhenUnknown
    embedder: SentenceEmbedder

    @property
    def handover(self) -> str | None:
        return UNANSWERED if self.when in _OFFERING else None

    def near(self, evidence: Sequence[Evidence]) -> list[str]:
        """What the person may choose from instead, by name."""
        if self.when not in _NEARING:
            return []
        return [thing.name for thing in nearest([one.retrieval for one in evidence], self.embedder)]

    def whole(self, language: str, near: Sequence[str]) -> str:
        """The line for a turn without any answer."""
        line = phrase("abstain" if self.when in _OFFERING else "unknown", language)
        return f"{line}\n\n{offer(near, language)}" if near else line

    def part(self, language: str, question: str) -> str:
        """The line for one question of several."""
        name = "partial" if self.when in _OFFERING else "partial_unknown"
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
