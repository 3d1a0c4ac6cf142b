"""One sentence that asks two things: "what are your hours and do you deliver?"."""

from __future__ import annotations

from collections.abc import Sequence

from balas.rag.quoting import extremes
from balas.rag.words import cues

SHORTEST = 3  # words of a first question that names nothing ("where are you"); two are "what and when"
LONGEST = 40  # words of a sentence that may ask for two extremes
_AND = "و"  # Arabic writes it as a part of the word after it


def parted(piece: str) -> list[str]:
    """The questions of a piece, in order. What is left alone stays as it was written.

    It is cut where a joining word stands before a question word or what a business is asked to do ("and when", "and do
    you take"), or, in languages that say these late, where both sides hold one; a second question keeps what it leaves
    unsaid to be found in the first.
    """
    found = cues.spans(piece)
    texts = [word for word, _, _ in found]
    for at in range(1, len(found)):
        if len(found) <= LONGEST and (both := _two_extremes(piece, found, at)):
            return [both[0], *parted(both[1])]
        for joint, codes in _joints(texts, at):
            begin = found[at][1] + 1 if _is_prefix(joint) else found[min(at + 1, len(found) - 1)][1]
            before, after = piece[: found[at][1]], piece[begin:]
            if any(_asks_twice(before, after, joint, code) for code in codes):
                return [f"{before.rstrip(' ,;،、')}?", *parted(after)]
    return [piece]


def _two_extremes(piece: str, found: Sequence[tuple[str, int, int]], at: int) -> tuple[str, str] | None:
    """ "The cheapest cake and the dearest tea". "The cheapest and the dearest cake" are both of cakes."""
    word, start, end = found[at]
    if not cues.languages_of("joins", word) and not (word.startswith(_AND) and len(word) > 1):
        return None
    before, after = piece[:start].rstrip(" ,;،、"), piece[start + 1 if word.startswith(_AND) else end :].strip()
    one, other = extremes.heard(before), extremes.heard(after)
    if one is None or other is None:
        return None
    before += f" {' '.join(other.of)}" if not one.of and other.of else ""
    after = f"{after.rstrip(' ?？؟.')} {' '.join(one.of)}?" if not other.of and one.of else after
    return f"{before}?", after if after.endswith(("?", "？", "؟")) else f"{after}?"


def _joints(texts: Sequence[str], at: int) -> list[tuple[str, frozenset[str]]]:
    """What may begin a second question at this word, longest first, with the languages in which it does."""
    joints: list[tuple[str, frozenset[str]]] = []
    for end in range(min(at + cues.longest("also"), len(texts)), at, -1):
        joint = " ".join(texts[at:end])
        if owners := cues.languages_of("also", joint):
            joints.append((joint, owners))
    rest = texts[at + 1 : at + 1 + cues.longest("serves")]
    for end in range(len(rest), 0, -1):
        served = " ".join(rest[:end])
        if owners := cues.languages_of("joins", texts[at]) & cues.languages_of("serves", served):
            joints.append((f"{texts[at]} {served}", owners))
    if "ar" in cues.languages_of("serves", texts[at][1:]) and texts[at].startswith(_AND):
        joints.append((texts[at], frozenset({"ar"})))
    return joints


def _is_prefix(joint: str) -> bool:
    return joint.startswith(_AND) and len(joint) > 1


def _asks_twice(before: str, after: str, joint: str, code: str) -> bool:
    said, asked = cues.words(before), cues.words(after)
    if not _asks(before, code) or not (cues.without(before, "hollow") or len(said) >= SHORTEST):
        return False
    if not asked or (_is_bare(said[-1], code) and _is_bare(asked[0], code)):  # "how and when": one question
        return False
    serves = cues.entries("serves", code) - cues.entries("ask", code)
    if len(said) < SHORTEST and said[-1] in serves and asked[0] in serves:  # "vocês vendem e alugam …": one object
        return False
    if " " in joint or code == "ar":
        return len(asked) > 1
    # A word alone joins things as well. "apakah suami dan istri boleh …": what only opens with a question word goes on.
    return _asks(" ".join(said[1:]), code, ("ask", "amount")) and _asks(after, code)


def _is_bare(word: str, code: str) -> bool:
    """A question word that does not ask for an amount: "jam buka berapa" is whole, "ask them how" is not."""
    return word in cues.entries("ask", code) - cues.entries("amount", code)


def _asks(text: str, code: str, lists: Sequence[str] = ("ask", "amount", "serves")) -> bool:
    return any(cues.has(text, name, code) for name in lists)
