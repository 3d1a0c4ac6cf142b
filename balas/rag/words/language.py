"""Which language a text is in."""

from __future__ import annotations

import tempfile
import threading
from array import array
from collections import Counter
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from balas.rag.words import cues

if TYPE_CHECKING:
    from numpy.typing import NDArray

FALLBACK = "en"
PRIOR_WEIGHT = 25.0  # how much likelier the conversation's language is than any other: it decides short texts alone
LIKELY_WEIGHT = 3.0  # likewise for the languages of the documents
LIKELY_IN_DOUBT = 10.0  # the same where no language has half of the shares: "espresso" in an Indonesian question
COMMON_WEIGHT = 2.0  # likewise for languages of a hundred million people
COMMON = ["ar", "bn", "de", "en", "es", "fr", "hi", "id", "it", "ja", "ko", "pt", "ru", "sw", "tr", "ur", "vi", "zh"]
HEARD_WEIGHT = 5.0  # likewise for a language with every small word of its that a short text holds
MOST_HEARD = 3
SHORT_WORDS = 6
_TYPED_ASKING = ("ask", "amount", "time")
_TYPED_LISTS = (*_TYPED_ASKING, "small", "hollow", "serves")
KIN = frozenset({"id", "ms"})  # short texts of one are taken for the other
TYPED_IN_LATIN = "hi"  # a language that is mostly typed so, in between words of English
TYPED_FEWEST, TYPED_SHARE = 2, 0.3  # of its small words in a text, and of all words
TYPED_TELLING = 4  # letters of a question word that tells it alone ("kitni", not "kab")
TYPED_SHORTEST = 3  # letters of one word at least: "ap" is a flat in Portuguese
UNSURE = 0.05  # a best share under it: the detector has seen nothing it knows

# Scripts that one language writes in. The letters of most of a text decide before any statistics do.
SCRIPTS = {
    "th": "\u0e00-\u0e7f", "lo": "\u0e80-\u0eff", "km": "\u1780-\u17ff", "my": "\u1000-\u109f", "ka": "\u10a0-\u10ff",
    "ko": "\uac00-\ud7af", "ja": "\u3040-\u30ff", "el": "\u0370-\u03ff", "he": "\u0590-\u05ff", "hy": "\u0530-\u058f",
    "ta": "\u0b80-\u0bff", "te": "\u0c00-\u0c7f", "kn": "\u0c80-\u0cff", "ml": "\u0d00-\u0d7f", "gu": "\u0a80-\u0aff",
    "pa": "\u0a00-\u0a7f", "bn": "\u0980-\u09ff", "si": "\u0d80-\u0dff", "zh": "\u3400-\u9fff", "am": "\u1200-\u137f",
}  # fmt: skip
LAST_LATIN = "\u0370"
JAPANESE_SHARE = 0.1  # kana among Chinese characters: Japanese

# What people write to a shop in. Regional relatives of these (Asturian, Javanese, ...) win short texts by mistake.
_KNOWN = """
af am ar az be bg bn bs ca cs cy da de el en es et eu fa fi fr ga gl gu ha he hi hr ht hu hy id ig is it ja ka kk km kn
ko ku ky lo lt lv mg mk ml mn mr ms my ne nl no om pa pl ps pt ro ru rw si sk sl sn so sq sr st sv sw ta te th tl tr uk
ur uz vi xh yo zh zu
"""
LANGUAGES = frozenset(_KNOWN.split())


def detect(text: str, prior: str | None = None, likely: Sequence[str] = ()) -> str:
    """The ISO 639-1 code. `prior` is the conversation's language so far, `likely` those of the documents."""
    return _detected(text, prior, tuple(likely))


@lru_cache(maxsize=256)  # of a question it is asked three times
def _detected(text: str, prior: str | None, likely: tuple[str, ...]) -> str:
    letters = list(filter(str.isalpha, text))
    if not letters:
        return prior or next(iter(likely), FALLBACK)
    by_script = language_of_script(letters)
    if by_script is not None:
        return by_script
    if is_typed_in_latin(text):
        return _of_typed(prior, likely)
    shares = dict(_ranked(text))
    best = max(shares.values())
    if best < UNSURE:
        return prior or next(iter(likely), FALLBACK)
    of_documents = LIKELY_WEIGHT if best >= 0.5 else LIKELY_IN_DOUBT
    for weighed, weight in ((COMMON, COMMON_WEIGHT), (likely, of_documents), ((prior,), PRIOR_WEIGHT)):
        for language in weighed:
            if language in shares:
                shares[language] *= weight
    for language, words in _heard(text).items():
        if language in shares:
            shares[language] *= HEARD_WEIGHT ** min(words, MOST_HEARD)
    return max(shares, key=shares.__getitem__)


@lru_cache(maxsize=256)
def is_typed_in_latin(text: str) -> bool:
    """ "Sunday ko office khula rehta hai kya": Hindi in Latin letters, which the detector has never seen."""
    words = cues.words(text)
    own, shared = _latin_words(_TYPED_LISTS)
    asking, _ = _latin_words(_TYPED_ASKING)
    if any(word in asking and len(word) >= TYPED_TELLING for word in words):
        return True
    known = sum(word in shared for word in words)
    its = any(word in own and len(word) >= TYPED_SHORTEST for word in words)
    return its and known >= max(TYPED_FEWEST, TYPED_SHARE * len(words))


def of_letters(text: str, prior: str | None = None, likely: Sequence[str] = ()) -> str:
    """The language of words that are looked for as they are written: Hindi in Latin letters shares none with Hindi."""
    return FALLBACK if is_typed_in_latin(text) else detect(text, prior, likely)


def small_words(language: str, text: str) -> frozenset[str]:
    """Function words of a language, and of the one that this text of it is typed in besides."""
    own = cues.small_words(language)
    return own | cues.small_words(TYPED_IN_LATIN) if is_typed_in_latin(text) else own


def _of_typed(prior: str | None, likely: Sequence[str]) -> str:
    """Beside documents in English alone its words of English say what is asked."""
    return FALLBACK if FALLBACK in likely and TYPED_IN_LATIN not in (*likely, prior) else TYPED_IN_LATIN


@cache
def _latin_words(lists: tuple[str, ...]) -> tuple[frozenset[str], frozenset[str]]:
    """Those that no other language's lists hold, and all of them."""
    entries = frozenset[str]().union(*(cues.entries(name, TYPED_IN_LATIN) for name in lists))
    shared = frozenset(word for word in entries if word.isascii() and " " not in word)
    others = (cues.entries(name, code) for name in _TYPED_LISTS for code in cues.codes() if code != TYPED_IN_LATIN)
    return shared.difference(*others), shared


@lru_cache(maxsize=256)  # of a question it is asked three times, of a passage in each turn that finds it
def _ranked(text: str) -> tuple[tuple[str, float], ...]:
    return tuple(loaded().rank(text))


def _heard(text: str) -> Counter[str]:
    """How many words of a short text are small words of a language: its letters alone tell little."""
    words = cues.words(text)
    heard: Counter[str] = Counter()
    if len(words) <= SHORT_WORDS:
        for word in words:
            heard.update(cues.languages_of("hollow", word) | cues.languages_of("ask", word))
    return heard


def language_of_script(letters: list[str]) -> str | None:
    """The language when half of the letters are of a script that says it."""
    if max(letters) <= LAST_LATIN:
        return None
    counts = dict.fromkeys(SCRIPTS, 0)
    for letter in letters:
        if letter > LAST_LATIN:
            language = script_of(letter)
            if language is not None:
                counts[language] += 1
    if counts["ja"] >= JAPANESE_SHARE * (counts["ja"] + counts["zh"]):
        counts["ja"] += counts.pop("zh")
    language, most = max(counts.items(), key=lambda item: item[1])
    return language if most * 2 >= len(letters) else None


@lru_cache(maxsize=1 << 12)
def script_of(letter: str) -> str | None:
    for language, span in SCRIPTS.items():
        if span[0] <= letter <= span[2]:
            return language
    return None


def is_foreign(language: str, spoken: Sequence[str]) -> bool:
    """Is a text in none of these languages, nor in one that is taken for it? An unknown language is foreign to none."""
    known = [other for other in spoken if other]
    return bool(language and known) and language not in known and not any({language, other} <= KIN for other in known)


_loading = threading.Lock()


def loaded() -> Any:
    """The detector, read once: 0.3 s."""
    with _loading:
        return _identifier()


@lru_cache(maxsize=1)
def _identifier() -> Any:
    import numpy as np  # noqa: PLC0415 (as below)
    from py3langid.langid import MODEL_DIR, MODEL_FILE, LanguageIdentifier  # noqa: PLC0415 (its model comes with it)
    from py3langid.modelio import load_model  # noqa: PLC0415 (as above)

    weights, priors, names, moves, rows, features = load_model(MODEL_DIR / MODEL_FILE)
    kept = [i for i, name in enumerate(names) if name in LANGUAGES]
    # The same detector with fewer columns, flat arrays for lists of numbers, and the two large tables in files.
    return LanguageIdentifier(
        _in_a_file(weights[:, kept]),
        priors[kept],
        [names[i] for i in kept],
        _in_a_file(np.asarray(moves)).data,  # of this view a number is an int, as of the array
        array("i", features),
        norm_probs=True,
        tk_row=rows,
    )


def _in_a_file(table: NDArray[Any]) -> NDArray[Any]:
    """The table in a file without a name: of 60 MB only what texts lead to is in memory, and the kernel may drop it."""
    import numpy as np  # noqa: PLC0415 (as above)

    with tempfile.TemporaryFile(prefix="balas-") as file:
        np.ascontiguousarray(table).tofile(file)
        file.flush()
        return np.asarray(np.memmap(file, table.dtype, mode="r", shape=table.shape))
