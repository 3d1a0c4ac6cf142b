"""How many passages hold each token: what makes a rare word weigh more. Kept in memory, beside the index on disk."""

from __future__ import annotations

import io
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from balas.rag.words.lexical import SparseVector

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from balas.rag.index import Terms

LEGS = ("words", "characters")
COUNTED_AT_ONCE = 5000  # passages: 20 MB of token numbers


class Frequencies:
    """Counts over all passages of an index, whatever their audience."""

    def __init__(self) -> None:
        self.passages = 0
        self.languages: Counter[str] = Counter()
        self._tokens: dict[str, Counter[int]] = {leg: Counter() for leg in LEGS}

    def add(self, language: str, vectors: Mapping[str, Iterable[int]]) -> None:
        """Count one passage: its language and the token numbers of each leg."""
        self.passages += 1
        self.languages[language] += 1
        for leg, indices in vectors.items():
            self._tokens[leg].update(indices)

    def add_many(self, passages: Iterable[tuple[str, Mapping[str, Sequence[int]]]]) -> None:
        """The same for a whole index: sorting is ten times as fast as counting one by one."""
        import numpy as np  # noqa: PLC0415 (with the index)

        waiting: dict[str, list[NDArray[np.int64]]] = {leg: [] for leg in LEGS}

        def count() -> None:
            for leg, arrays in waiting.items():
                if arrays:
                    keys, counts = np.unique(np.concatenate(arrays), return_counts=True)
                    self._tokens[leg].update(dict(zip(keys.tolist(), counts.tolist(), strict=True)))
                    arrays.clear()

        for language, vectors in passages:
            self.passages += 1
            self.languages[language] += 1
            for leg, indices in vectors.items():
                waiting[leg].append(np.array(indices, np.int64))
            if self.passages % COUNTED_AT_ONCE == 0:
                count()
        count()

    def remove(self, language: str, vectors: Mapping[str, Iterable[int]]) -> None:
        self.passages -= 1
        self.languages[language] -= 1
        for leg, indices in vectors.items():
            tokens = self._tokens[leg]
            for index in indices:
                if tokens[index] <= 1:
                    del tokens[index]
                else:
                    tokens[index] -= 1

    def known(self, leg: str, terms: Terms) -> int:
        """How many of the terms any passage holds."""
        return sum(1 for index in terms if index in self._tokens[leg])

    def weights(self, leg: str, terms: Terms) -> SparseVector | None:
        """Each term's share of the query's information, summing to 1, so that a product with a passage's term
        frequencies is BM25 divided by the best BM25 the query could get. None for a query without tokens."""
        import numpy as np  # noqa: PLC0415 (with the first query)

        if not terms:
            return None
        tokens, total = self._tokens[leg], self.passages
        order = sorted(terms)
        holding = (tokens.get(index, 0) for index in order)
        rarities = (math.log1p((total - held + 0.5) / (held + 0.5)) for held in holding)
        values = np.array([terms[index] * rarity for index, rarity in zip(order, rarities, strict=True)], np.float32)
        return SparseVector(np.array(order, np.uint32), values / values.sum())

    def save(self, path: Path) -> None:
        new = path.with_suffix(".new")
        new.write_bytes(self.packed())
        new.replace(path)

    @classmethod
    def load(cls, path: Path) -> Frequencies:
        return cls.unpacked(path.read_bytes())

    def packed(self) -> bytes:
        import numpy as np  # noqa: PLC0415 (as above)

        arrays: dict[str, Any] = {"passages": self.passages}
        for leg, tokens in self._tokens.items():
            arrays[f"{leg}_keys"] = np.fromiter(tokens.keys(), np.int64, len(tokens))
            arrays[f"{leg}_counts"] = np.fromiter(tokens.values(), np.int64, len(tokens))
        names = sorted(self.languages)
        arrays["names"] = np.array(names, dtype="U16")
        arrays["counts"] = np.array([self.languages[name] for name in names], np.int64)
        file = io.BytesIO()
        np.savez(file, **arrays)
        return file.getvalue()

    @classmethod
    def unpacked(cls, data: bytes) -> Frequencies:
        import numpy as np  # noqa: PLC0415 (as above)

        loaded = cls()
        with np.load(io.BytesIO(data)) as arrays:
            loaded.passages = int(arrays["passages"])
            loaded.languages = Counter(dict(zip(arrays["names"].tolist(), arrays["counts"].tolist(), strict=True)))
            for leg in LEGS:
                keys, counts = arrays[f"{leg}_keys"].tolist(), arrays[f"{leg}_counts"].tolist()
                loaded._tokens[leg] = Counter(dict(zip(keys, counts, strict=True)))
        return loaded
