"""What a person wants to know: bubbles become questions, and a follow-up gets back what it leaves unsaid."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from balas.rag.completion import Earlier, complete, content, linked
from balas.rag.joined import parted
from balas.rag.quoting import extremes
from balas.rag.talk.smalltalk import is_aimed_at_machine, smalltalk, without_aims, without_courtesy, without_greeting
from balas.rag.talk.source_request import Cited
from balas.rag.words import cues, topics, variants
from balas.rag.words.answer_kinds import wanted_kinds
from balas.rag.words.units import spans
from balas.values import Role, Utterance

MAX_QUESTIONS = 4  # of one turn; what comes after is searched along with the last
MAX_LINE = 2_000  # characters of one message that are searched
SHORT_WORDS = 7  # a follow-up that leans on the question before it is short
SHORT_SIGNS = 14  # the same for scripts without blanks
LOOK_BACK = 4  # messages of the person that a follow-up may lean on

MAX_FRAGMENT = 2  # content words of a follow-up that opens like one; more say what they are about
_TO = "ke"
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
    pictured: bool = False  # a picture or file came along
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
    earlier = _earlier(question, spoken)
    result: list[Asked] = []
    for own in questions(question.lines, cut=cut):
        leaning = _leans_on(own, earlier, spoken)
        search = complete(own, earlier) if leaning else own
        result.append(Asked(own, search, (own,) if search != own else ()))
        earlier = [Earlier(own, leaning), *earlier]
    return result


def _leans_on(own: str, earlier: Sequence[Earlier], spoken: Collection[str]) -> bool:
    return leans(own, has_earlier=bool(earlier), spoken=spoken) and not _is_of_the_business(own, earlier)


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
        if done and _is_afterthought(rest) and not variants.replaced(rest, done[-1]):
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
    return (len(subject) <= 1 and not _is_complete(own)) or variants.is_variant(own) or _asks_of_nothing(own)


def _asks_of_nothing(own: str) -> bool:
    """ "cuánto vale", "quanto tempo demora?", "how many days?": of nothing that is named. A price list is something."""
    if not (cues.has(own, "ask") and {"amount", "duration"} & wanted_kinds(own)):
        return False
    heard = topics.heard(own)
    named = [word for word in extremes.naming(" ".join(heard.rest)) if not spans(word)]
    return not named and all(topic <= {topics.PRICE, topics.SHOP} for topic in heard.topics)


def _known(spoken: Collection[str]) -> Sequence[str | None]:
    """These languages where all are listed, else every one."""
    return tuple(spoken) if spoken and set(spoken) <= set(cues.codes()) else (None,)


def _opens_joined(own: str, spoken: Collection[str]) -> bool:
    """Arabic writes "and" as a part of the word after it."""
    return "ar" in spoken and next(iter(cues.words(own)), "").startswith("و")


def _refers(own: str, spoken: Collection[str]) -> bool:
    """Indonesian and Malay say "its" at the end of a word: "biayanya berapa?", "ongkirnya siapa yang bayar?"."""
    if not {"id", "ms"} & set(spoken) or linked(own).get(_TO):  # "ongkirnya ke Bali" names all there is to know
        return False
    owned = [word for word in cues.words(own) if word.endswith("nya") and word not in _PLAIN_NYA and len(word) > 5]
    return bool(owned) and len([word for word in content(own) if word not in owned]) <= 1


def _is_of_the_business(own: str, earlier: Sequence[Earlier]) -> bool:
    """ "alamatnya di mana?" after "jam buka berapa?" asks where the business is; after "ada cabang di Surabaya?", the
    branch."""
    if not any(topic & _OF_THE_BUSINESS for topic in topics.heard(own).topics):
        return False
    named = (word for word in topics.heard(earlier[0].text).rest if word not in cues.entries("hollow"))
    return not any(word not in cues.entries("ask") and word not in cues.entries("amount") for word in named)


def is_short(own: str) -> bool:
    found = cues.words(own)
    signs = sum(len(word) for word in found if cues.is_unspaced(word))
    return len(found) <= SHORT_WORDS and signs <= SHORT_SIGNS


def _earlier(question: Question, spoken: Collection[str]) -> list[Earlier]:
    """What a follow-up may lean on, nearest first: the quoted message, then the person's own earlier questions."""
    own = [line.text for line in question.history if line.role is Role.USER and line.text.strip()]
    past: list[Earlier] = []
    for text in [without_greeting(text)[:MAX_LINE] for text in own if smalltalk(text) is None][-LOOK_BACK:]:
        past = [Earlier(text, _leans_on(text, past, spoken)), *past]
    quoted = [Earlier(question.quoted[:MAX_LINE])] if question.quoted and question.quoted.strip() else []
    return quoted + past


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
    if variants.replaced(following, pending):  # "gula 500 g berapa" / "sama yang 1 kg?"
        return False
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
