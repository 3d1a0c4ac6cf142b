"""From a turn to an answer: small talk, retrieval, then a model's words checked against the passages, or quotes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache

from balas.choices import WhenUnknown
from balas.errors import ModelRejected
from balas.ports import Reserve, unreserved
from balas.rag.answering import Answering
from balas.rag.approved import Approvals, by_approval, chosen_for, named
from balas.rag.checks.output_filter import OutputRules, released
from balas.rag.checks.tongues import spoken_in
from balas.rag.citations import merged, passages_of, sources_of
from balas.rag.evidence import Evidence
from balas.rag.generator import MAX_TURN, UnusableDraft
from balas.rag.grounding import ground
from balas.rag.picking import Picking
from balas.rag.prompt_templates import PROMPT_VERSION, private_texts
from balas.rag.question import Asked, Question, asked, leans
from balas.rag.quoting.extractive import MAX_CHARACTERS, Extract, Extractor
from balas.rag.quoting.lists import Lists
from balas.rag.quoting.timetables import timetabled
from balas.rag.quoting.unnamed import with_unnamed
from balas.rag.seams import Searches, Writer
from balas.rag.searcher import Searcher
from balas.rag.talk import pleasantries
from balas.rag.talk.offers import reply_in
from balas.rag.talk.phrases import phrase, primary
from balas.rag.talk.pictures import are_about_picture
from balas.rag.talk.pleasantries import WORDLESS
from balas.rag.talk.smalltalk import Smalltalk, pleasantry, wants_person
from balas.rag.talk.source_request import MAX_SHOWN, Cited, asks_for_source, language_of_request, shown
from balas.rag.talk.unknown import ASKED, Unknown
from balas.rag.trace import Trace
from balas.rag.words.cues import KIN
from balas.rag.words.language import detect
from balas.values import Answer, Passage, Role, Source

THRESHOLD = 0.4  # probability from which a question counts as answerable by quotes
FOREIGN_THRESHOLD = 0.6  # the same in another language: what does not answer is not seen at a glance there
MODEL_THRESHOLD = 0.0  # a model is always asked: it says itself when the passages do not answer, and is checked
SHORTEST = 160  # characters each of several questions may take for its answer


class AnswerChain:
    """Answers turns. Raises `ModelUnavailable` while the model is away; everything else ends in an `Answer`."""

    def __init__(
        self,
        retriever: Searches,
        generator: Writer | None,
        *,
        extractor: Extractor,
        rules: OutputRules | None = None,
        name: str | None = None,
        approvals: Approvals | None = None,
        when_unknown: WhenUnknown = WhenUnknown.OFFER_PERSON,
    ) -> None:
        self._retriever = retriever
        self._generator = generator
        self._extractor = extractor
        self._lists = Lists(extractor.embedder)
        self._searcher = Searcher(retriever, extractor.embedder, knows_approved=approvals is not None)
        rules = rules or OutputRules()
        self._rules = replace(rules, private=(*rules.private, *private_texts()))
        self._name = name
        self._approvals = approvals
        self._unknown = Unknown(when_unknown, extractor.embedder)
        self._picking = Picking(retriever, extractor.embedder, self._rules, self._unknown)

    def answer(self, question: Question, *, reserve: Reserve = unreserved) -> Answer:
        question = question.within(MAX_TURN)
        trace = Trace(question)
        language = primary(detect(question.text, question.language))
        if asks_for_source(question.lines):
            answer = self._source(question, language_of_request(question.lines, question.language, language), trace)
            return replace(answer, trace=trace.closed(answer))
        if (picked := self._picking.answer(question, trace)) is not None:
            return replace(picked, trace=trace.closed(picked))
        spoken = {language, primary(question.language or language)}
        reply = reply_in(question)
        parts = asked(question, spoken) if reply is None else []
        if not parts:
            told = reply or pleasantry(question.lines, question.language)
            if told.kind in WORDLESS or (told.kind is Smalltalk.STOP and told.language is None):
                language = primary(question.language or next(iter(self._retriever.languages()), None))
            answer = pleasantries.answered(told, language, self._name, trace)
            return replace(answer, trace=trace.closed(answer))
        if question.pictured and are_about_picture(parts, spoken):
            trace.note(decision="it is about a picture, which is not seen")
            answer = Answer(phrase("picture_unseen", language), abstained=False, language=language, mode="smalltalk")
            return replace(answer, trace=trace.closed(answer))
        turn = Answering(question, language, trace, reserve, self._unknown)
        evidence = self._approved_whole(turn, spoken, parts) or [
            self._searched(self._rewritten(part, turn, spoken), turn) for part in parts
        ]
        heard = {primary(one.retrieval.language) for one in evidence}
        if len(heard) == 1:  # the search knows which languages the documents make likely
            turn.language = heard.pop()
        answer = named(self._settled(turn, evidence), [one.retrieval for one in evidence])
        if wants_person(question.lines):
            answer = replace(answer, text=f"{answer.text}\n\n{phrase('human', turn.language)}", handover=ASKED)
        return replace(answer, trace=trace.closed(answer))

    def _approved_whole(self, turn: Answering, spoken: set[str], parts: Sequence[Asked]) -> list[Evidence]:
        """A sentence that asks two things may have an approved answer as it stands; [] where it has none."""
        if self._approvals is None or len(parts) == 1:
            return []
        wholes = asked(turn.question, spoken, cut=False)
        if len(wholes) == len(parts):
            return []
        known = {part.own for part in parts}
        evidence = [self._searched(whole, turn) for whole in wholes]
        chosen = zip(evidence, chosen_for(evidence, self._approvals), strict=True)
        return evidence if any(found and one.asked.own not in known for one, found in chosen) else []

    def _settled(self, turn: Answering, evidence: Sequence[Evidence]) -> Answer:
        """By what somebody wrote for these very questions; what is left of them from the documents."""
        chosen = chosen_for(evidence, self._approvals)
        turn.evidence = [one for one, passage in zip(evidence, chosen, strict=True) if passage is None]
        approved = [passage for passage in chosen if passage is not None]
        if not approved:
            return self._cleared(turn, self._answered(turn, evidence), evidence)
        rest = None
        if turn.evidence:
            turn.is_rest = True
            settled = [one.asked.own for one, passage in zip(evidence, chosen, strict=True) if passage is not None]
            turn.question = replace(turn.question, answered=tuple(settled))
            rest = self._cleared(turn, self._answered(turn, turn.evidence), turn.evidence)
        turn.trace.note(decision="an approved answer" + (f"; {turn.trace.fields['decision']}" if rest else ""))
        return by_approval(approved, rest, turn.language)

    def _source(self, question: Question, language: str, trace: Trace) -> Answer:
        """The passages behind the last answer. Who asks over the API brings no answer: theirs is found again."""
        cited = question.cited if question.cited is not None else self._cited_again(question, trace)
        if not cited.passages:
            trace.note(decision="the source was asked for, and there is none")
            line = phrase("source_gone" if cited.gone else "source_none", language)
            return Answer(line, abstained=False, language=language, mode="smalltalk")
        trace.note(decision="the passages behind the last answer")
        sources = cited.passages[:MAX_SHOWN]
        text = released(shown(cited), [(one.url, shown(Cited((one,)))) for one in sources], self._rules).text
        return Answer(text, abstained=False, language=language, sources=sources, mode="extractive")

    def _cited_again(self, question: Question, trace: Trace) -> Cited:
        earlier = [line for line in question.history if line.role is Role.USER]
        parts = asked(replace(question, lines=(earlier[-1].text,), history=())) if earlier else []
        if not parts:
            return Cited()
        turn = Answering(question, primary(question.language), trace, unreserved, self._unknown)
        one = self._searched(parts[-1], turn)
        extract = self._extracted(one, turn, MAX_CHARACTERS)
        return Cited(() if extract is None else passages_of(extract.sources, one.retrieval.passages))

    def _rewritten(self, part: Asked, turn: Answering, spoken: set[str]) -> Asked:
        """A follow-up in a model's words; the person's own and the plain completion are searched as well."""
        if self._generator is None or not turn.question.history or not leans(part.own, has_earlier=True, spoken=spoken):
            return part
        try:
            with turn.trace.timed("rewrite"):
                line, usage = self._generator.rewrite(part.own, turn.question.history, reserve=turn.reserve)
        except (UnusableDraft, ModelRejected) as error:
            turn.failed("rewrite", error)
            return part
        turn.spent(usage)
        return Asked(part.own, line, tuple(dict.fromkeys(said for said in (part.own, part.search) if said != line)))

    def _searched(self, part: Asked, turn: Answering) -> Evidence:
        with turn.trace.timed("retrieve"):
            one = self._searcher.evidence(part, turn.question)
        turn.trace.line(part, one.retrieval, self._limit())
        return one

    def _limit(self) -> float:
        return THRESHOLD if self._generator is None else MODEL_THRESHOLD

    def _answered(self, turn: Answering, evidence: Sequence[Evidence]) -> Answer:
        if not any(one.retrieval.passages for one in evidence):
            return turn.abstained("no passage was found")
        if self._generator is not None:
            try:
                return self._written(turn, evidence, self._generator)
            except (UnusableDraft, ModelRejected) as error:
                turn.failed("model", error)
        return self._quoted(turn, evidence)

    def _written(self, turn: Answering, evidence: Sequence[Evidence], generator: Writer) -> Answer:
        passages = merged([one.retrieval for one in evidence])
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
            alike, entries = self._extractor.alike(passages), self._extractor.alike_questions(passages)
            grounded = ground(draft.text, passages, turn.question.text, turn.language, alike, entries)
        turn.trace.checked(grounded.checks)
        if grounded.is_withheld:
            return self._quoted(turn, evidence)  # what was removed stands in the checks
        turn.trace.note(decision="written by the model, checked against the passages")
        return Answer(grounded.text, False, turn.language, sources_of(grounded, passages), "model", turn.usage)

    def _is_foreign(self, passage: Passage, turn: Answering) -> bool:
        spoken = primary(detect(passage.text, None))
        return spoken != turn.language and not {spoken, turn.language} <= KIN

    def _unfit(self, language: str) -> Callable[[str], str | None]:
        """A draft in another language than the person's is not sent."""

        def unfit(draft: str) -> str | None:
            told = spoken_in(draft, language, detect)
            return None if told == language or {told, language} <= KIN else f"it is in {told}, not in {language}"

        return unfit

    def _quoted(self, turn: Answering, evidence: Sequence[Evidence]) -> Answer:
        texts: list[str] = []
        sources: list[Source] = []
        found = 0
        with turn.trace.timed("extract"):
            for one in evidence:
                extract = self._extracted(one, turn, max(SHORTEST, MAX_CHARACTERS // len(evidence)))
                if extract is None:
                    texts.append(turn.partly(one))
                    continue
                found += 1
                if extract.text not in texts:
                    texts.append(extract.text)
                sources += [source for source in extract.sources if source not in sources]
        if not found:
            return turn.abstained("the passages found do not seem to hold the answer")
        turn.trace.note(decision="quoted from the documents")
        text = "\n\n".join(texts)
        return Answer(text, False, turn.language, tuple(sources), "extractive", turn.usage, handover=turn.handover)

    def _extracted(self, one: Evidence, turn: Answering, room: int) -> Extract | None:
        """What the lists tell of what is compared or priced, else the quotes for the question."""
        extract = self._lists.extract(
            one.asked.search,
            turn.language,
            own=one.asked.own if one.asked.is_completed else "",
            quoted=lambda: self._sure_extract(self._searcher.with_holidays(one, turn.question), turn, room),
            search=lambda: self._searcher.widely(one, turn.question),
        )
        return None if extract is None else self._of_what_is_asked(extract, one, turn)

    def _of_what_is_asked(self, extract: Extract, one: Evidence, turn: Answering) -> Extract:
        """Of a timetable the times that are meant; with a line for what the quote does not name."""

        @cache
        def search() -> Sequence[Passage]:
            return self._searcher.widely(one, turn.question).passages

        near = one.retrieval.passages
        told = timetabled(extract, one.asked.search, near, search)
        return with_unnamed(told, one.asked.own, turn.language, near, search)

    def _sure_extract(self, one: Evidence, turn: Answering, room: int) -> Extract | None:
        """The quotes for a question, when it counts as answerable. What stands in another language than the question
        is weighed by what its sentences mean, whatever the words say."""
        passages, answerable = one.retrieval.passages, one.retrieval.answerable
        counts = answerable >= THRESHOLD
        if counts and not (passages and self._is_foreign(passages[0], turn)):
            return self._extractor.extract(one.asked, one.retrieval, limit=room)
        foreign = tuple(passage for passage in passages if self._is_foreign(passage, turn))
        looked_at = passages if counts else foreign
        extract = self._extractor.extract(one.asked, replace(one.retrieval, passages=looked_at), limit=room)
        if extract is None:
            return None
        own = tuple(passage for passage in passages if passage not in foreign)
        rival = None if counts else self._extractor.extract(one.asked, replace(one.retrieval, passages=own), limit=room)
        chance = self._extractor.foreign_chance(answerable, extract)
        sure = chance >= FOREIGN_THRESHOLD and (rival is None or extract.nearest >= rival.nearest)
        turn.trace.check("meaning", kept=sure, cosine=round(extract.nearest, 4))
        return extract if sure else None

    def _cleared(self, turn: Answering, answer: Answer, evidence: Sequence[Evidence]) -> Answer:
        """What the output filter leaves; an answer of which nothing is left becomes an abstention."""
        told = [(passage.url, passage.text) for one in evidence for passage in one.retrieval.passages]
        cleared = released(answer.text, told, self._rules, turn.question.text)
        if not cleared.flags:
            return answer
        turn.trace.check("output", kept=bool(cleared.text), flags=list(cleared.flags))
        if not any(char.isalnum() for char in cleared.text):
            return turn.abstained("the output filter left nothing", mode=answer.mode, is_tellable=False)
        return replace(answer, text=cleared.text)
