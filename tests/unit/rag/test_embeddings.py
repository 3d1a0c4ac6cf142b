from __future__ import annotations

import base64
import json
import random
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from balas.errors import ModelRejected, ModelUnavailable
from balas.rag import embeddings
from balas.rag.embeddings import BATCH_TEXTS, OpenAIEmbedder


class Server:
    """An embeddings endpoint on loopback that answers as it is told."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []
        self.answers: list[tuple[int, bytes]] = []  # taken first; then vectors
        self.retry_after: str | None = None  # said with what is refused
        self.most_bytes = 1 << 20  # of one text
        self.dimension = 4
        self.packs = False
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                owner.requests.append(body | {"path": self.path, "key": self.headers["Authorization"]})
                status, answer = owner.answers.pop(0) if owner.answers else (200, owner.vectors(body["input"]))
                if max((len(text.encode()) for text in body["input"]), default=0) > owner.most_bytes:
                    status, answer = 400, b'{"error": {"message": "maximum context length"}}'
                self.send_response(status)
                if status != 200 and owner.retry_after is not None:
                    self.send_header("Retry-After", owner.retry_after)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *args: object) -> None: ...

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._http.server_port}/v1"
        threading.Thread(target=self._http.serve_forever, daemon=True).start()

    def vectors(self, texts: list[str]) -> bytes:
        rows = [[float(len(text) + 1)] + [1.0] * (self.dimension - 1) for text in texts]
        shown = [base64.b64encode(np.array(row, "<f4").tobytes()).decode() for row in rows] if self.packs else rows
        data = [{"object": "embedding", "index": n, "embedding": row} for n, row in enumerate(shown)]
        usage = {"prompt_tokens": 1, "total_tokens": 1}
        return json.dumps({"object": "list", "data": data, "model": "m", "usage": usage}).encode()

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()


@pytest.fixture
def server() -> Iterator[Server]:
    opened = Server()
    yield opened
    opened.close()


@pytest.fixture
def embedder(server: Server) -> OpenAIEmbedder:
    return OpenAIEmbedder("some-model", api_key="secret", base_url=server.url, timeout_seconds=2)


def test_texts_become_unit_vectors_and_the_dimension_is_learned(server: Server, embedder: OpenAIEmbedder) -> None:
    assert embedder.dimension == 4
    vectors = embedder.embed_passages(["one", "", "three"])
    assert vectors.shape == (3, 4)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1)
    assert server.requests[-1]["input"] == ["one", " ", "three"]
    assert server.requests[-1]["model"] == "some-model"
    assert server.requests[-1]["path"] == "/v1/embeddings"
    assert server.requests[-1]["key"] == "Bearer secret"
    assert embedder.embed_queries([]).shape == (0, 4)
    assert embedder.name == "openai:some-model"


def test_packed_vectors_are_those_of_plain_numbers(server: Server, embedder: OpenAIEmbedder) -> None:
    plain = embedder.embed_passages(["one", "three"])
    server.packs = True
    assert (embedder.embed_passages(["one", "three"]) == plain).all()
    assert {request["encoding_format"] for request in server.requests} == {"base64"}


def test_many_texts_go_in_batches(server: Server, embedder: OpenAIEmbedder) -> None:
    texts = [f"text {'x' * (n % 9)}" for n in range(BATCH_TEXTS + 3)]
    vectors = embedder.embed_passages(texts)
    assert [len(request["input"]) for request in server.requests] == [BATCH_TEXTS, 3]
    alone = embedder.embed_passages([texts[-1]])[0]
    assert np.allclose(vectors[-1], alone)


def test_an_outage_is_tried_again(server: Server, embedder: OpenAIEmbedder) -> None:
    server.answers = [(503, b"{}"), (429, b"{}")]
    assert len(embedder.embed_queries(["hello"])) == 1
    assert len(server.requests) == 3


@pytest.mark.parametrize("status", [500, 503, 429])
def test_a_long_outage_is_said(server: Server, embedder: OpenAIEmbedder, status: int) -> None:
    server.answers = [(status, b"{}")] * 9
    with pytest.raises(ModelUnavailable, match=str(status)):
        embedder.embed_queries(["hello"])
    assert 2 <= len(server.requests) <= 5


def test_nobody_there(server: Server, embedder: OpenAIEmbedder) -> None:
    server.close()
    with pytest.raises(ModelUnavailable, match="OPENAI_BASE_URL"):
        embedder.embed_queries(["hello"])


@pytest.mark.parametrize(("said", "calls", "after"), [("30", 1, 30.0), ("0.2", 3, None), ("9" * 20, 1, 3_600.0)])
def test_a_pause_that_is_asked_for_is_kept(
    server: Server, embedder: OpenAIEmbedder, said: str, calls: int, after: float | None
) -> None:
    server.answers, server.retry_after = [(429, b"{}")] * 2, said
    begun = time.monotonic()
    if after is None:
        embedder.embed_queries(["hello"])
        assert time.monotonic() - begun >= 0.4
    else:
        with pytest.raises(ModelUnavailable) as put_off:
            embedder.embed_queries(["hello"])
        assert put_off.value.retry_after_seconds == after
    assert len(server.requests) == calls


@pytest.mark.parametrize(
    ("status", "hint"),
    [(401, "OPENAI_API_KEY"), (402, "credit"), (403, "OPENAI_API_KEY"), (404, "OPENAI_EMBEDDING_MODEL")],
)
def test_what_a_person_mends_costs_nobody_an_answer(
    server: Server, embedder: OpenAIEmbedder, status: int, hint: str
) -> None:
    server.answers = [(status, b'{"error": {"message": "no"}}')]
    with pytest.raises(ModelUnavailable, match=hint):
        embedder.embed_queries(["hello"])
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [400, 405, 422])
def test_a_refusal_of_the_request_is_final(server: Server, embedder: OpenAIEmbedder, status: int) -> None:
    server.answers = [(status, b'{"error": {"message": "no"}}')]
    with pytest.raises(ModelRejected, match=str(status)):
        embedder.embed_queries(["hello"])
    assert len(server.requests) == 1


@pytest.mark.parametrize("text", ["x" * 9_000, "ภ" * 9_000])
def test_no_text_is_longer_than_openais_models_read(server: Server, embedder: OpenAIEmbedder, text: str) -> None:
    embedder.embed_passages([text, "short"])
    sent = server.requests[-1]["input"]
    assert 7_990 <= len(sent[0].encode()) <= 8_000
    assert text.startswith(sent[0])
    assert sent[1] == "short"


def test_a_model_that_reads_less_gets_less(server: Server, embedder: OpenAIEmbedder) -> None:
    server.most_bytes = 600
    assert embedder.embed_passages(["ภ" * 700, "short"]).shape == (2, 4)
    assert server.requests[-1]["input"] == ["ภ" * 175, "short"]
    assert len(server.requests) == 3
    server.most_bytes = 0
    with pytest.raises(ModelRejected):
        embedder.embed_passages(["x" * 8_000])


NESTED = b"[" * 100_000 + b"]" * 100_000
CUT = [b'{"data": [{"embedding": "AACAPwAA"}]}', b'{"data": [{"embedding": "A"}]}']
UNREADABLE = [b"<html>", b"{}", b"[]", b'{"data": []}', b'{"data": null}', b'{"data": [{}]}', b'"x"', *CUT, NESTED]
NUMBERS = [b"[]", b"[NaN, 1.0]", b'""', b'"AADAfw=="']
UNFIT = [b'{"data": [{"embedding": %s}]}' % numbers for numbers in NUMBERS]


@pytest.mark.parametrize("answer", UNREADABLE, ids=lambda answer: answer[:40].decode())
def test_an_answer_that_is_none_is_asked_for_again(server: Server, embedder: OpenAIEmbedder, answer: bytes) -> None:
    """A proxy's page, while the server behind it is started anew."""
    server.answers = [(200, answer)]
    assert embedder.embed_queries(["hello"]).shape == (1, 4)


def test_a_server_that_is_none_is_said(server: Server, embedder: OpenAIEmbedder) -> None:
    server.answers = [(200, b"<html>")] * 9
    with pytest.raises(ModelUnavailable, match="OPENAI_BASE_URL"):
        embedder.embed_queries(["hello"])


@pytest.mark.parametrize("answer", UNFIT, ids=lambda answer: answer.decode())
def test_vectors_that_are_none(server: Server, embedder: OpenAIEmbedder, answer: bytes) -> None:
    server.answers = [(200, answer)] * 9
    with pytest.raises(ModelRejected):
        embedder.embed_queries(["hello"])


def test_a_model_that_changes_its_dimension(server: Server, embedder: OpenAIEmbedder) -> None:
    embedder.embed_queries(["hello"])
    server.dimension = 5
    with pytest.raises(ModelRejected, match="reindex"):
        embedder.embed_queries(["another"])


def test_a_question_asked_again_is_not_paid_again(server: Server, embedder: OpenAIEmbedder) -> None:
    first = embedder.embed_queries(["hello", "halo", "hello"])
    again = embedder.embed_queries(["halo"])
    assert len(server.requests) == 1
    assert (first[0] == first[2]).all()
    assert (again[0] == first[1]).all()


class WithoutServer(OpenAIEmbedder):
    """What the server would answer, told at once: many threads meet where the questions are kept."""

    answering: Callable[[], object] = staticmethod(lambda: None)

    def _embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.answering()
        return np.array([[float(text), 1.0] for text in texts], np.float32)


def at_once(count: int, ask: Callable[[int], object]) -> list[Exception]:
    failed: list[Exception] = []

    def asking(number: int) -> None:
        try:
            ask(number)
        except Exception as error:  # noqa: BLE001 the edge of the thread
            failed.append(error)

    threads = [threading.Thread(target=asking, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failed


def test_more_questions_than_are_kept_by_many_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embeddings, "KEPT_QUESTIONS", 20)
    embedder = WithoutServer("some-model", api_key="secret")

    def ask(number: int) -> None:
        chance = random.Random(number)
        for _ in range(400):
            texts = [str(chance.randrange(60)) for _ in range(20)]
            assert [str(int(row[0])) for row in embedder.embed_queries(texts)] == texts

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        assert at_once(8, ask) == []
    finally:
        sys.setswitchinterval(before)


def test_nobody_waits_for_the_servers_answer_to_somebody_else() -> None:
    embedder = WithoutServer("some-model", api_key="secret")
    embedder.answering = threading.Barrier(2, timeout=10).wait
    assert at_once(2, lambda number: embedder.embed_queries([str(number)])) == []
