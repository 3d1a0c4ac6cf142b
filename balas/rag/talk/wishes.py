"""What people want of the chat itself: somebody of the team, or to be left alone. The words stand in `wishes.toml`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from enum import StrEnum
from functools import cache

from balas.rag.talk.covering import are_known, covered, entries_of, known_spellings, words_of
from balas.rag.words import cues

MAX_WORDS = 14  # of a message that may ask for a person
MAX_BETWEEN = 4  # words between a verb of reaching and who is to be reached
_ABOUT_TIME = ("time", "amount", "day")  # "jam berapa bisa chat admin?" is for the documents
_REPLIES = ("accept", "fine", "decline", "agent", "team")
_AROUND = ("filler", "courtesy", "thanks", "want")


class Reply(StrEnum):
    """What somebody says to the offer of a person."""

    ACCEPTED = "accepted"
    REFUSED = "refused"


_HELP = re.compile(
    r"\b(?:help|bantu\w*|dibantu|tolong|ayud\w*|ajud\w*|aide\w*|hilf\w*|aiut\w*|hulp|yardım\w*|pomo\w*|помо\w*|допомо\w*"
    r"|tulong|patulong|msaada|nisaidie|taimake|ngisize|giúp)\b|مساعد|ساعد|مدد|کمک|मदद|সাহায্য|ช่วย|帮|助け|도와"
)
_SIGNS = {"👍": Reply.ACCEPTED, "👌": Reply.ACCEPTED, "✅": Reply.ACCEPTED, "👎": Reply.REFUSED, "❌": Reply.REFUSED}


def asks_for_person(text: str) -> bool:
    """ "Can I talk to a person?" """
    found = cues.words(text)
    if not found or len(found) > MAX_WORDS or cues.has(text, "bot"):
        return False
    return cues.has(text, "human") or next(_named(text, found), None) is not None


def languages_of_wish(text: str) -> list[str]:
    """Those in whose words a person is asked for; as many as may be meant, in the order of the list."""
    spoken = [language for language in cues.codes() if cues.has(text, "human", language)]
    return spoken or list(_named(text, cues.words(text)))


def languages_of_stop(found: list[str]) -> list[str]:
    """Those in whose words a whole message wants no more of them; [] when it does not."""
    known = entries_of(("stop", "rest"))
    spelled = known_spellings(found, known)
    if not are_known(spelled, known):
        return []  # as most messages: nor are they in the lists of a single language
    return [language for language in cues.codes() if _holds(spelled, ("stop",), ("rest",), language)]


def may_reply_to_offer(lines: Sequence[str]) -> bool:
    """Is it worth looking up whether a person was offered?"""
    return reply_to_offer(lines, None) is not None


def reply_to_offer(lines: Sequence[str], prior: str | None) -> tuple[Reply, str | None] | None:
    """What the messages say to our offer of a person, and in which language; None where they say something else."""
    said = "\n".join(lines)
    found = cues.words(said)
    if not found and (sign := next((char for char in said if char in _SIGNS), None)):
        return _SIGNS[sign], None
    if not found or len(found) > MAX_WORDS:
        return None
    known = entries_of((*_REPLIES, *_AROUND))
    found = known_spellings(found, known)
    if not are_known(found, known):
        return None  # as above
    codes = sorted(cues.codes(), key=lambda language: language != prior)  # the rest stays in its order
    return next((told for language in [*codes, None] if (told := _reply(found, language))), None)


def is_only_fine(lines: Sequence[str]) -> bool:
    """ "Ok": no yes to anything."""
    found = cues.words("\n".join(lines))
    spelled = known_spellings(found, entries_of(("fine", *_AROUND)))
    return bool(found) and any(
        _holds(spelled, ("fine",), ("filler", "courtesy"), language) for language in cues.codes()
    )


def asks_for_help(text: str) -> bool:
    """ "Help" and "somebody" are no mere assent where nothing was offered."""
    return bool(_HELP.search(cues.normal(text))) or any(word in _owners() for word in cues.words(text))


def _reply(found: list[str], language: str | None) -> tuple[Reply, str | None] | None:
    parts = covered(found, entries_of((*_REPLIES, *_AROUND), language))
    if parts is None:
        return None

    def says(*names: str) -> bool:
        return any(part in entries_of(names, language) for part in parts)

    if says("decline"):
        return Reply.REFUSED, language
    # "Ok, thank you" only ends the talk.
    if says("accept", "agent", "team") or (says("fine") and not says("thanks")):
        return Reply.ACCEPTED, language
    return None


def _named(text: str, found: list[str]) -> Iterator[str]:
    """The languages in which somebody to write instead of a machine is named, and nothing but the wish for them."""
    for language in _languages_naming(found):
        if _holds(found, ("agent",), ("want",), language):
            yield language
        elif any(cues.has(text, name, language) for name in _ABOUT_TIME):
            continue
        elif _reaches(found, language) or any(_reaches_within(run, language) for run in found if cues.is_unspaced(run)):
            yield language


def _holds(found: list[str], wanted: tuple[str, ...], around: tuple[str, ...], language: str) -> bool:
    parts = covered(found, entries_of((*wanted, *around), language))
    return parts is not None and any(part in entries_of(wanted, language) for part in parts)


def _languages_naming(found: list[str]) -> list[str]:
    """Most messages name nobody: only what is left is looked at closely."""
    owners: set[str] = set()
    for word in found:
        owners |= _owners().get(word, frozenset())
        if cues.is_unspaced(word):
            owners |= {language for name, spoken in _owners().items() if name in word for language in spoken}
    return [language for language in cues.codes() if language in owners]


@cache
def _owners() -> dict[str, frozenset[str]]:
    """The words of names, each with its languages."""
    owners: dict[str, frozenset[str]] = {}
    for language in cues.codes():
        for word in _words(language, "agent", "team"):
            owners[word] = owners.get(word, frozenset()) | {language}
    return owners


def _reaches(found: list[str], language: str) -> bool:
    """ "Connect me to the manager", "मैनेजर से बात": the verb and its person, with nothing of weight between them."""
    people = entries_of(("agent", "team"), language)
    before, after = _places(found, entries_of(("reach",), language)), _places(found, people)
    if any(0 <= start - end <= MAX_BETWEEN and _is_light(found[end:start], language)
           for _, end in before for start, _ in after):  # fmt: skip
        return True
    return any(end == start for start, _ in _places(found, entries_of(("reached",), language)) for _, end in after)


def _reaches_within(run: str, language: str) -> bool:
    """The same in a script without blanks, where the two touch."""
    people = entries_of(("agent", "team"), language)
    pairs = [(verb, "") for verb in entries_of(("reach",), language) if verb in run]
    pairs += [("", verb) for verb in entries_of(("reached",), language) if verb in run]
    return any(f"{first}{name}{last}" in run for first, last in pairs for name in people)


def _places(found: list[str], wanted: frozenset[str]) -> list[tuple[int, int]]:
    """Where entries stand: their first word, and the one after their last."""
    longest = max((entry.count(" ") + 1 for entry in wanted), default=0)
    ends = ((start, end) for start in range(len(found)) for end in range(start + 1, start + longest + 1))
    return [(start, end) for start, end in ends if end <= len(found) and " ".join(found[start:end]) in wanted]


def _is_light(between: list[str], language: str) -> bool:
    return all(word in _words(language, "want", "link", "hollow", "courtesy") for word in between)


def _words(language: str, *names: str) -> frozenset[str]:
    return words_of(entries_of(names, language))
