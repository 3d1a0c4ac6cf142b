"""A model's draft of an answer: asked for once, tried again once, cleaned, never trusted."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

from balas.choices import AnswerLength
from balas.crew import Waiting
from balas.errors import ModelRejected, ModelUnavailable
from balas.ports import Reserve, unreserved
from balas.rag import model_client
from balas.rag.breaker import Breaker, BreakerState
from balas.rag.checks.abstentions import MARKER, is_abstention
from balas.rag.checks.wrappings import unwrapped
from balas.rag.model_client import (
    CallNotTaken,
    ModelRefusesUs,
    ModelServer,
    added,
    chat_client,
    invoke,
    most_tokens,
    spoken,
    usage_of,
)
from balas.rag.prompt_templates import (
    PLAIN,
    Style,
    answer_rules,
    repeats_fence,
    rewrite_input,
    rewrite_rules,
    without_template_marks,
)
from balas.rag.question import Question
from balas.rag.words.sentences import sentence_spans
from balas.values import Passage, Usage, Utterance

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage, BaseMessage
    from langchain_openai import ChatOpenAI

ATTEMPTS = 2
# Characters of a draft, with its citation marks: what is asked for and some more. A chat is no place for pages.
MAX_DRAFT = {AnswerLength.SHORT: 500, AnswerLength.MEDIUM: 900, AnswerLength.LONG: 2_000}
MAX_TURN = 8_000  # characters of the person's turn
HISTORY_LINES = 10
HISTORY_LINE = 1_000  # characters
MAX_REWRITE = 300


class UnusableDraft(ModelUnavailable):
    """The model answered, twice, with nothing that can be sent: empty, cut off, withheld, or in no human words.

    `usage` is what that took.
    """

    usage = Usage()


@dataclass(frozen=True, slots=True)
class Draft:
    """What the model wrote, with citation marks. `abstained`: it said that the passages do not answer."""

    text: str
    abstained: bool
    usage: Usage
    finish: str = "stop"


class Generator:
    """Writes answers from passages with an OpenAI-compatible model.

    Raises `ModelUnavailable` when trying later may help, `UnusableDraft` when the model's words are of no use,
    `ModelRejected` when the server will never take this request.
    """

    def __init__(
        self,
        server: ModelServer,
        *,
        style: Style = PLAIN,
        breaker: Breaker | None = None,
        returned: threading.Event | None = None,
        waiting: Waiting = nullcontext,
    ) -> None:
        self.model = server.model
        self._server = server
        self._waiting = waiting
        self._style = style
        self._breaker = breaker or Breaker()
        self._returned = returned or threading.Event()
        self._client: ChatOpenAI | None = None
        self._connecting = threading.Lock()

    def connect(self) -> None:
        """Import and make the client, which takes seconds; else the first answer does."""
        self._connected()

    def generate(
        self,
        question: Question,
        passages: Sequence[Passage],
        language: str,
        *,
        unfit: Callable[[str], str | None] = lambda _text: None,
        reserve: Reserve = unreserved,
    ) -> Draft:
        """A draft from numbered passages. `unfit` names what is wrong with a draft; it is then asked for once more."""
        from langchain_core.messages import HumanMessage, SystemMessage  # noqa: PLC0415 (with the client)

        rules = answer_rules(passages, language, question.quoted, self._style, question.answered)
        messages: list[BaseMessage] = [SystemMessage(rules)]
        messages += spoken(question.history[-HISTORY_LINES:], HISTORY_LINE)
        messages.append(HumanMessage(without_template_marks(question.text[:MAX_TURN])))
        return self._drafted(messages, unfit, reserve)

    def rewrite(
        self, question: str, history: Sequence[Utterance], *, reserve: Reserve = unreserved
    ) -> tuple[str, Usage]:
        """A follow-up as a question that stands alone; itself when the model answers with anything else."""
        from langchain_core.messages import HumanMessage, SystemMessage  # noqa: PLC0415 (with the client)

        draft = self._drafted(
            [SystemMessage(rewrite_rules()), HumanMessage(rewrite_input(question, history))],
            lambda _text: None,
            lambda most, _ahead=0: reserve(most, 1),  # the answer itself
        )
        line = draft.text.strip().strip("\"'“”«»").strip()
        usable = bool(line) and not draft.abstained and "\n" not in line and len(line) <= MAX_REWRITE
        return (line if usable else question), draft.usage

    def close(self) -> None:
        """Gives the connections back; a later call opens new ones."""
        with self._connecting:
            if self._client is not None:
                self._client.root_client.close()
                self._client = None

    def state(self) -> BreakerState:
        """What `health` says of the model without calling it."""
        return self._breaker.state()

    def _drafted(self, messages: list[BaseMessage], unfit: Callable[[str], str | None], reserve: Reserve) -> Draft:
        import stamina  # noqa: PLC0415 (with the client)

        spent: list[Usage] = []
        retries = stamina.retry_context(on=again, attempts=ATTEMPTS, wait_initial=0.2, wait_jitter=0.5, timeout=None)
        for attempt in retries:
            with attempt:
                answer = self._called(messages, reserve, spent)
                return read_draft(answer, added(spent), unfit, MAX_DRAFT[self._style.length])
        raise AssertionError("unreachable")  # the last attempt returns or raises

    def _called(self, messages: list[BaseMessage], reserve: Reserve, spent: list[Usage]) -> AIMessage:
        """One call, told to the breaker, and paid for."""
        admitted = self._breaker.admit()
        if admitted.state == "open":
            raise ModelUnavailable(f"The model is paused: {admitted.detail}", admitted.retry_after_seconds)
        try:
            answer = self._paid(messages, reserve, spent)
        except ModelRefusesUs as error:
            self._breaker.refused(str(error))
            raise
        except ModelUnavailable as error:
            self._breaker.failed(str(error))
            raise
        except BaseException:
            # Nothing is wrong with the server: it does not take this request, or the caller stopped the call.
            self._breaker.left()
            raise
        if self._breaker.succeeded():
            self._returned.set()
        return answer

    def _paid(self, messages: list[BaseMessage], reserve: Reserve, spent: list[Usage]) -> AIMessage:
        client = self._connected()
        settle = reserve(self._server.prices.of(most_tokens(messages), self._server.max_tokens))
        try:
            answer = invoke(client, messages)
        except (CallNotTaken, ModelRejected):
            settle(0.0)
            raise
        spent.append(usage_of(answer, messages, self.model, self._server.prices))
        settle(spent[-1].cost)
        return answer

    def _connected(self) -> ChatOpenAI:
        with self._connecting:
            if self._client is None:
                self._client = chat_client(self._server, self._waiting)
            return self._client


def again(error: Exception) -> bool | float:
    """Whether a second attempt may help, and after how many seconds."""
    return 0.01 if isinstance(error, UnusableDraft) else model_client.again(error)  # that server needs no rest


def read_draft(answer: AIMessage, usage: Usage, unfit: Callable[[str], str | None], most: int) -> Draft:
    """The words of a model's answer, of `most` characters, or `UnusableDraft` with the reason."""
    try:
        return _read(answer, usage, unfit, most)
    except UnusableDraft as error:
        error.usage = usage
        raise


def _read(answer: AIMessage, usage: Usage, unfit: Callable[[str], str | None], most: int) -> Draft:
    finish = str(answer.response_metadata.get("finish_reason") or "stop")
    if finish == "content_filter":
        raise UnusableDraft("The model server withheld the answer (content_filter).")
    words = unwrapped(str(answer.text))
    if finish == "length" or len(words) > most:
        words = whole_sentences(words[:most])
    if answer.additional_kwargs.get("refusal") or is_abstention(words):
        return Draft("", abstained=True, usage=usage, finish=finish)
    words = MARKER.sub("", words).strip()
    if not any(char.isalnum() for char in words):
        raise UnusableDraft("The model's answer is empty.")
    if repeats_fence(words):
        raise UnusableDraft("The model repeats what it was given instead of answering.")
    if looks_like_code(words):
        raise UnusableDraft("The model answered with a tool call instead of words.")
    if problem := unfit(words):
        raise UnusableDraft(f"The model's answer is unfit: {problem}.")
    return Draft(words, abstained=False, usage=usage, finish=finish)


def whole_sentences(words: str) -> str:
    """What was said completely before the answer was cut off."""
    ends = [end for _, end in sentence_spans(words)]
    if ends and words[: ends[-1]].rstrip("]0123456789[ ")[-1:] not in set(".!?。！？।؟…"):
        ends.pop()
    return words[: ends[-1]] if ends else ""


def looks_like_code(words: str) -> bool:
    bare = words.strip().removeprefix("```json").strip("`").strip()
    if not bare.startswith(("{", "[{")):
        return bool(re.match(r"^<(?:tool_call|function)", bare))
    try:
        return isinstance(json.loads(bare), dict | list)
    except (ValueError, RecursionError):
        return bare.startswith(('{"', '[{"'))
