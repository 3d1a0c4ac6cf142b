"""One answer while it is made."""

from __future__ import annotations

from balas.errors import ModelRejected
from balas.ports import Reserve
from balas.rag.evidence import Evidence
from balas.rag.generator import UnusableDraft
from balas.rag.model_client import added
from balas.rag.question import Question
from balas.rag.talk.unknown import Unknown
from balas.rag.trace import Trace
from balas.values import Answer, Usage


class Answering:
    """What is carried through one answer."""

    def __init__(self, question: Question, language: str, trace: Trace, reserve: Reserve, unknown: Unknown) -> None:
        self.question = question
        self.unknown = unknown
        self.evidence: list[Evidence] = []
        self.handover: str | None = None
        self.is_rest = False  # others of its questions have approved answers
        self.language = language
        self.trace = trace
        self.reserve = reserve
        self.usage = Usage()

    def spent(self, usage: Usage) -> None:
        self.usage = added([self.usage, usage])
        self.trace.spent(self.usage)

    def failed(self, check: str, error: UnusableDraft | ModelRejected) -> None:
        """Nothing of what the model wrote is of use. It is paid for all the same."""
        self.trace.check(check, kept=False, problem=str(error))
        if isinstance(error, UnusableDraft):
            self.spent(error.usage)

    def abstained(self, why: str, mode: str = "extractive", *, is_tellable: bool = True) -> Answer:
        """`is_tellable`: what was found may at least be named."""
        self.trace.note(decision=f"abstained: {why}", unanswered=[one.asked.own for one in self.evidence])
        self._offers()
        if self.is_rest:
            text = "\n\n".join(self.unknown.part(self.language, one.asked.own) for one in self.evidence)
        else:
            near = self.unknown.near(self.evidence) if is_tellable else []
            self.trace.note(near=near)
            text = self.unknown.whole(self.language, near)
        return Answer(text, True, self.language, (), mode, self.usage, handover=self.unknown.handover)

    def partly(self, one: Evidence) -> str:
        """The line for one question of several that has no answer."""
        self.trace.fields.setdefault("unanswered", []).append(one.asked.own)
        self.handover = self.unknown.handover
        self._offers()
        return self.unknown.part(self.language, one.asked.own)

    def _offers(self) -> None:
        """Kept, so that "yes, please" is understood as the answer to it."""
        if self.unknown.handover is not None:
            self.trace.note(offered=True)
