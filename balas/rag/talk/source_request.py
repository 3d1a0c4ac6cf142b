""" "Source?", in the person's words: the passages behind the last answer are shown instead of a new answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from balas.rag.talk.smalltalk import smalltalk, without_greeting
from balas.rag.words import cues
from balas.values import Source

LONGEST = 10  # words
LEFT_OVER = 2  # signs of a script without blanks that may stand around the words
MAX_SHOWN = 2  # passages
MAX_PASSAGE = 700  # characters
_AROUND = ("hollow", "filler", "ask", "point", "thanks", "greeting", "ok")


@dataclass(frozen=True, slots=True)
class Cited:
    """What the last answer of a conversation rested on, as the documents say it now."""

    passages: tuple[Source, ...] = ()  # `quote` is the passage
    gone: bool = False  # a document of the answer, or the words it cited, are no longer there


def asks_for_source(lines: Sequence[str]) -> bool:
    """Is the whole turn such a question? "Where does the coffee come from?" is about the documents."""
    said = [without_greeting(line) for line in lines if line.strip() and smalltalk(line) is None]
    text = " ".join(said)
    if not said or len(cues.words(text)) > LONGEST or not cues.has(text, "source"):
        return False
    return all(_says_nothing(word) for word in cues.without(text, "source"))


def language_of_request(lines: Sequence[str], conversation: str | None, detected: str) -> str:
    """The language whose words they are; where several share them the conversation's, else the one detected.

    Nobody can detect the language of "source?" alone: English is meant most often.
    """
    text = " ".join(lines)
    known = conversation or (detected if len(cues.words(text)) > 1 else "en")
    spoken = [code for code in cues.codes() if cues.has(text, "source", code)]
    return known if known in spoken or not spoken else spoken[0]


def shown(cited: Cited) -> str:
    """The passages, quoted."""
    return "\n\n".join(f"“{source.quote}”" for source in cited.passages[:MAX_SHOWN])


def around(text: str, fragment: str, limit: int = MAX_PASSAGE) -> str:
    """A passage, or of a long one what stands around the words that were cited, cut between lines or words."""
    flat = text.strip()
    if len(flat) <= limit:
        return flat
    start = max(0, min(flat.find(fragment) - limit // 4, len(flat) - limit)) if fragment in flat else 0
    end = start + limit
    if start:
        start = max(flat.find("\n", start, start + limit // 4), flat.find(" ", start)) + 1
    if end < len(flat):
        end = max(flat.rfind("\n", end - limit // 4, end), flat.rfind(" ", start + limit // 2, end), start + limit // 2)
    return f"{'… ' if start else ''}{flat[start:end].strip()}{' …' if end < len(flat) else ''}"


def rows_of(text: str, rows: Sequence[int], quote: str) -> tuple[int, ...]:
    """Which rows of a sheet a quote stands in. `rows`: its passage's, as `balas.values.Chunk` has them."""
    if len(rows) == 1:
        return tuple(rows)
    pieces = [piece for piece in quote.splitlines() if piece.strip()]
    lines = zip(text.splitlines(), rows, strict=False)
    return tuple(dict.fromkeys(row for line, row in lines if any(piece in line for piece in pieces)))


def _says_nothing(word: str) -> bool:
    if cues.is_unspaced(word):
        return len("".join(cues.without(word, "hollow"))) <= LEFT_OVER
    return word in _words_of_requests() or any(word in cues.entries(name) for name in _AROUND)


@cache
def _words_of_requests() -> frozenset[str]:
    return frozenset(word for entry in cues.entries("source") for word in entry.split())
