"""How much of a question one sentence of a passage speaks of: what the passage's score cannot tell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

from balas.rag.index import Terms, lexical_score, weighed
from balas.rag.words.lexical import character_tokens, plain_words, token_number, word_grams
from balas.rag.words.sentences import split_sentences
from balas.values import Passage

DEPTH = 10  # passages looked at: a sentence cannot lift what lies further down (measured: 20 is no better)
WEIGHT = 0.5
SHORTEST, LONGEST = 120, 320  # characters of what is read as one sentence

Information = Callable[[Terms], dict[int, float]]


class Closeness:
    """The best sentence's share of a question's character 4-grams, weighed by how rare they are, 0..1."""

    def __init__(self, question: str, information: Information) -> None:
        grams = character_tokens(question)
        shares = information(weighed(question, None, character_tokens))
        self._weights = {gram: shares[token_number(gram)] for gram in set(grams)}
        self._heard: dict[str, frozenset[str]] = {}

    def best_sentence(self, passage: Passage) -> float:
        """Title and headings are heard with every sentence: they say what it is about."""
        above, parts = _words_of(f"{passage.title}\n{passage.heading}", passage.text)
        about = self._grams(above)
        heard = [about | self._grams(words) for words in parts]
        return max(sum(self._weights[gram] for gram in grams) for grams in heard or [about])

    def _grams(self, words: frozenset[str]) -> set[str]:
        """Those of the question's 4-grams that the words hold."""
        heard: set[str] = set()
        for word in words:
            known = self._heard.get(word)
            if known is None:
                known = self._heard[word] = frozenset(gram for gram in word_grams(word) if gram in self._weights)
            heard |= known
        return heard


@lru_cache(maxsize=256)  # passages: the same ones are found all day
def _words_of(above: str, text: str) -> tuple[frozenset[str], tuple[frozenset[str], ...]]:
    """The words of a passage's title and headings, and of each of its sentences."""
    return frozenset(plain_words(above)), tuple(frozenset(plain_words(window)) for window in windows(text))


def windows(text: str) -> list[str]:
    """Sentences; very short ones joined with the next, very long ones cut at a space."""
    parts: list[str] = []
    begun = ""
    for sentence in split_sentences(text):
        begun = f"{begun} {sentence}" if begun else sentence
        while len(begun) > LONGEST:
            space = begun.rfind(" ", LONGEST // 4, LONGEST)
            cut = space if space > 0 else LONGEST
            parts.append(begun[:cut])
            begun = begun[cut:]
        if len(begun) >= SHORTEST:
            parts.append(begun)
            begun = ""
    return [*parts, begun] if begun else parts


def reranked(
    found: list[Passage], closeness: Closeness, foreign: frozenset[str] = frozenset()
) -> tuple[list[Passage], float]:
    """The passages with their best sentence in the score, best first, and the first one's closeness.

    In place of half of the passage's share of words stands the sentence's share: a passage that says a little of the
    question in every sentence falls behind one that says it all at once. `foreign` are the languages that stand beside
    the question's own.
    """
    if not found:
        return found, 0.0
    close = {passage.chunk_id: closeness.best_sentence(passage) for passage in found[:DEPTH]}
    top = [
        _with_sentence(passage, close[passage.chunk_id], foreign=passage.language in foreign)
        for passage in found[:DEPTH]
    ]
    top.sort(key=lambda passage: (-passage.score, passage.chunk_id))
    floor = min(passage.score for passage in top)
    rest = [passage if passage.score <= floor else replace(passage, score=floor) for passage in found[DEPTH:]]
    return top + rest, close[top[0].chunk_id]


def _with_sentence(passage: Passage, close: float, *, foreign: bool) -> Passage:
    share = (passage.words + passage.characters) / 2
    nearer = lexical_score(share + WEIGHT * (close - share), foreign=foreign)
    return replace(passage, score=passage.score - lexical_score(share, foreign=foreign) + nearer)
