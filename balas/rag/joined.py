"""One sentence that asks two things: "what are your hours and do you deliver?"."""

from __future__ import annotations

from balas.rag import cues

SHORTEST = 3  # words of a first question that names nothing ("where are you"); two are "what and when"


def parted(piece: str) -> list[str]:
    """The questions of a piece, in order. What is left alone stays as it was written.

    It is cut where a joining word stands before a question word ("and when"), or, in languages whose question words
    stand late, where both sides hold one; a second question keeps what it leaves unsaid to be found in the first.
    """
    found = cues.spans(piece)
    texts = [word for word, _, _ in found]
    longest = cues.longest("also")
    for at in range(1, len(found)):
        for end in range(min(at + longest, len(found)), at, -1):
            joint = " ".join(texts[at:end])
            begin = found[at][1] + 1 if _is_prefix(joint) else found[min(at + 1, len(found) - 1)][1]
            before, after = piece[: found[at][1]], piece[begin:]
            if any(_asks_twice(before, after, joint, code) for code in cues.languages_of("also", joint)):
                return [f"{before.rstrip(' ,;،、')}?", *parted(after)]
    return [piece]


def _is_prefix(joint: str) -> bool:
    """Arabic writes "and" as a part of the word after it."""
    return "ar" in cues.languages_of("also", joint)


def _asks_twice(before: str, after: str, joint: str, code: str) -> bool:
    said, asked = cues.words(before), cues.words(after)
    if not _asks(before, code) or not (cues.without(before, "hollow") or len(said) >= SHORTEST):
        return False
    if not asked or (_is_bare(said[-1], code) and _is_bare(asked[0], code)):  # "how and when": one question
        return False
    if " " in joint or code == "ar":
        return len(asked) > 1
    # A word alone joins things as well. "apakah suami dan istri boleh …": what only opens with a question word goes on.
    return _asks(" ".join(said[1:]), code) and _asks(after, code)


def _is_bare(word: str, code: str) -> bool:
    """A question word that does not ask for an amount: "jam buka berapa" is whole, "ask them how" is not."""
    return word in cues.entries("ask", code) - cues.entries("amount", code)


def _asks(text: str, code: str) -> bool:
    return cues.has(text, "ask", code) or cues.has(text, "amount", code)
