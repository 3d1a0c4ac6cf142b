"""The model's Unigram tokenizer over a table of hashes.

A piece is looked up by a 64-bit hash of its characters, so 250,000 pieces take 4 MB of arrays instead of the 290 MB of
the general tokenizer library, and nothing is built at start. All substrings of a text are hashed at once.
"""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SPACE = "\u2581"  # how the vocabulary writes a space, in front of each word
FACTOR = 0x9E3779B97F4A7C15  # odd: the hash of a text is a polynomial in it, modulo 2**64
STRETCH = re.compile(f"(?s).{{1,2000}}(?={SPACE}|$)|.{{2000}}")  # no piece crosses a space: long texts go in parts


def hashes_by_length(text: str, longest: int) -> list[NDArray[np.uint64]]:
    """For each length 1..longest the hashes of all substrings of that length (uint64 [len(text) - length + 1])."""
    import numpy as np  # noqa: PLC0415 (loaded with the model, not with the web process)

    letters = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4").astype(np.uint64) + np.uint64(1)
    factor, hashes = np.uint64(FACTOR), letters
    found = [letters]
    for length in range(2, min(longest, len(letters)) + 1):
        hashes = hashes[:-1] * factor + letters[length - 1 :]
        found.append(hashes)
    return found


class Unigram:
    """Texts to piece ids, best segmentation first to last (Viterbi), as SentencePiece does it."""

    def __init__(self, directory: Path) -> None:
        import numpy as np  # noqa: PLC0415 (as above)

        with np.load(directory / "pieces.npz") as table:
            self._hashes: NDArray[np.uint64] = table["hashes"]
            self._ids: NDArray[np.int32] = table["ids"]
            self._scores: NDArray[np.float32] = table["scores"]
        self._rarities: NDArray[np.float32] | None = None
        facts = json.loads((directory / "pieces.json").read_text("utf-8"))
        self._longest: int = facts["longest"]
        self._unknown: int = facts["unknown"]
        self._unknown_score: float = facts["unknown_score"]
        self._normalisation = {int(codepoint): target for codepoint, target in facts["normalisation"].items()}

    def normalised(self, text: str) -> str:
        """The text as the vocabulary sees it: composed, mapped, single spaces, each word led by the space mark."""
        mapped = unicodedata.normalize("NFC", text).translate(self._normalisation)
        while "  " in mapped:
            mapped = mapped.replace("  ", " ")
        return (mapped if mapped.startswith(" ") else " " + mapped).replace(" ", SPACE)

    def ids(self, text: str) -> list[int]:
        """Piece ids without the marks of begin and end."""
        found: list[int] = []
        for stretch in STRETCH.findall(self.normalised(text)):
            found += self._best_path(len(stretch), self._pieces_in(stretch))
        return found

    def rarity(self, ids: list[int]) -> NDArray[np.float32]:
        """How rare each piece is among all languages' texts: the negative logarithm of its share."""
        import numpy as np  # noqa: PLC0415 (as above)

        if self._rarities is None:
            self._rarities = np.full(int(self._ids.max()) + 1, -self._unknown_score, np.float32)
            self._rarities[self._ids] = -self._scores
        return self._rarities[np.array(ids, np.int64)]

    def _pieces_in(self, marked: str) -> list[list[tuple[int, int, float]]]:
        """For each start the vocabulary's pieces there: (end, id, score)."""
        import numpy as np  # noqa: PLC0415 (as above)

        by_length = hashes_by_length(marked, self._longest)
        found: list[list[tuple[int, int, float]]] = [[] for _ in marked]
        wanted = np.concatenate(by_length)
        at = np.searchsorted(self._hashes, wanted)
        at[at == len(self._hashes)] = 0
        hits = np.flatnonzero(self._hashes[at] == wanted)
        bounds = np.cumsum([0] + [len(hashes) for hashes in by_length])
        lengths = np.searchsorted(bounds, hits, side="right")
        starts = hits - bounds[lengths - 1]
        pieces = at[hits]
        for start, length, piece, score in zip(
            starts.tolist(), lengths.tolist(), self._ids[pieces].tolist(), self._scores[pieces].tolist(), strict=True
        ):
            found[start].append((start + length, piece, score))
        return found

    def _best_path(self, length: int, pieces: list[list[tuple[int, int, float]]]) -> list[int]:
        best = [0.0] + [float("-inf")] * length
        came: list[tuple[int, int]] = [(0, 0)] * (length + 1)
        for start in range(length):
            here = best[start]
            for end, piece, score in pieces[start]:
                if here + score > best[end]:
                    best[end] = here + score
                    came[end] = (start, piece)
            if here + self._unknown_score > best[start + 1]:
                best[start + 1] = here + self._unknown_score
                came[start + 1] = (start, self._unknown)
        path: list[int] = []
        at = length
        while at:
            at, piece = came[at]
            path.append(piece)
        return path[::-1]
