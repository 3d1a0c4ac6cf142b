"""Words of a question written without the accents of their language, as people do on a phone.

Search forgives accents but for Vietnamese, where "ban" may be to sell, a friend or a table. Which of them is meant the
documents tell best: a word that none of them holds is taken for the one that most of them hold with accents.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cache

from balas.rag.words import cues
from balas.rag.words.lexical import folded, plain_words, without_accents, word_pattern
from balas.values import Passage

TONAL = "vi"
LONGEST_PHRASE = 4  # words
ENOUGH = 0.6  # of the words, that the documents hold with accents or without


def restored(question: str, passages: Sequence[Passage]) -> str:
    """The question with the accents that the passages write, or as it is."""
    if not question.isascii() or not any(passage.language == TONAL for passage in passages):
        return question
    question = _with_phrases(question)
    known = Counter(word for passage in passages for word in plain_words(f"{passage.heading}\n{passage.text}"))
    accented: dict[str, str] = {}
    for word, _ in known.most_common():
        if not word.isascii():
            accented.setdefault(without_accents(word), word)
    said = folded(question)
    hollow = cues.entries("hollow", TONAL)  # "bao" of "bao nhieu" is listed without tones
    words = [word for word in word_pattern().findall(said) if word not in hollow]
    typed = [word for word in words if word not in known and word in accented]
    if not typed or len(typed) + sum(word in known for word in words) < ENOUGH * len(words):
        return question  # English beside Vietnamese: "do" and "can" are words of both
    return word_pattern().sub(lambda word: accented[word[0]] if word[0] in typed else word[0], said)


def _with_phrases(question: str) -> str:
    """With the accents of what is often asked: "o dau" is "where", whatever "dau" is in the documents."""
    said = folded(question)
    words = word_pattern().findall(said)
    for size in range(min(LONGEST_PHRASE, len(words)), 1, -1):
        for start in range(len(words) - size + 1):
            typed = " ".join(words[start : start + size])
            said = said.replace(typed, _phrases().get(typed, typed))
    return said


@cache
def _phrases() -> dict[str, str]:
    listed = {entry for name in ("ask", "amount", "time", "duration", "day") for entry in cues.entries(name, TONAL)}
    return {without_accents(entry): entry for entry in listed if " " in entry and not entry.isascii()}
