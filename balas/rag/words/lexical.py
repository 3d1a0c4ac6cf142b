"""Texts as bags of tokens, for BM25 in any script: stemmed words, and character 4-grams that forgive spelling.

Scripts without spaces become bigrams and single characters (Chinese, Japanese, Korean) or trigrams (Thai, Lao, Khmer,
Burmese). A token's number is its CRC-32: stable across processes and machines, no vocabulary to keep.
"""

from __future__ import annotations

import re
import threading
import unicodedata
import zlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

K1 = 1.2
B = 0.75
USUAL_LENGTH = 130.0  # words of a chunk; fixed, so that a passage's weights never depend on other passages
WORDS_PER_BIGRAM_CHARACTER = 2 / 3
WORDS_PER_TRIGRAM_CHARACTER = 1 / 5
STEMMERS = {
    "ar": "arabic", "ca": "catalan", "da": "danish", "de": "german", "el": "greek", "en": "english", "es": "spanish",
    "et": "estonian", "eu": "basque", "fi": "finnish", "fr": "french", "ga": "irish", "hi": "hindi", "hu": "hungarian",
    "hy": "armenian", "id": "indonesian", "it": "italian", "lt": "lithuanian", "ms": "indonesian", "ne": "nepali",
    "nl": "dutch", "no": "norwegian", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sr": "serbian",
    "sv": "swedish", "ta": "tamil", "tr": "turkish",
}  # fmt: skip

BIGRAM_RUN = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff"
TRIGRAM_RUN = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
RUNS = re.compile(f"([{BIGRAM_RUN}]+)|([{TRIGRAM_RUN}]+)")
ARABIC_MARKS = re.compile("[\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0640]")
SAME_LETTERS = str.maketrans(
    {
        **dict.fromkeys("أإآٱ", "ا"), "ى": "ي", "ی": "ي", "ک": "ك", "ة": "ه", "ۀ": "ه",
        "ё": "е", "ς": "σ", "\u0307": None, "\u200b": None, "\u200c": None, "\u200d": None, "\u00ad": None,
        "’": "'", "ʼ": "'", "`": "'", "_": " ",
    }
)  # fmt: skip
OTHER_DIGIT = re.compile("[^\\D0-9]")
UNIT = re.compile("[0-9](?=[^\\W\\d_]{1,3}\\b)")  # "500g" is "500 g", "9am" is "9 am"
VIETNAMESE = re.compile("[\u1ea0-\u1ef9ăđơư]")
LATIN_OR_GREEK = re.compile("[a-z\u00df-\u024f\u0370-\u03ff]")
WITHOUT_MARK = str.maketrans({"ı": "i", "ø": "o", "ł": "l", "đ": "d", "ß": "ss", "æ": "ae", "œ": "oe"})


@dataclass(frozen=True, slots=True)
class SparseVector:
    """Token numbers (uint32, ascending, each once) and their weights (float32)."""

    indices: NDArray[np.uint32]
    values: NDArray[np.float32]


def folded(text: str, language: str | None = None) -> str:
    """One spelling for what readers take as the same: width, case, Arabic marks and letter forms, digits,
    and the blank between a number and its unit."""
    text = unicodedata.normalize("NFKC", text)
    if language in {"tr", "az"}:
        text = text.replace("I", "ı").replace("İ", "i")
    if text.isascii():  # as most texts are; the rest is slower and finds nothing there
        text = text.lower().replace("`", "'").replace("_", " ")
    else:
        text = ARABIC_MARKS.sub("", text.lower().translate(SAME_LETTERS))
        text = OTHER_DIGIT.sub(lambda digit: str(unicodedata.digit(digit[0])), text)
    return UNIT.sub(lambda figure: f"{figure[0]} ", text)  # as a template it is parsed each time


@lru_cache(maxsize=1)
def word_pattern() -> re.Pattern[str]:
    r"""A letter or digit and what follows it, vowel signs and accents included: `\w` alone breaks Indic words."""
    marks = (c for c in map(chr, range(0x300, 0x11FFF)) if unicodedata.category(c) in {"Mn", "Mc"})
    return re.compile(f"[^\\W_][\\w{''.join(marks)}]*")


def plain_words(text: str, language: str | None = None) -> list[str]:
    """Words as written, and the n-grams of scripts that write no spaces."""
    grams: list[str] = []

    def cut(run: re.Match[str]) -> str:
        grams.extend(run_grams(run.group(0), 2 if run.group(1) else 3))
        return " "

    flat = folded(text, language)
    rest = flat if flat.isascii() else RUNS.sub(cut, flat)
    return grams + word_pattern().findall(rest)


def run_grams(run: str, size: int) -> list[str]:
    grams = [run[i : i + size] for i in range(max(1, len(run) - size + 1))]
    return grams + list(run) if size == 2 else grams


def word_tokens(text: str, language: str | None) -> list[str]:
    """Words stemmed in this language where a stemmer speaks it, then without accents."""
    words = plain_words(text, language)
    return [stemmed(word, language or "") for word in words]


_stemmers = threading.local()  # a stemmer holds the word it works on: one each for every thread


@lru_cache(maxsize=1 << 15)
def stemmed(word: str, language: str) -> str:
    if language not in STEMMERS:
        return unaccented(word)
    import snowballstemmer  # noqa: PLC0415 (loads its thirty languages)

    stemmer: Any = getattr(_stemmers, language, None)
    if stemmer is None:
        stemmer = snowballstemmer.stemmer(STEMMERS[language])
        setattr(_stemmers, language, stemmer)
    if language == "el":  # its stemmer takes an iota with diaeresis and accent for an eta
        word = unaccented(word)
    return unaccented(str(stemmer.stemWord(word)))


def unaccented(word: str) -> str:
    """Latin and Greek letters without accents, which people leave out on a phone. Vietnamese keeps its tones, and
    marks of other scripts are letters of their own."""
    return word if VIETNAMESE.search(word) else without_accents(word)


def without_accents(word: str) -> str:
    """The same of Vietnamese too, where tones tell words apart."""
    if word.isascii() or not (LATIN_OR_GREEK.search(word) or VIETNAMESE.search(word)):
        return word
    apart = unicodedata.normalize("NFKD", word.translate(WITHOUT_MARK))
    return "".join(c for c in apart if not unicodedata.combining(c))


def character_tokens(text: str, language: str | None = None) -> list[str]:
    """4-grams within words and their edges (`_caf`, `cafe`, `afe_`), without accents: half a word still meets."""
    tokens: list[str] = []
    for word in plain_words(text, language):
        tokens += word_grams(word)
    return tokens


_HYPHENATED = re.compile(r"(?<![\w-])([^\W\d_]{2,})-([^\W\d_]{2,})(?![\w-])")


def grams_of(text: str) -> frozenset[str]:
    """Those of `character_tokens` that a text holds, each once; "non-veg" as "nonveg" too."""
    words = [*plain_words(text), *(f"{one}{other}" for one, other in _HYPHENATED.findall(folded(text)))]
    return frozenset(gram for word in words for gram in word_grams(word))


@lru_cache(maxsize=1 << 14)
def word_grams(word: str) -> tuple[str, ...]:
    word = unaccented(word)
    edged = f"_{word}_" if len(word) > 1 else word
    return tuple(edged[i : i + 4] for i in range(max(1, len(edged) - 3)))


def length_in_words(text: str) -> float:
    """Words of a text; where no spaces are written, characters at the rate of words."""
    length = 0.0
    for run in RUNS.finditer(text):
        length += len(run.group(0)) * (WORDS_PER_BIGRAM_CHARACTER if run.group(1) else WORDS_PER_TRIGRAM_CHARACTER)
    return length + sum(1 for _ in word_pattern().finditer(RUNS.sub(" ", text)))


def token_number(token: str) -> int:
    return zlib.crc32(token.encode("utf-8", "surrogatepass"))


def counted(tokens: Iterable[str]) -> dict[int, int]:
    """Token numbers with how often each occurs."""
    counts: dict[int, int] = {}
    for token, count in Counter(tokens).items():
        number = token_number(token)
        counts[number] = counts.get(number, 0) + count
    return counts


def term_frequencies(tokens: list[str], length: float) -> SparseVector:
    """The tf part of BM25 for a passage, 0..1 a token; a query brings the idf part. `length` is in words."""
    import numpy as np  # noqa: PLC0415 (with the first passage)

    counts = sorted(counted(tokens).items())
    indices = np.array([index for index, _ in counts], np.uint32)
    times = np.array([count for _, count in counts], np.float32)
    saturation = K1 * (1 - B + B * length / USUAL_LENGTH)
    return SparseVector(indices, times / (times + np.float32(saturation)))
