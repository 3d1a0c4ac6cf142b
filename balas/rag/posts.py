"""What LangChain has openai's client do: one POST, and an answer that is read as JSON."""

from __future__ import annotations

import base64
import json
import ssl
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx2
    import openai

LIMITS = ("max_completion_tokens", "max_tokens")


class _Posts:
    """POSTs to one path, with address and headers as openai's client builds them.

    It builds them once: for each call anew, and with a description of every part of the request looked for first, they
    take half of the call. Trying again and following redirects are not its part here.
    """

    def __init__(self, client: openai.OpenAI, path: str) -> None:
        self._client = client
        self._path = path
        self._built: httpx2.Request | None = None  # without a body

    def posted(self, body: dict[str, Any]) -> httpx2.Response:
        """The answer, if it is no error. Raises what openai's client raises."""
        import httpx2  # noqa: PLC0415 (with LangChain)
        import openai  # noqa: PLC0415 (with LangChain)

        asked = self._request(body)
        try:
            answer = self._client._client.send(asked)
        except httpx2.TimeoutException as error:
            raise openai.APITimeoutError(request=asked) from error
        except (httpx2.RequestError, ssl.SSLError) as error:
            raise openai.APIConnectionError(request=asked) from error
        if not answer.is_success:
            raise self._client._make_status_error_from_response(answer)
        return answer

    def _request(self, body: dict[str, Any]) -> httpx2.Request:
        import httpx2  # noqa: PLC0415 (with LangChain)
        from openai._models import FinalRequestOptions  # noqa: PLC0415 (with LangChain)

        built = self._built
        if built is None:
            asking = FinalRequestOptions.construct(method="post", url=self._path, security={"bearer_auth": True})
            built = self._client._build_request(asking)
            built.headers.pop("Content-Length")
            self._built = built  # not before: other threads take it from here
        said = json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
        return httpx2.Request(built.method, built.url, headers=built.headers, content=said, extensions=built.extensions)


class Completions:
    """A written answer."""

    def __init__(self, client: openai.OpenAI) -> None:
        self._posts = _Posts(client, "/chat/completions")
        self._limit = LIMITS[0]
        self.with_raw_response = self  # LangChain asks for the answer through it

    def create(self, **request: Any) -> _Completion:
        """OpenAI's newer models take the answer's limit by one name only, Mistral and others by the older one."""
        import openai  # noqa: PLC0415 (with LangChain)

        limit = self._limit
        try:
            return self._asked(limit, request)
        except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
            if limit not in error.response.text:
                raise
            self._limit = LIMITS[LIMITS.index(limit) - 1]
        return self._asked(self._limit, request)

    def _asked(self, limit: str, request: dict[str, Any]) -> _Completion:
        body = {limit if name in LIMITS else name: value for name, value in request.items()}
        return _Completion(self._posts.posted(body))


class _Completion:
    """Read as JSON alone: LangChain takes openai's object apart again. Only why a model refuses it finds in there."""

    def __init__(self, answer: httpx2.Response) -> None:
        self._answer = answer

    def parse(self) -> Any:
        from openai.types.chat import ChatCompletion  # noqa: PLC0415 (with LangChain)

        told = self._answer.json()
        choices = (told.get("choices") or ()) if isinstance(told, dict) else ()
        refuses = any(choice["message"].get("refusal") for choice in choices)
        return ChatCompletion.construct(**told) if refuses else told


class TextVectors:
    """Vectors of texts, as packed numbers where the server can: it is asked for them, and many answer with plain ones.

    They stay numpy's: as lists, which openai's client makes of them, they would be read number by number once more.
    """

    def __init__(self, client: openai.OpenAI) -> None:
        self._posts = _Posts(client, "/embeddings")

    def create(self, *, input: list[str], model: str) -> dict[str, Any]:
        told = self._posts.posted({"model": model, "input": input, "encoding_format": "base64"}).json()
        if not told["data"]:
            raise ValueError("no embedding")
        return {"data": [{"embedding": _unpacked(row["embedding"])} for row in told["data"]]}


def _unpacked(vector: Any) -> Any:
    import numpy as np  # noqa: PLC0415 (loaded with the first text)

    return np.frombuffer(base64.b64decode(vector), np.float32) if isinstance(vector, str) else vector
