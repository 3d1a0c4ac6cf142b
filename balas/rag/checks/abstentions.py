"""A model that says, in its own words or with the marker, that it does not know."""

from __future__ import annotations

import re

from balas.rag.words import cues
from balas.rag.words.sentences import split_sentences

MOST_WORDS = 16  # of a sentence that says no more than that nothing is known
MARKER = re.compile(r"\[{1,2}\s*NO[_ ]ANSWER\s*\]{1,2}", re.IGNORECASE)
_REFUSAL = re.compile(
    r"^\W*(?:(?:i'?m|i am) (?:so |very )?sorry,? but|sorry,? (?:but )?i (?:can ?not|can'?t|am unable)|as an ai\b"
    r"|i (?:can ?not|can'?t) (?:help|assist|answer)|i do(?:n'?t| not) have (?:enough |any )?information"
    r"|(?:the )?(?:passages|documents|context) (?:do(?:es)? not|don'?t)|maaf,? saya tidak (?:dapat|bisa|menemukan)"
    r"|lo siento,? (?:pero )?no (?:puedo|tengo|encuentro)|desculpe,? (?:mas )?não (?:posso|tenho|encontrei)"
    r"|désolée?,? (?:mais )?je ne (?:peux|trouve)|es tut mir leid,? (?:aber )?ich kann|क्षमा करें|عذر[اًا]+،? ?(?:لكن )?لا"
    r"|抱歉，?我(?:无法|不能)|申し訳ありませんが)",
    re.IGNORECASE,
)
_CITED = re.compile(r"\[\d+\]")


def is_abstention(words: str) -> bool:
    """The marker with nothing worth saying beside it, a plain refusal, or nothing but not knowing."""
    if MARKER.search(words):
        return not _CITED.search(words)
    if _REFUSAL.search(words) and not re.search(r"\d", words):
        return True
    sentences = [sentence for sentence in split_sentences(words) if cues.words(sentence)]
    unknowing = [is_not_knowing(sentence) for sentence in sentences]
    return any(unknowing) and all(
        known_not or _says_nothing(sentence) for known_not, sentence in zip(unknowing, sentences, strict=True)
    )


def is_not_knowing(sentence: str) -> bool:
    """ "I don't know, sorry.": no more than that."""
    said = cues.words(_CITED.sub(" ", sentence))
    plain = len(said) <= MOST_WORDS and not any(char.isdigit() for word in said for char in word)
    return plain and any(cues.has(" ".join(one), "unknowing") for one in (said, _unsoftened(said)))


def _unsoftened(words: list[str]) -> list[str]:
    return [word for word in words if word not in cues.entries("soften")]


def _says_nothing(sentence: str) -> bool:
    """Is it no more than regret: "Sorry."?"""
    rest = " ".join(cues.words(sentence))
    return rest in cues.entries("soften") | cues.entries("thanks") or not cues.without(rest, "hollow")
