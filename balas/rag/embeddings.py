"""What turns texts into vectors: the bundled model, or an OpenAI-compatible server."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from balas.crew import Waiting
from balas.errors import ModelRejected, ModelUnavailable
from balas.rag.model_client import REFUSALS, UNREADABLE, ModelRefusesUs, again, retry_after, stepping_aside
from balas.rag.posts import TextVectors
from balas.telemetry import logger

if TYPE_CHECKING:
    import numpy as np
    from langchain_core.embeddings import Embeddings
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]
    Row = NDArray[np.float32] | list[float]

TIMEOUT_SECONDS = 30.0
ATTEMPTS = 4
BATCH_TEXTS = 128
KEPT_QUESTIONS = 2_000
OTHER_SPREAD = 2.7  # chosen, not measured
MOST_BYTES = 8_000  # OpenAI's models read 8,191 tokens, and a token is one byte or more
SHORT_BYTES = 200  # no model reads less: it is refused for another reason
_HINTS = {
    401: "check OPENAI_API_KEY",
    402: "the account has no credit left",
    403: "check OPENAI_API_KEY and what it may use",
    404: "check OPENAI_EMBEDDING_MODEL and OPENAI_BASE_URL",
}

log = logger("embeddings")


class TextsRefused(ModelRejected):
    """The server does not take these texts, or nothing at all: it does not say which in a word we know."""


class Embedder(Protocol):
    """Texts to unit vectors, float32 [n, dimension]. Raises `ModelUnavailable` or `ModelRejected`."""

    @property
    def name(self) -> str:
        """Vectors of different names must never meet in one index."""
        ...

    @property
    def dimension(self) -> int: ...

    def embed_queries(self, texts: Sequence[str]) -> Vectors: ...

    def embed_passages(self, texts: Sequence[str]) -> Vectors: ...


def embedded(cache_dir: Path | None = None) -> Embeddings:
    """The bundled multilingual model as a LangChain `Embeddings`."""
    from balas.rag.langchain_embeddings import EmbedderEmbeddings  # noqa: PLC0415 (LangChain takes a second)
    from balas.rag.vectors.embedded_model import EmbeddedModel  # noqa: PLC0415 (numpy and onnxruntime come with it)

    return EmbedderEmbeddings(EmbeddedModel(cache_dir))


class OpenAIEmbedder:
    """Embeddings of an OpenAI-compatible server. The dimension is learned from its first answer."""

    def __init__(
        self,
        model: str,
        *,
        api_key: str,
        base_url: str | None = None,
        timeout_seconds: float = TIMEOUT_SECONDS,
        waiting: Waiting = nullcontext,
    ) -> None:
        from langchain_openai import OpenAIEmbeddings  # noqa: PLC0415 (takes a second and 100 MB)
        from pydantic import SecretStr  # noqa: PLC0415 (with it)

        self.name = f"openai:{model}"
        self._dimension: int | None = None
        self._asked: dict[str, NDArray[np.float32]] = {}
        self._asking = threading.Lock()  # a hundred turns ask at once
        # Texts go as texts: other servers than OpenAI's refuse the token numbers that the length check would send.
        self._client = OpenAIEmbeddings(
            model=model,
            openai_api_key=SecretStr(api_key),
            openai_api_base=base_url,
            check_embedding_ctx_length=False,
            max_retries=0,
            request_timeout=timeout_seconds,
            chunk_size=BATCH_TEXTS,
            http_client=stepping_aside(waiting, timeout_seconds),
        )
        self._client.client = TextVectors(self._client.client._client)

    @property
    def dimension(self) -> int:
        if self._dimension is None:
            self.embed_queries(["dimension"])
        assert self._dimension is not None  # noqa: S101 (for the types: set by the call above)
        return self._dimension

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Questions come again and again in the same words: the newest are kept, in memory only."""
        import numpy as np  # noqa: PLC0415 (loaded with the first text)

        with self._asking:
            known = {text: self._asked[text] for text in texts if text in self._asked}
        missing = [text for text in dict.fromkeys(texts) if text not in known]
        if missing or not texts:
            found = self._embed(missing)  # outside of the lock: others must not wait for the server's answer
            known |= zip(missing, found, strict=True)
            if not texts:
                return found
        with self._asking:
            self._asked |= known
            while len(self._asked) > KEPT_QUESTIONS:
                self._asked.pop(next(iter(self._asked)))
        return np.stack([known[text] for text in texts])

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        return self._embed(texts)

    def _embed(self, texts: Sequence[str]) -> Vectors:
        import numpy as np  # noqa: PLC0415 (loaded with the first text)

        rows: list[Row] = []
        for batch in batched([_within(text, MOST_BYTES) or " " for text in texts], BATCH_TEXTS):
            rows += self._taken(batch)
        if not rows:
            return np.zeros((0, self._dimension or 0), np.float32)
        if len(rows) != len(texts) or len({len(row) for row in rows}) != 1 or len(rows[0]) == 0:
            raise ModelRejected("The embedding server answered with vectors that do not fit the texts sent.")
        vectors = np.asarray(rows, np.float32)
        if not np.isfinite(vectors).all():
            raise ModelRejected("The embedding server answered with what are no numbers: see its log.")
        self._learn(vectors.shape[1])
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True) + 1e-12
        return vectors

    def _taken(self, texts: list[str]) -> Sequence[Row]:
        """What a model reads at most is said in tokens, and by few servers: a refused text is tried again by halves."""
        while True:
            try:
                return retried(partial(self._client.embed_documents, texts))
            except TextsRefused:
                longest = max(len(text.encode()) for text in texts)
                if longest < SHORT_BYTES:
                    raise
                log.warning("embedded_texts_cut", model=self.name, to_bytes=longest // 2)
                texts = [_within(text, longest // 2) for text in texts]

    def _learn(self, dimension: int) -> None:
        if self._dimension is not None and dimension != self._dimension:
            raise ModelRejected(
                f"The embedding server changed its vectors from {self._dimension} to {dimension} numbers: "
                "restart Balas, which embeds everything anew; with a Qdrant server run balas reindex before."
            )
        self._dimension = dimension


def spread(model: str) -> float:
    """How far this model's cosines spread, as a multiple of the bundled one's, which lie within 0.2 of each other."""
    return 1.0 if model.startswith("multilingual-e5") else OTHER_SPREAD


def batched(texts: Sequence[str], size: int) -> Iterator[list[str]]:
    for start in range(0, len(texts), size):
        yield list(texts[start : start + size])


def retried(call: Callable[[], Sequence[Row]]) -> Sequence[Row]:
    """The one layer that tries again: four attempts within seconds, then the caller's own schedule takes over."""
    import stamina  # noqa: PLC0415 (with the client)

    for attempt in stamina.retry_context(on=again, attempts=ATTEMPTS, timeout=20.0, wait_max=5.0):
        with attempt:
            return embedding_answer(call)
    raise AssertionError("unreachable")  # the last attempt returns or raises


def embedding_answer(call: Callable[[], Sequence[Row]]) -> Sequence[Row]:
    """Foreign errors sorted: what may pass later is `ModelUnavailable`, the rest `ModelRejected`."""
    import openai  # noqa: PLC0415 (with the client)

    try:
        return call()
    except openai.APIStatusError as error:
        raise sorted_status(error.status_code, retry_after(error)) from error
    except openai.APIConnectionError as error:
        raise ModelUnavailable("The embedding server can not be reached: check OPENAI_BASE_URL.") from error
    except (openai.OpenAIError, *UNREADABLE) as error:
        raise ModelUnavailable("The embedding server's answer can not be read: check OPENAI_BASE_URL.") from error


def sorted_status(code: int, after: float | None) -> ModelUnavailable | ModelRejected:
    if code in REFUSALS:
        return ModelRefusesUs(f"The embedding server refuses us with {code}: {_HINTS[code]}.")
    if code in {408, 409, 425, 429} or code >= 500:
        return ModelUnavailable(f"The embedding server answered {code}: it is tried again.", after)
    kind = TextsRefused if code in {400, 413, 422} else ModelRejected
    return kind(f"The embedding server refused with {code}: check OPENAI_EMBEDDING_MODEL and OPENAI_BASE_URL.")


def _within(text: str, most_bytes: int) -> str:
    return text.encode("utf-8", "replace")[:most_bytes].decode("utf-8", "ignore")
