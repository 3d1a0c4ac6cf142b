"""How much of a question one sentence of a passage speaks of: what the passage's score can not tell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from balas.rag.index import Terms
from balas.rag.lexical import character_tokens, plain_words, token_number, word_grams
from balas.rag.sentences import split_sentences
from balas.values import Passage

DEPTH = 10  # passages looked at: a sentence can not lift what lies further down (measured: 20 is no better)
WEIGHT = 0.5
WINDOW = 320  # characters; a longer sentence is read in parts

Information = Callable[[Terms], dict[int, float]]


class Closeness:
    """The best sentence's share of a question's character 4-grams, weighed by how rare they are, 0..1."""

    def __init__(self, question: str, information: Information) -> None:
        grams = character_tokens(question)
        shares = information({token_number(gram): grams.count(gram) for gram in set(grams)})
        self._weights = {gram: shares[token_number(gram)] for gram in set(grams)}
        self._heard: dict[str, frozenset[str]] = {}

    def best_sentence(self, passage: Passage) -> float:
        best = 0.0
        for sentence in split_sentences(passage.text):
            for window in windows(sentence):
                best = max(best, self._share(window))
        return best

    def _share(self, text: str) -> float:
        heard: set[str] = set()
        for word in plain_words(text):
            known = self._heard.get(word)
            if known is None:
                known = self._heard[word] = frozenset(gram for gram in word_grams(word) if gram in self._weights)
            heard |= known
        return sum(self._weights[gram] for gram in heard)


def windows(sentence: str) -> list[str]:
    parts: list[str] = []
    while len(sentence) > WINDOW:
        cut = sentence.rfind(" ", WINDOW // 4, WINDOW)
        cut = cut if cut > 0 else WINDOW
        parts.append(sentence[:cut])
        sentence = sentence[cut:]
    return [*parts, sentence]


def reranked(found: list[Passage], closeness: Closeness) -> tuple[list[Passage], float]:
    """The passages with their best sentence in the score, best first, and the first one's closeness.

    In place of half of the passage's share of words stands the sentence's share: a passage that says a little of the
    question in every sentence falls behind one that says it all at once.
    """
    if not found:
        return found, 0.0
    close = {passage.chunk_id: closeness.best_sentence(passage) for passage in found[:DEPTH]}
    top = []
    for passage in found[:DEPTH]:
        gain = WEIGHT * (close[passage.chunk_id] - (passage.words + passage.characters) / 2)
        top.append(replace(passage, score=passage.score + gain))
    top.sort(key=lambda passage: (-passage.score, passage.chunk_id))
    floor = min(passage.score for passage in top)
    rest = [replace(passage, score=min(passage.score, floor)) for passage in found[DEPTH:]]
    return top + rest, close[top[0].chunk_id]
