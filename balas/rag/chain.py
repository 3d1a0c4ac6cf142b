"""From a turn to an answer: small talk, retrieval, then a model's words checked against the passages, or quotes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Protocol

from balas.errors import ModelRejected
from balas.rag.extractive import MAX_CHARACTERS, Extract, Extractor
from balas.rag.generator import Draft, UnusableDraft, added
from balas.rag.grounding import Grounded, closest_quote, ground
from balas.rag.language import detect as detect_language
from balas.rag.output_filter import OutputRules, filtered
from balas.rag.phrases import echo, phrase, primary
from balas.rag.prompt_templates import PROMPT_VERSION, private_texts
from balas.rag.question import Asked, Question, asked, leans
from balas.rag.smalltalk import SAID, Pleasantry, Smalltalk, smalltalk
from balas.rag.trace import Trace
from balas.values import Answer, Passage, Retrieval, Source, Usage, Utterance

THRESHOLD = 0.4  # probability from which a question counts as answerable by quotes
MODEL_THRESHOLD = 0.0  # a model is always asked: it says itself when the passages do not answer, and is checked
PASSAGES = 8
MAX_SOURCES = 3
SHORTEST = 160  # characters each of several questions may take for its answer
FOREIGN_LOOKED_AT = 3  # passages
SURE_LETTERS = 60  # from which the language of a draft is sure enough to refuse it
KIN = frozenset({"id", "ms"})  # languages that a detector may take for each other


class Retriever(Protocol):
    def search(
        self,
        query: str,
        *,
        limit: int = PASSAGES,
        audiences: frozenset[str],
        language: str | None = None,
        extra: Sequence[str] = (),
    ) -> Retrieval: ...


class Writer(Protocol):
    """What writes answers; see `generator.Generator`."""

    model: str

    def generate(
        self,
        question: Question,
        passages: Sequence[Passage],
        language: str,
        *,
        unfit: Callable[[str], str | None],
        reserve: Callable[[], None],
    ) -> Draft: ...

    def rewrite(
        self, question: str, history: Sequence[Utterance], *, reserve: Callable[[], None]
    ) -> tuple[str, Usage]: ...


@dataclass(frozen=True, slots=True)
class Evidence:
    """One question of a turn and what was found for it."""

    asked: Asked
    retrieval: Retrieval


class AnswerChain:
    """Answers turns. Raises `ModelUnavailable` while the model is away; everything else ends in an `Answer`."""

    def __init__(
        self,
        retriever: Retriever,
        generator: Writer | None,
        *,
        extractor: Extractor,
        rules: OutputRules | None = None,
        detect: Callable[[str, str | None], str] = detect_language,
        threshold: float = THRESHOLD,
        model_threshold: float = MODEL_THRESHOLD,
    ) -> None:
        self._retriever = retriever
        self._generator = generator
        self._extractor = extractor
        rules = rules or OutputRules()
        self._rules = replace(rules, private=(*rules.private, *private_texts()))
        self._detect = detect
        self._threshold = threshold
        self._model_threshold = model_threshold

    def answer(self, question: Question, *, reserve: Callable[[], None] = lambda: None) -> Answer:
        """`reserve` is called before every call of the model and may stop it by raising (`BudgetSpent`)."""
        trace = Trace(question)
        language = primary(self._detect(question.text, question.language))
        parts = asked(question)
        if not parts:
            answer = self._pleasantry(question, language, trace)
            return replace(answer, trace=trace.closed(answer))
        turn = _Turn(question, language, trace, reserve)
        evidence = [self._searched(self._rewritten(part, turn), turn) for part in parts]
        heard = {primary(one.retrieval.language) for one in evidence}
        if len(heard) == 1:  # the search knows which languages the documents make likely
            turn.language = heard.pop()
        answer = self._answered(turn, evidence)
        answer = self._cleared(turn, answer, evidence)
        return replace(answer, trace=trace.closed(answer))

    def _pleasantry(self, question: Question, language: str, trace: Trace) -> Answer:
        told = pleasantry(question)
        spoken = told.language or language
        trace.note(decision=f"small talk: {told.kind.value}")
        return Answer(phrase(told.kind.value, spoken), abstained=False, language=spoken, mode="smalltalk")

    def _rewritten(self, part: Asked, turn: _Turn) -> Asked:
        """A follow-up in a model's words; the person's own and the plain completion are searched as well."""
        if self._generator is None or not turn.question.history or not leans(part.own, has_earlier=True):
            return part
        try:
            with turn.trace.timed("rewrite"):
                line, usage = self._generator.rewrite(part.own, turn.question.history, reserve=turn.reserve)
        except (UnusableDraft, ModelRejected) as error:
            turn.trace.check("rewrite", kept=False, problem=str(error))
            return part
        turn.spent(usage)
        return Asked(part.own, line, tuple(dict.fromkeys(said for said in (part.own, part.search) if said != line)))

    def _searched(self, part: Asked, turn: _Turn) -> Evidence:
        with turn.trace.timed("retrieve"):
            retrieval = self._retriever.search(
                part.search,
                limit=PASSAGES,
                audiences=turn.question.audiences,
                language=turn.question.language,
                extra=part.extra,
            )
        turn.trace.line(part, retrieval, self._limit())
        return Evidence(part, retrieval)

    def _limit(self) -> float:
        return self._threshold if self._generator is None else self._model_threshold

    def _answered(self, turn: _Turn, evidence: Sequence[Evidence]) -> Answer:
        if not any(one.retrieval.passages for one in evidence):
            return turn.abstained("no passage was found")
        if self._generator is not None:
            if not any(self._may_ask(one, turn) for one in evidence):
                return turn.abstained("the passages found do not seem to hold the answer")
            try:
                return self._written(turn, merged([one.retrieval for one in evidence]), self._generator)
            except (UnusableDraft, ModelRejected) as error:
                turn.trace.check("model", kept=False, problem=str(error))
        return self._quoted(turn, evidence)

    def _written(self, turn: _Turn, passages: tuple[Passage, ...], generator: Writer) -> Answer:
        turn.trace.note(prompt_version=PROMPT_VERSION, model=generator.model)
        turn.trace.note(given=[passage.chunk_id for passage in passages])  # in the order that marks and checks count
        with turn.trace.timed("generate"):
            draft = generator.generate(
                turn.question, passages, turn.language, unfit=self._unfit(turn.language), reserve=turn.reserve
            )
        turn.spent(draft.usage)
        if draft.abstained:
            return turn.abstained("the model says that the passages do not answer", mode="model")
        turn.trace.note(draft=draft.text, finish=draft.finish)
        with turn.trace.timed("ground"):
            grounded = ground(draft.text, passages, turn.question.text, turn.language, self._extractor.alike(passages))
        for check in grounded.checks:
            turn.trace.check(**check)
        if grounded.is_withheld:
            return turn.abstained("nothing that the model wrote is held by the passages", mode="model")
        turn.trace.note(decision="written by the model, checked against the passages")
        sources = sources_of(grounded, passages)
        return Answer(grounded.text, False, turn.language, sources, "model", turn.usage)

    def _may_ask(self, one: Evidence, turn: _Turn) -> bool:
        """Is the model's call worth it? How many words are shared says nothing about passages in other languages."""
        return one.retrieval.answerable >= self._model_threshold or any(
            self._is_foreign(passage, turn) for passage in one.retrieval.passages[:FOREIGN_LOOKED_AT]
        )

    def _is_foreign(self, passage: Passage, turn: _Turn) -> bool:
        spoken = primary(self._detect(passage.text, None))
        return spoken != turn.language and not {spoken, turn.language} <= KIN

    def _unfit(self, language: str) -> Callable[[str], str | None]:
        """A long draft in another language than the person's is not sent."""

        def unfit(draft: str) -> str | None:
            letters = sum(char.isalpha() for char in draft)
            told = primary(self._detect(draft, language)) if letters >= SURE_LETTERS else language
            return None if told == language or {told, language} <= KIN else f"it is in {told}, not in {language}"

        return unfit

    def _quoted(self, turn: _Turn, evidence: Sequence[Evidence]) -> Answer:
        texts: list[str] = []
        sources: list[Source] = []
        found = 0
        with turn.trace.timed("extract"):
            for one in evidence:
                extract = self._extracted(one, turn, max(SHORTEST, MAX_CHARACTERS // len(evidence)))
                if extract is None:
                    texts.append(phrase("partial", turn.language, question=echo(one.asked.own)))
                    continue
                found += 1
                if extract.text not in texts:
                    texts.append(extract.text)
                sources += [source for source in extract.sources if source not in sources]
        if not found:
            return turn.abstained("the passages found do not seem to hold the answer")
        turn.trace.note(decision="quoted from the documents")
        return Answer("\n\n".join(texts), False, turn.language, tuple(sources), "extractive", turn.usage)

    def _extracted(self, one: Evidence, turn: _Turn, room: int) -> Extract | None:
        """The quotes for a question: when it counts as answerable, or means surely what a foreign passage says."""
        if one.retrieval.answerable >= self._threshold:
            return self._extractor.extract(one.asked, one.retrieval, limit=room)
        foreign = tuple(passage for passage in one.retrieval.passages if self._is_foreign(passage, turn))
        own = tuple(passage for passage in one.retrieval.passages if passage not in foreign)
        extract = self._extractor.extract(one.asked, replace(one.retrieval, passages=foreign), limit=room)
        if extract is None:
            return None
        rival = self._extractor.extract(one.asked, replace(one.retrieval, passages=own), limit=room)
        sure = self._extractor.is_sure(extract, rival)
        turn.trace.check("meaning", kept=sure, cosine=round(extract.cosine, 4))
        return extract if sure else None

    def _cleared(self, turn: _Turn, answer: Answer, evidence: Sequence[Evidence]) -> Answer:
        """What the output filter leaves; an answer of which nothing is left becomes an abstention."""
        passages = "\n".join(passage.text for one in evidence for passage in one.retrieval.passages)
        cleared = filtered(answer.text, passages, self._rules, turn.question.text)
        if not cleared.flags:
            return answer
        turn.trace.check("output", kept=bool(cleared.text), flags=list(cleared.flags))
        if not any(char.isalnum() for char in cleared.text):
            return turn.abstained("the output filter left nothing", mode=answer.mode)
        return replace(answer, text=cleared.text)


class _Turn:
    """What is carried through one answer."""

    def __init__(self, question: Question, language: str, trace: Trace, reserve: Callable[[], None]) -> None:
        self.question = question
        self.language = language
        self.trace = trace
        self.reserve = reserve
        self.usage = Usage()

    def spent(self, usage: Usage) -> None:
        self.usage = added([self.usage, usage])
        self.trace.spent(self.usage)

    def abstained(self, why: str, mode: str = "extractive") -> Answer:
        self.trace.note(decision=f"abstained: {why}")
        return Answer(phrase("abstain", self.language), True, self.language, (), mode, self.usage)


def pleasantry(question: Question) -> Pleasantry:
    """The small talk of a turn in which nobody asks anything; of several kinds the weightiest."""
    said = [told for line in question.lines if (told := smalltalk(line, question.language)) is not None]
    order = [Smalltalk.INJECTION, *SAID, Smalltalk.EMOJI, Smalltalk.GIBBERISH]
    return min(said, key=lambda told: order.index(told.kind), default=Pleasantry(Smalltalk.GIBBERISH))


def merged(retrievals: Sequence[Retrieval], limit: int = PASSAGES) -> tuple[Passage, ...]:
    """The passages of several questions, each question's best first, every passage once."""
    unique: dict[int, Passage] = {}
    for rank in zip_longest(*(retrieval.passages for retrieval in retrievals)):
        for passage in rank:
            if passage is not None:
                unique.setdefault(passage.chunk_id, passage)
    return tuple(unique.values())[:limit]


def sources_of(grounded: Grounded, passages: Sequence[Passage]) -> tuple[Source, ...]:
    """The passages that hold the answer, each page of a document once, with the sentence that says it."""
    found: dict[tuple[int, int | None], Source] = {}
    for place in grounded.cited[:MAX_SOURCES]:
        passage = passages[place]
        source = Source(passage.document_id, passage.title, passage.page, closest_quote(grounded.text, passage))
        found.setdefault((passage.document_id, passage.page), source)
    return tuple(found.values())
