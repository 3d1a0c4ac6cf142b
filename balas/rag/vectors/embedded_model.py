"""multilingual-e5-small on this machine's processor: no key, no server, no download."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from balas.errors import ModelUnavailable
from balas.rag.vectors.e5_weights import BLOCK_BYTES, BLOCK_WEIGHTS, PACKAGE_VERSION, dequantised, weights_path
from balas.rag.vectors.readings import Reading
from balas.rag.vectors.unigram import Unigram

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

FORMAT = 4  # raise it when what the build leaves changes
NAME = "multilingual-e5-small"
QUERY, PASSAGE = "query: ", "passage: "
BATCH_TOKENS = 512  # a batch of long texts is one text: attention memory stays at 12 MB, at the same speed
THREADS = 2
STALE_BUILD_SECONDS = 3600


def default_cache_directory() -> Path:
    return Path.home() / ".cache" / "balas"


def prepared(cache_directory: Path) -> Path:
    """The folder of what the model reads, built on first use. Safe when two processes build at once: one wins."""
    final = cache_directory / f"{NAME}-{PACKAGE_VERSION}-{FORMAT}"
    if (final / "model.json").is_file():
        return final
    try:
        cache_directory.mkdir(parents=True, exist_ok=True)
        remove_stale_builds(cache_directory)
        building = Path(tempfile.mkdtemp(prefix=".building-", dir=cache_directory))
    except OSError as error:
        raise ModelUnavailable(
            f"The model cache {cache_directory} cannot be written ({error.strerror}): make it writable, "
            "or set XDG_CACHE_HOME to a folder that is."
        ) from error
    try:
        build_in_child(building)
        building.chmod(0o755)
        with contextlib.suppress(FileExistsError, OSError):  # another process was first: its result is the same
            building.rename(final)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    if not (final / "model.json").is_file():
        raise ModelUnavailable(f"The model could not be put into {final}: remove that folder and start again.")
    return final


def build_in_child(directory: Path) -> None:
    command = [sys.executable, "-m", "balas.rag.vectors.e5_build", str(directory)]
    silence_telemetry()
    with subprocess.Popen(  # noqa: S603 (our own module)
        command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as child:
        assert child.stderr is not None  # noqa: S101 (for the types: it is a pipe)
        errors = child.stderr.read().decode("utf-8", "replace").strip()
    if child.returncode != 0:
        last = errors.splitlines()[-1] if errors else f"exit {child.returncode}"
        raise ModelUnavailable(f"The bundled model could not be prepared: {last}")


def remove_stale_builds(cache_directory: Path) -> None:
    """A build that was killed leaves its folder behind."""
    for left in cache_directory.glob(".building-*"):
        with contextlib.suppress(OSError):
            if time.time() - left.stat().st_mtime > STALE_BUILD_SECONDS:
                shutil.rmtree(left, ignore_errors=True)


def silence_telemetry() -> None:
    """onnxruntime reports to its maker unless this is set before its import, here or in a child."""
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # noqa: TID251 (set for a library, not read)


class EmbeddedModel:
    """Embeds queries and passages; may be called from several threads at once."""

    name = NAME

    def __init__(self, cache_directory: Path | None = None, threads: int = THREADS) -> None:
        import numpy as np  # noqa: PLC0415 (loaded with the model, not with the web process)

        silence_telemetry()
        import onnxruntime  # noqa: PLC0415 (as above)

        directory = prepared(cache_directory or default_cache_directory())
        facts = json.loads((directory / "model.json").read_text("utf-8"))
        self.dimension: int = facts["dimension"]
        self._window: int = facts["positions"] - 2
        self._marks = (int(facts["begin"]), int(facts["end"]))
        self._words_offset: int = facts["words_offset"]
        self._row_bytes = self.dimension // BLOCK_WEIGHTS * BLOCK_BYTES
        self._words = os.open(weights_path(), os.O_RDONLY | os.O_CLOEXEC)
        self._positions: Vectors = np.load(directory / "positions.npy")
        self._tokenizer = Unigram(directory)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        options.enable_cpu_mem_arena = False  # the arena keeps the largest batch's memory for ever
        options.enable_mem_pattern = False
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # idle threads would burn a core
        graph = str(directory / "graph.onnx")
        self._session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, float32 [n, dimension]."""
        return self._embed([f"{QUERY}{text}" for text in texts])

    def embed_searches(self, texts: Sequence[str]) -> Vectors:
        """Queries by their own words, without what the model puts before them: it outweighs a short question."""
        return self._embed([f"{QUERY}{text}" for text in texts], unsaid=len(self._tokenizer.ids(QUERY.rstrip())))

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, float32 [n, dimension]. A text over 512 tokens is the mean of its windows, by their length."""
        return self._embed([f"{PASSAGE}{text}" for text in texts])

    def read_queries(self, texts: Sequence[str]) -> list[Reading]:
        return self._read(QUERY, texts)

    def read_passages(self, texts: Sequence[str]) -> list[Reading]:
        return self._read(PASSAGE, texts)

    def _read(self, prefix: str, texts: Sequence[str]) -> list[Reading]:
        """Sentences with each of their pieces; of one over 512 tokens what fits."""
        import numpy as np  # noqa: PLC0415 (as above)

        unsaid = 1 + len(self._tokenizer.ids(prefix.rstrip()))
        windows = [
            [self._marks[0], *self._tokenizer.ids(f"{prefix}{text}")[: self._window], self._marks[1]] for text in texts
        ]
        found: dict[int, Reading] = {}
        for batch in batches([len(window) for window in windows]):
            vectors, pieces = self._run([windows[i] for i in batch], 0)
            vectors /= np.linalg.norm(vectors, axis=1, keepdims=True) + 1e-12
            for row, i in enumerate(batch):
                said = slice(unsaid, len(windows[i]) - 1)
                rarity = self._tokenizer.rarity(windows[i][said])
                found[i] = Reading(vectors[row].copy(), pieces[row, said].astype(np.float16), rarity)
        return [found[i] for i in range(len(texts))]

    def _embed(self, texts: list[str], unsaid: int = 0) -> Vectors:
        """`unsaid`: tokens at the beginning that are left out of the mean, and the marks with them."""
        import numpy as np  # noqa: PLC0415 (as above)

        windows, owners = [], []
        for owner, text in enumerate(texts):
            ids = self._tokenizer.ids(text)
            for start in range(0, len(ids), self._window):
                windows.append([self._marks[0], *ids[start : start + self._window], self._marks[1]])
                owners.append(owner)
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for batch in batches([len(window) for window in windows]):
            found, _ = self._run([windows[i] for i in batch], unsaid)
            for i, vector in zip(batch, found, strict=True):
                vectors[owners[i]] += vector * (len(windows[i]) - 2)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True) + 1e-12
        return vectors

    def _run(self, windows: list[list[int]], unsaid: int) -> tuple[Vectors, Vectors]:
        import numpy as np  # noqa: PLC0415 (as above)

        longest = max(map(len, windows))
        mask = np.zeros((len(windows), longest), np.float32)
        said = np.zeros_like(mask)
        inputs = np.zeros((len(windows), longest, self.dimension), np.float32)
        for row, window in enumerate(windows):
            mask[row, : len(window)] = 1
            inner = len(window) > unsaid + len(self._marks) and unsaid
            said[row, (1 + unsaid if inner else 0) : len(window) - (1 if inner else 0)] = 1
            inputs[row, : len(window)] = self._word_vectors(window) + self._positions[: len(window)]
        found, pieces = self._session.run(None, {"vectors": inputs, "mask": mask, "said": said})
        return found, pieces

    def _word_vectors(self, ids: list[int]) -> Vectors:
        """Rows of the 4-bit word table, read where they lie: mapping the file would count its 54 MB as ours."""
        import numpy as np  # noqa: PLC0415 (as above)

        size, first = self._row_bytes, self._words_offset
        rows = b"".join(os.pread(self._words, size, first + size * i) for i in ids)
        return dequantised(np.frombuffer(rows, np.uint8).reshape(len(ids), size), self.dimension)


def batches(lengths: list[int]) -> Iterator[list[int]]:
    """Indexes of texts of similar length, `BATCH_TOKENS` with padding at most in a batch (one text may be longer)."""
    batch: list[int] = []
    for i in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batch and lengths[i] * (len(batch) + 1) > BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(i)
    if batch:
        yield batch
