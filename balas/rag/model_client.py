"""One call to an OpenAI-compatible chat server: bounded in time and size, foreign errors sorted."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from balas.crew import Waiting
from balas.errors import ModelRejected, ModelUnavailable
from balas.rag.posts import Completions
from balas.rag.prompt_templates import without_template_marks
from balas.values import Role, Usage, Utterance

if TYPE_CHECKING:
    import httpx2
    from langchain_core.messages import AIMessage, BaseMessage
    from langchain_openai import ChatOpenAI

MARKS_OF_MESSAGE = 16  # tokens
MAX_ANSWER_BYTES = 1 << 20  # of one HTTP answer: a thousand times what is asked for
# What readers of JSON and of its parts raise at an answer that is none, RecursionError where it is nested too deeply.
UNREADABLE = (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError)
LONGEST_WAIT_SECONDS = 5.0  # between two attempts
LONGEST_PAUSE_SECONDS = 3_600.0
REFUSALS = {401, 402, 403, 404}
_HINTS = {
    401: "check OPENAI_API_KEY",
    402: "the account has no credit left",
    403: "check OPENAI_API_KEY and what it may use",
    404: "check the name of the model, and OPENAI_BASE_URL",
}


@dataclass(frozen=True, slots=True)
class Prices:
    """For a million tokens, in the operator's currency."""

    prompt: float = 0.0
    completion: float = 0.0

    def of(self, prompt_tokens: int, completion_tokens: int) -> float:
        return round((prompt_tokens * self.prompt + completion_tokens * self.completion) / 1_000_000, 8)


class CallNotTaken(ModelUnavailable):
    """The server was not reached, or turned the call away: nothing was worked out, and nothing is paid for."""


class ModelRefusesUs(CallNotTaken):
    """A wrong key, an unpaid account or a wrong name: every call fails until a person mends it, none is lost."""


class AnswerTooLarge(ModelUnavailable):
    """The server sent more than any answer may hold."""


@dataclass(frozen=True, slots=True)
class ModelServer:
    """A model of an OpenAI-compatible server, how long and how much it may write, and what that costs."""

    model: str
    api_key: str = field(repr=False)
    base_url: str | None = None  # None: OpenAI's own
    timeout_seconds: float = 30.0
    max_tokens: int = 1_000  # of an answer
    prices: Prices = Prices()


def chat_client(server: ModelServer, waiting: Waiting) -> ChatOpenAI:
    """LangChain's client without retries of its own: there is one layer that tries again, and it is ours."""
    from langchain_openai import ChatOpenAI  # noqa: PLC0415 (takes seconds and 150 MB)
    from pydantic import SecretStr  # noqa: PLC0415 (with it)

    timeout = server.timeout_seconds
    client = ChatOpenAI(
        model=server.model,
        api_key=SecretStr(server.api_key),
        base_url=server.base_url,
        timeout=timeout,
        max_retries=0,
        max_completion_tokens=server.max_tokens,
        http_client=stepping_aside(waiting, timeout, event_hooks={"response": [bounded(timeout)]}),
    )
    client.client = Completions(client.root_client)
    return client


def stepping_aside(waiting: Waiting, timeout_seconds: float, **options: Any) -> httpx2.Client:
    """A client whose threads let others compute while the server does."""
    import httpx2  # noqa: PLC0415 (with LangChain)

    from balas.connections import LastUsedFirst  # noqa: PLC0415 (as above)

    # Not a transport of our own: with one, httpx would not look for proxies in the environment.
    class SteppingAside(httpx2.Client):
        def send(self, *arguments: Any, **options: Any) -> httpx2.Response:
            with waiting():
                return super().send(*arguments, **options)

        def __del__(self) -> None:  # as the client that openai makes for itself
            if not self.is_closed:
                self.close()

    limits = httpx2.Limits(max_connections=None, max_keepalive_connections=64)
    client = SteppingAside(timeout=timeout_seconds, limits=limits, **options)
    assert isinstance(client._transport, httpx2.HTTPTransport)  # noqa: S101 none was given
    client._transport._pool = LastUsedFirst(
        ssl_context=client._transport._pool._ssl_context,
        max_connections=limits.max_connections,
        max_keepalive_connections=limits.max_keepalive_connections,
        keepalive_expiry=limits.keepalive_expiry,
    )
    return client


def bounded(timeout_seconds: float) -> Callable[[httpx2.Response], None]:
    """Caps size and total time of an answer: the client's own timeout starts anew with every byte."""
    import httpx2  # noqa: PLC0415 (as above)

    class Bounded(httpx2.SyncByteStream):
        def __init__(self, inner: httpx2.SyncByteStream) -> None:
            self._inner = inner

        def __iter__(self) -> Iterator[bytes]:
            size, until = 0, time.monotonic() + timeout_seconds
            for part in self._inner:
                size += len(part)
                if size > MAX_ANSWER_BYTES:
                    raise AnswerTooLarge(
                        f"The model server sent more than {MAX_ANSWER_BYTES} bytes: it is tried again."
                    )
                if time.monotonic() > until:
                    raise httpx2.ReadTimeout("the whole answer took too long")
                yield part

        def close(self) -> None:
            self._inner.close()

    def cap(response: httpx2.Response) -> None:
        if isinstance(response.stream, httpx2.SyncByteStream):
            response.stream = Bounded(response.stream)

    return cap


def invoke(client: ChatOpenAI, messages: Sequence[BaseMessage]) -> AIMessage:
    """One attempt. Raises `ModelUnavailable` (try again), `ModelRefusesUs`, or `ModelRejected` for this request."""
    from langchain_core.messages import AIMessage  # noqa: PLC0415 (with LangChain)

    with sorted_errors():
        # Not `invoke`: what it does around this call is for LangChain's listeners, who would be told every word.
        result = client._generate(list(messages))
    said, answer = result.generations[0], result.generations[0].message
    if not isinstance(answer, AIMessage):
        raise ModelUnavailable("The model server's answer is no chat message: it is tried again.")
    answer.response_metadata = (result.llm_output or {}) | (said.generation_info or {}) | answer.response_metadata
    return answer


@contextmanager
def sorted_errors() -> Iterator[None]:
    """What openai's client raises inside becomes what `invoke` raises."""
    import httpx2  # noqa: PLC0415 (with LangChain)
    import openai  # noqa: PLC0415 (as above)

    unsent = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.ProxyError)
    try:
        yield
    except openai.APIStatusError as error:
        raise sorted_status(error.status_code, retry_after(error)) from error
    except openai.APIConnectionError as error:
        if isinstance(error.__cause__, AnswerTooLarge):
            raise error.__cause__ from error
        failure = CallNotTaken if any(isinstance(cause, unsent) for cause in causes(error)) else ModelUnavailable
        if isinstance(error, openai.APITimeoutError):
            raise failure("The model server took too long: it is tried again.") from error
        raise failure("The model server cannot be reached: check OPENAI_BASE_URL.") from error
    except (openai.OpenAIError, *UNREADABLE) as error:
        raise ModelUnavailable("The model server's answer cannot be read: it is tried again.") from error


def causes(error: BaseException) -> Iterator[BaseException]:
    """The errors behind one: LangChain wraps openai's, which wraps the connection's own."""
    while error.__cause__ is not None:
        error = error.__cause__
        yield error


def sorted_status(code: int, after: float | None = None) -> ModelUnavailable | ModelRejected:
    if code in REFUSALS:
        return ModelRefusesUs(f"The model server refuses us with {code}: {_HINTS[code]}.")
    if code in {408, 409, 425, 429}:
        return CallNotTaken(f"The model server answered {code}: it is tried again.", after)
    if code >= 500:
        return ModelUnavailable(f"The model server answered {code}: it is tried again.", after)
    return ModelRejected(f"The model server refuses this request with {code}: the passages are quoted instead.")


def retry_after(error: object) -> float | None:
    """Seconds of a Retry-After header, when it gives seconds; an hour at most."""
    headers = getattr(getattr(error, "response", None), "headers", {})
    value = str(headers.get("retry-after", ""))
    is_seconds = value.isascii() and value.replace(".", "", 1).isdigit()
    return min(float(value), LONGEST_PAUSE_SECONDS) if is_seconds else None


def again(error: Exception) -> bool | float:
    """Whether another attempt may help at once, and after how many seconds where the server said so. One that asks for
    more is left alone: the caller's own schedule takes over."""
    if isinstance(error, ModelRefusesUs) or not isinstance(error, ModelUnavailable):
        return False
    if error.retry_after_seconds is None:
        return True
    return error.retry_after_seconds if error.retry_after_seconds <= LONGEST_WAIT_SECONDS else False


def spoken(history: Sequence[Utterance], limit: int) -> list[BaseMessage]:
    """Earlier messages in their roles; what a person of the business wrote counts as the business's own words."""
    from langchain_core.messages import AIMessage, HumanMessage  # noqa: PLC0415 (with the client)

    kept = [(said.role, without_template_marks(said.text)[:limit]) for said in history if said.text.strip()]
    return [HumanMessage(text) if role is Role.USER else AIMessage(text) for role, text in kept]


def most_tokens(messages: Sequence[BaseMessage]) -> int:
    """What a server counts at most: a token is one byte or more, and the marks around a message are some."""
    return sum(_bytes(str(message.content)) + MARKS_OF_MESSAGE for message in messages)


def usage_of(answer: AIMessage, sent: Sequence[BaseMessage], model: str, prices: Prices) -> Usage:
    """Tokens and cost; where the server does not count, four bytes are taken for a token."""
    counted: dict[str, Any] = dict(answer.usage_metadata or {})
    prompt = int(counted.get("input_tokens") or -(-sum(_bytes(str(message.content)) for message in sent) // 4))
    completion = int(counted.get("output_tokens") or -(-_bytes(str(answer.content)) // 4))
    name = str(answer.response_metadata.get("model_name") or model)
    return Usage(prompt, completion, prices.of(prompt, completion), name)


def added(spent: Sequence[Usage]) -> Usage:
    """Every attempt is paid for."""
    return Usage(
        sum(usage.prompt_tokens for usage in spent),
        sum(usage.completion_tokens for usage in spent),
        round(sum(usage.cost for usage in spent), 8),
        spent[-1].model if spent else None,
    )


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))
