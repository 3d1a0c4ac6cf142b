"""Vectors of words without a model."""

from __future__ import annotations

import math
import re
import zlib

DIMENSION = 64


def embedding(text: str) -> list[float]:
    """The same vector for the same text on every machine; texts that share words lie near each other."""
    vector = [0.0] * DIMENSION
    for word in re.findall(r"\w+", text.casefold()) or [text]:
        for gram in [word, *(word[i : i + 4] for i in range(max(1, len(word) - 3)))]:
            number = zlib.crc32(gram.encode("utf-8", "surrogatepass"))
            vector[number % DIMENSION] += 1.0 if number & 64 else -1.0
    length = math.sqrt(sum(value * value for value in vector)) or 1.0
    return [value / length for value in vector]
