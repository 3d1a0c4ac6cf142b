"""A near thing that the person chose is told in the documents' own words, with its source."""

from __future__ import annotations

from collections.abc import Sequence

from balas.rag.approved import answer_of, by_approval, named
from balas.rag.checks.output_filter import OutputRules, released
from balas.rag.question import Question
from balas.rag.quoting.near import Thing, key_of, things
from balas.rag.quoting.quotes import led, sources_of
from balas.rag.seams import Searches
from balas.rag.talk import pleasantries
from balas.rag.talk.choosing import Choice, Unchosen, choice_in, offer, offered_in
from balas.rag.talk.smalltalk import Pleasantry, Smalltalk
from balas.rag.talk.source_request import MAX_PASSAGE, around
from balas.rag.talk.unknown import Unknown
from balas.rag.trace import Trace
from balas.rag.vectors.remembered_vectors import SentenceEmbedder
from balas.values import Answer, ChunkKind, Retrieval, Role, Utterance

LOOKED_AT = 50  # passages among which what was chosen is found again


class Picking:
    """What is told is looked up again by its name, so that it is what the documents say now, to this person.

    Nothing is kept but the message that offered it: a document that was changed, withdrawn or is for others
    meanwhile is not quoted from memory.
    """

    def __init__(self, retriever: Searches, embedder: SentenceEmbedder, rules: OutputRules, unknown: Unknown) -> None:
        self._retriever = retriever
        self._embedder = embedder
        self._rules = rules
        self._unknown = unknown

    def answer(self, question: Question, trace: Trace) -> Answer | None:
        """None when the turn chooses nothing."""
        choice = choice_in(question)
        if choice is None:
            return None
        if choice.unchosen is Unchosen.UNCLEAR:
            return self._which(choice, trace)
        if choice.unchosen is not None:
            return self._nothing(choice, trace, "small talk: neither", "smalltalk")
        with trace.timed("retrieve"):
            asked = _asked_before(question, choice)
            found = [self._found(choice.names[place], asked, question) for place in choice.chosen]
        told = [thing for thing in found if thing is not None]
        if not told:
            return self._nothing(choice, trace, "abstained: what was chosen is no longer in the documents")
        answer = self._told(told, choice.language, asked)
        if not any(char.isalnum() for char in answer.text):
            return self._nothing(choice, trace, "abstained: the output filter left nothing")
        trace.note(decision="chosen from what was offered", picked=[thing.name for thing in told])
        return answer

    def _which(self, choice: Choice, trace: Trace) -> Answer:
        """Asked once: who is not understood twice gets a person."""
        if not choice.is_repeated:
            trace.note(
                decision="small talk: which", near=list(choice.names), offered=self._unknown.handover is not None
            )
            return Answer(offer(choice.names, choice.language), False, choice.language, mode="smalltalk")
        if self._unknown.handover is None:
            return self._nothing(choice, trace, "small talk: neither", "smalltalk")
        told = Pleasantry(Smalltalk.HUMAN, choice.language)
        return pleasantries.answered(told, choice.language, None, trace)

    def _nothing(self, choice: Choice, trace: Trace, decision: str, mode: str = "extractive") -> Answer:
        trace.note(decision=decision)
        if self._unknown.handover is not None:
            trace.note(offered=True)
        text = self._unknown.whole(choice.language, ())
        return Answer(text, True, choice.language, mode=mode, handover=self._unknown.handover)

    def _found(self, name: str, asked: str, question: Question) -> Thing | None:
        """Of several things of one name the one that is nearest to what was asked, as when it was offered."""
        key = key_of(name)
        for query in filter(None, (asked, name)):
            found = self._retriever.search(
                query, limit=LOOKED_AT, audiences=question.audiences, language=question.language
            )
            alike = (thing for passage in found.passages for thing in things(passage) if thing.key == key)
            if (thing := next(alike, None)) is not None:
                return thing
        return None

    def _told(self, told: Sequence[Thing], language: str, asked: str) -> Answer:
        passages = tuple(thing.passage for thing in told)
        found = [Retrieval("", language, passages, 0.0)]
        if all(passage.kind is ChunkKind.CURATED for passage in passages):
            return named(by_approval(passages, None, language), found)
        text = "\n\n".join(self._text(thing, asked) for thing in told)
        text = released(text, [(passage.url, passage.text) for passage in passages], self._rules).text
        sources = sources_of([quote for thing in told for quote in thing.quotes])
        return named(Answer(text, False, language, sources), found)

    def _text(self, thing: Thing, asked: str) -> str:
        """A row a cell a line, several a row a line; else all that stands under the name, of much what is nearest."""
        if thing.is_row:
            first, *others = thing.quotes
            return "\n".join([first.text, *(quote.text for quote in others)] if others else first.cells)
        if thing.passage.kind is ChunkKind.CURATED:
            return answer_of(thing.passage)
        whole = _joined(thing)
        if len(whole) > MAX_PASSAGE:
            (wanted,) = self._embedder.embed_queries([asked or thing.name])
            near = self._embedder.embed_passages([quote.text for quote in thing.quotes]) @ wanted
            whole = around(whole, thing.quotes[int(near.argmax())].text)
        return f"**{thing.name}**\n{whole}"


def _joined(thing: Thing) -> str:
    """Sentences of one paragraph stay together. A heading that denies stands above them already."""
    text, before = "", None
    for quote in thing.quotes:
        is_new = before is None or quote.lead != before.lead
        lead = quote.lead if is_new and key_of(quote.lead) != thing.key else ""
        same = before is not None and quote.line == before.line
        text += (" " if same else "\n") + led(lead, quote.text)
        before = quote
    return text.strip()


def _asked_before(question: Question, choice: Choice) -> str:
    """What the person wrote before the offer, however often it was made; "" where they reply to an older one."""
    said, lines = list(question.history), list[str]()
    while said and _is_offer(said[-1], choice):
        said.pop()
        lines = []
        while said and said[-1].role is Role.USER:
            lines.insert(0, said.pop().text)
    return "\n".join(lines)


def _is_offer(said: Utterance, choice: Choice) -> bool:
    return said.role is Role.ASSISTANT and offered_in(said.text) == (choice.names, choice.language)
