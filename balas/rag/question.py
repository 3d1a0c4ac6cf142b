"""What a person wants to know: bubbles become questions, and a follow-up gets back what it leaves unsaid."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from balas.rag import cues, topics
from balas.rag.joined import parted
from balas.rag.smalltalk import is_aimed_at_machine, smalltalk, without_aims, without_courtesy, without_greeting
from balas.rag.source_request import Cited
from balas.values import Role, Utterance

MAX_QUESTIONS = 4  # of one turn; what comes after is searched along with the last
MAX_LINE = 2_000  # characters of one message that are searched
SHORT_WORDS = 7  # a follow-up that leans on the question before it is short
SHORT_SIGNS = 14  # the same for scripts without blanks
MAX_CARRIED = 8  # words of the earlier question taken along
LOOK_BACK = 4  # messages of the person that a follow-up may lean on

MAX_FRAGMENT = 2  # content words of a follow-up that opens like one; more say what they are about
_ARTICLES = frozenset(
    cues.words(
        "the a an el la los las lo un una o os as um uma le les une der die das den dem ein eine il i gli het een ang"
    )
)
_PLAIN_NYA = frozenset(
    cues.words("hanya tanya punya banyak adanya biasanya sebenarnya misalnya namanya rasanya harusnya")
)

_OF_THE_BUSINESS = frozenset({"address", "phone", "email", "website"})

_ASKED = re.compile(r"[?？؟]|՞|;\s*$")
_PIECE = re.compile(r"(?<=[?？؟])\s*|\n+")
_STATED = re.compile(r"[.!。！।…]\s*[\W_]*$")


@dataclass(frozen=True, slots=True)
class Question:
    """A turn: what a person wrote since the last answer, and what came before."""

    lines: tuple[str, ...]  # the messages of this turn, in order, as written
    history: tuple[Utterance, ...] = ()  # oldest first, without this turn
    audiences: frozenset[str] = frozenset()
    language: str | None = None  # what the person wrote in so far
    quoted: str | None = None  # the text of the message replied to
    cited: Cited | None = None  # what the last answer rested on; None where nobody kept it
    offered: bool | None = None  # whether our last words offered a person; None where nobody kept it
    answered: tuple[str, ...] = ()  # of its questions those that need no answer any more

    @property
    def text(self) -> str:
        """The turn as a model gets it: its messages, one a line."""
        return "\n".join(line.strip() for line in self.lines if line.strip())

    def within(self, limit: int) -> Question:
        """The same without what goes beyond so many characters: nobody asks that much, and all of it is looked at."""
        lines, room = [], limit
        for line in self.lines:
            if room > 0:
                lines.append(line[:room])
            room -= len(line)
        history = tuple(replace(said, text=said.text[:limit]) for said in self.history)
        quoted = self.quoted[:limit] if self.quoted else self.quoted
        return replace(self, lines=tuple(lines), history=history, quoted=quoted)


@dataclass(frozen=True, slots=True)
class Asked:
    """One question of a turn."""

    own: str  # the person's words
    search: str  # what is searched: the same, completed when it leans on an earlier question
    extra: tuple[str, ...] = ()  # searched as well

    @property
    def is_completed(self) -> bool:
        return self.search != self.own


def asked(question: Question, spoken: Collection[str] = (), *, cut: bool = True) -> list[Asked]:
    """The questions of a turn, each with what it leans on. [] when the turn is small talk throughout.

    `cut`: one sentence that asks two things is two questions.
    """
    earlier = _earlier(question)
    result: list[Asked] = []
    for own in questions(question.lines, cut=cut):
        completed = leans(own, has_earlier=bool(earlier), spoken=spoken) and not _is_of_the_business(own, earlier)
        search = complete(own, earlier) if completed else own
        result.append(Asked(own, search, (own,) if search != own else ()))
        earlier = [search, *earlier]
    return result


def questions(lines: Iterable[str], *, cut: bool = True) -> list[str]:
    """Bubbles to questions: "halo" / "berapa harga" / "kopi gayo?" is one, "jam buka?" / "ada COD?" are two."""
    done: list[str] = []
    pending: list[str] = []
    pieces = _pieces(lines, cut=cut)
    for here, piece in enumerate(pieces):
        following = pieces[here + 1] if here + 1 < len(pieces) else None
        if following and not pending and _is_preface(piece, following):
            continue
        pending.append(piece)
        if not _is_open(piece, " ".join(pending), following):
            done.append(" ".join(pending))
            pending = []
    if pending:
        rest = " ".join(pending)
        if done and _is_afterthought(rest):
            done[-1] = f"{done[-1]} {rest}"
        else:
            done.append(rest)
    done = [without_courtesy(one) for one in done]
    return [*done[: MAX_QUESTIONS - 1], " ".join(done[MAX_QUESTIONS - 1 :])] if len(done) > MAX_QUESTIONS else done


def leans(own: str, *, has_earlier: bool, spoken: Collection[str] = ()) -> bool:
    """Is this a follow-up that cannot be understood alone ("and on Sunday?", "how much is the blue one?")?

    Where the languages spoken are given, a word points back in these alone: "o" is "it" in Turkish, not in Portuguese.
    """
    if not has_earlier or not is_short(own):
        return False
    subject = content(own)
    opens = any(cues.starts_with(own, "open", code) for code in _known(spoken)) or _opens_joined(own, spoken)
    if any(cues.has(own, "point", code) for code in _known(spoken)) or _refers(own, spoken):
        return True
    if opens and len(subject) <= MAX_FRAGMENT and not (len(subject) > 1 and _stands_alone(own)):
        return True
    return len(subject) <= 1 and not _is_complete(own)


def _known(spoken: Collection[str]) -> Sequence[str | None]:
    """These languages where all are listed, else every one."""
    return tuple(spoken) if spoken and set(spoken) <= set(cues.codes()) else (None,)


def _opens_joined(own: str, spoken: Collection[str]) -> bool:
    """Arabic writes "and" as a part of the word after it."""
    return "ar" in spoken and next(iter(cues.words(own)), "").startswith("و")


def _refers(own: str, spoken: Collection[str]) -> bool:
    """Indonesian and Malay say "its" at the end of a word: "biayanya berapa?", "ongkirnya siapa yang bayar?"."""
    if not {"id", "ms"} & set(spoken):
        return False
    owned = [word for word in cues.words(own) if word.endswith("nya") and word not in _PLAIN_NYA and len(word) > 5]
    return bool(owned) and len([word for word in content(own) if word not in owned]) <= 1


def _is_of_the_business(own: str, earlier: Sequence[str]) -> bool:
    """ "alamatnya di mana?" after "jam buka berapa?" asks where the business is; after "ada cabang di Surabaya?", the
    branch."""
    if not any(topic & _OF_THE_BUSINESS for topic in topics.heard(own).topics):
        return False
    named = (word for word in topics.heard(earlier[0]).rest if word not in cues.entries("hollow"))
    return not any(word not in cues.entries("ask") and word not in cues.entries("amount") for word in named)


def is_short(own: str) -> bool:
    found = cues.words(own)
    signs = sum(len(word) for word in found if cues.is_unspaced(word))
    return len(found) <= SHORT_WORDS and signs <= SHORT_SIGNS


def complete(own: str, earlier: Sequence[str]) -> str:
    """The follow-up with the content words of the question before it that it leaves out."""
    said = set(cues.words(own))
    replaced = cues.entries("day") if cues.has(own, "day") else frozenset()
    for before in earlier[:LOOK_BACK]:
        carried = content(before, keep=("amount", "time"))
        gone = _replaced(own, before)
        missing = [word for word in carried if word not in said and word not in replaced and word not in gone]
        if content(before) and missing:
            return " ".join([own.rstrip(" ?？؟."), *missing[:MAX_CARRIED]])
    return own


def _replaced(own: str, before: str) -> set[str]:
    """Words that the follow-up puts others in place of: "to Medan?" after "shipping to Jakarta?"."""
    said, hollow = cues.words(own), cues.entries("hollow") - _ARTICLES
    new = {link: word for link, word in pairwise(said) if link in hollow and word not in hollow}
    return {word for link, word in pairwise(cues.words(before)) if link in new and word not in said} - hollow


def content(text: str, keep: Sequence[str] = ()) -> list[str]:
    """The words that carry the subject; of the hollow ones only those of the lists in `keep` ("price", "hours")."""
    kept = set(cues.without(text, "hollow"))
    bare = [word for word in cues.words(text) if word in kept or any(word in cues.entries(name) for name in keep)]
    return bare or cues.without(text, "hollow")


def _earlier(question: Question) -> list[str]:
    """What a follow-up may lean on, nearest first: the quoted message, then the person's own earlier questions."""
    own = [line.text for line in reversed(question.history) if line.role is Role.USER]
    past = [without_greeting(text)[:MAX_LINE] for text in own if text.strip() and smalltalk(text) is None]
    quoted = [question.quoted[:MAX_LINE]] if question.quoted and question.quoted.strip() else []
    return quoted + past[:LOOK_BACK]


def _pieces(lines: Iterable[str], *, cut: bool) -> list[str]:
    """Messages cut after each question mark and line break, without greetings, thanks and words for the machine."""
    heard = (without_aims(line) if is_aimed_at_machine(line) else line for line in lines)
    wholes = (whole for line in heard for whole in _PIECE.split(line[:MAX_LINE]))
    pieces = (piece.strip() for whole in wholes for piece in (parted(whole) if cut else [whole]))
    return [without_greeting(piece) for piece in pieces if cues.words(piece) and smalltalk(piece) is None]


def _is_open(piece: str, pending: str, following: str | None) -> bool:
    """Does the question go on in the next bubble?"""
    if following is None:
        return not _is_question(pending)
    if _ASKED.search(piece):
        return False
    if not content(following):
        return True
    if cues.has(following, "ask") and cues.has(pending, "time") and len(content(pending)) > 1:
        return False
    if not _is_question(pending) or not content(pending):
        return True
    return not _STATED.search(piece) and _is_afterthought(following) and not _stands_alone(following)


def _is_preface(piece: str, following: str) -> bool:
    """A whole statement before a question that needs nothing of it ("I want to order coffee." / "Do you deliver?")."""
    if not _STATED.search(piece) or _is_question(piece) or not _is_question(following):
        return False
    return not (cues.starts_with(following, "open") or cues.has(following, "point")) and len(content(following)) > 1


def _is_question(text: str) -> bool:
    return bool(_ASKED.search(text)) or cues.has(text, "ask") or cues.has(text, "amount")


def _stands_alone(piece: str) -> bool:
    return cues.has(piece, "ask") or cues.has(piece, "time") or cues.has(piece, "amount")


def _is_complete(own: str) -> bool:
    """One subject and what to know of it is enough: "jam buka?", "ada COD?", "price of Gayo?"."""
    return bool(content(own)) and _stands_alone(own)


def _is_afterthought(rest: str) -> bool:
    return is_short(rest) and not cues.has(rest, "ask")
