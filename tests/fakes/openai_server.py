"""A stand-in for an OpenAI-compatible server over real HTTP: scripted answers, deterministic embeddings, a log.

    with FakeOpenAI() as fake:
        fake.script(Status(429, {"Retry-After": "0"}), Says("Rp85.000 [1]."))
        ...  # base URL: fake.url
        assert fake.chats[0].last_user == "harga?"

Each chat takes the next behaviour of the script; when it is used up, `default` answers.
"""

from __future__ import annotations

import base64
import json
import re
import struct
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from tests.fakes.forms import form_of
from tests.fakes.vectors import DIMENSION, embedding


@dataclass(frozen=True)
class Call:
    """One request as the server saw it."""

    path: str
    body: dict[str, Any]
    authorization: str

    @property
    def messages(self) -> list[dict[str, str]]:
        return self.body["messages"]

    @property
    def system(self) -> str:
        return "\n".join(str(message["content"]) for message in self.messages if message["role"] == "system")

    @property
    def last_user(self) -> str:
        return str(self.messages[-1]["content"]) if self.messages[-1]["role"] == "user" else ""

    @property
    def passages(self) -> list[str]:
        return [text.strip() for text in re.findall(r"<passage [^>]*>\n(.*?)\n</passage>", self.system, re.DOTALL)]

    @property
    def is_rewrite(self) -> bool:
        return "<last>" in self.last_user


@dataclass(frozen=True)
class Reply:
    """What goes over the wire. `declared` is a false Content-Length: the connection is cut before it is reached."""

    body: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    declared: int | None = None
    wait_seconds: float = 0.0


Behaviour = Callable[[Call], Reply]


def completion(
    text: str | None, *, finish: str = "stop", usage: bool = True, model: str = "fake", **message: Any
) -> Reply:
    answer: dict[str, Any] = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": model,
        "choices": [
            {"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": text, **message}}
        ],
    }
    if usage:
        answer["usage"] = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}
    return Reply(json.dumps(answer).encode())


def Says(text: str, *, finish: str = "stop", usage: bool = True) -> Behaviour:  # noqa: N802 (reads as a value)
    return lambda _call: completion(text, finish=finish, usage=usage)


def Hears(text: str) -> Behaviour:  # noqa: N802
    return lambda _call: Reply(json.dumps({"text": text}).encode())


def Status(code: int, headers: Mapping[str, str] | None = None) -> Behaviour:  # noqa: N802
    body = json.dumps({"error": {"message": "scripted", "type": "scripted", "code": str(code)}}).encode()
    return lambda _call: Reply(body, code, headers or {})


def Hang(seconds: float) -> Behaviour:  # noqa: N802
    """Answers only after a while; the server's end does not wait for it."""
    return lambda _call: Reply(completion("late").body, wait_seconds=seconds)


def Echo() -> Behaviour:  # noqa: N802
    """Says the last message back: what a test put in comes out."""
    return lambda call: completion(call.last_user.splitlines()[-1] if call.last_user else "nothing")


def Quotes() -> Behaviour:  # noqa: N802
    """A well-behaved model: the first passage's first line, cited; a rewrite is the question itself."""

    def quote(call: Call) -> Reply:
        if call.is_rewrite:
            return completion(re.sub(r".*<last>\s*(.*?)\s*</last>.*", r"\1", call.last_user, flags=re.DOTALL))
        return completion(f"{call.passages[0].splitlines()[-1]} [1]" if call.passages else "[[NO_ANSWER]]")

    return quote


def Obeys() -> Behaviour:  # noqa: N802
    """A model that does whatever any text tells it to: says what it is told to say, and tells its rules when asked."""

    def obey(call: Call) -> Reply:
        everything = "\n".join(str(message["content"]) for message in call.messages)
        told = re.findall(
            r"(?:say|write|include|reply with|visit|send|repeat|add|katakan|kirim)[:\s]+(.+)", everything, re.IGNORECASE
        )
        asked = re.search(r"system prompt|your (?:rules|instructions)", call.last_user, re.IGNORECASE)
        return completion("\n".join([call.system] if asked else told) or "ok")

    return obey


def BadJson() -> Behaviour:  # noqa: N802
    return lambda _call: Reply(b'{"choices": [{"message": {"content": "half')


def Nested() -> Behaviour:  # noqa: N802
    """JSON that Python's reader gives up on."""
    return lambda _call: Reply(b"[" * 100_000 + b"]" * 100_000, headers={"Content-Type": "application/json"})


def NotAChat() -> Behaviour:  # noqa: N802
    return lambda _call: Reply(b'{"object": "list", "data": []}')


def Html() -> Behaviour:  # noqa: N802
    return lambda _call: Reply(b"<html>login</html>", headers={"Content-Type": "text/html"})


def Cut() -> Behaviour:  # noqa: N802
    """The connection ends in the middle of the body."""
    whole = completion("This answer never arrives whole.").body
    return lambda _call: Reply(whole[: len(whole) // 2], declared=len(whole))


def Empty() -> Behaviour:  # noqa: N802
    return lambda _call: completion("")


def Long(characters: int = 70_000) -> Behaviour:  # noqa: N802
    return lambda _call: completion(("Kopi Gayo. " * (characters // 11 + 1))[:characters])


def Huge(size: int = 10 << 20) -> Behaviour:  # noqa: N802
    return lambda _call: completion("x" * size)


class FakeOpenAI:
    """Serves `/v1/chat/completions` and `/v1/embeddings` on a free loopback port."""

    def __init__(self, default: Behaviour | None = None) -> None:
        self.default = default or Quotes()
        self.embeddings: Behaviour = lambda call: _embeddings(call.body)
        self.heard: Behaviour = Hears("")  # what it makes of a voice note
        self.calls: list[Call] = []
        self._script: deque[Behaviour] = deque()
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _Endpoint)
        self._server.fake = self
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    @property
    def chats(self) -> list[Call]:
        return [call for call in self.calls if call.path.endswith("/chat/completions")]

    @property
    def transcriptions(self) -> list[Call]:
        return [call for call in self.calls if call.path.endswith("/audio/transcriptions")]

    @property
    def answers(self) -> list[Call]:
        """The calls that write an answer, without those that rewrite a question."""
        return [call for call in self.chats if not call.is_rewrite]

    def script(self, *behaviours: Behaviour) -> None:
        with self._lock:
            self._script.extend(behaviours)

    def reset(self, default: Behaviour | None = None) -> None:
        """As new: for tests that share a server."""
        with self._lock:
            self.default = default or Quotes()
            self.calls.clear()
            self._script.clear()

    def reply(self, call: Call) -> Reply:
        with self._lock:
            self.calls.append(call)
            if call.path.endswith("/embeddings"):
                return self.embeddings(call)
            if call.path.endswith("/audio/transcriptions"):
                return self.heard(call)
            if not call.path.endswith("/chat/completions"):
                return Reply(b'{"error": {"message": "no such path"}}', 404)
            behaviour = self._script.popleft() if self._script else self.default
        return behaviour(call)

    def wait(self, seconds: float) -> bool:
        """Waits, but not beyond the server's end; False when the server is stopping."""
        return not self._stopping.wait(seconds)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    fake: FakeOpenAI

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is what some behaviours are for."""


class _Endpoint(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = form_of(raw) if "multipart" in self.headers.get("Content-Type", "") else json.loads(raw)
        reply = self.server.fake.reply(Call(self.path, body, self.headers.get("Authorization", "")))
        if reply.wait_seconds and not self.server.fake.wait(reply.wait_seconds):
            self.close_connection = True
            return
        self.send_response(reply.status)
        for name, value in {"Content-Type": "application/json", **reply.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(reply.declared if reply.declared is not None else len(reply.body)))
        self.send_header("Connection", "close")  # an idle connection would outlive its test
        self.end_headers()
        self.wfile.write(reply.body)
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Quiet: the log is `FakeOpenAI.calls`."""


def _embeddings(body: dict[str, Any]) -> Reply:
    texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
    vectors = [embedding(text if isinstance(text, str) else json.dumps(text)) for text in texts]
    packed = body.get("encoding_format") == "base64"
    data = [
        {
            "object": "embedding",
            "index": index,
            "embedding": base64.b64encode(struct.pack(f"<{DIMENSION}f", *vector)).decode() if packed else vector,
        }
        for index, vector in enumerate(vectors)
    ]
    answer = {
        "object": "list",
        "data": data,
        "model": body.get("model", "fake"),
        "usage": {"prompt_tokens": 1, "total_tokens": 1},
    }
    return Reply(json.dumps(answer).encode())
