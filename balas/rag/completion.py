"""A follow-up with what it leaves unsaid: the words of the questions before it that it puts no others in place of."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from balas.rag.quoting import extremes
from balas.rag.words import cues, topics, variants
from balas.rag.words.answer_kinds import wanted_kinds

MAX_CARRIED = 8  # words of earlier questions taken along
LONGEST_NAME = 2  # words behind a link that name one thing: "em Boa Viagem"
_ARTICLES = frozenset(
    cues.words(
        "the a an el la los las lo un una o os as um uma le les une der die das den dem ein eine il i gli het een ang"
    )
)
_TO = "al"
# Prepositions written as one with their article.
_CONTRACTED = {
    written: whole
    for whole, spelled in (
        ("em", "no na nos nas"), (_TO, "ao à aos às al au aux"), ("de", "do da dos das del du"),
        ("in", "im ins nel nella"), ("zu", "zum zur"), ("dalam", "dlm"), ("dari", "dr"), ("untuk", "utk"),
    )
    for written in spelled.split()
}  # fmt: skip
_BARE_TO = "a"  # an article as well: it links where the other question has it as one with an article
_AND = "و"  # Arabic writes it as a part of the word after it
_CLAUSE = re.compile(r"[,;.?!؟،。？！]+\s*")


@dataclass(frozen=True, slots=True)
class Earlier:
    """A question of before, as it was written."""

    text: str
    leans: bool = False  # on those before it


def complete(own: str, earlier: Sequence[Earlier]) -> str:
    """`earlier`: nearest first. One that leans itself is carried with what it leans on."""
    missing: list[str] = []
    said = [own]
    other = _of_another_kind(own)
    for before in earlier:
        known = {word for text in said for word in cues.words(text)} | set(missing)
        gone = {word for text in said for word in _replaced(text, before.text)}
        carried = content(before.text, keep=("amount", "time"))
        new = [word for word in carried if word not in known and word not in gone and word not in other]
        missing += new if content(before.text) else []
        said.append(before.text)
        if missing and not before.leans:
            break
    return " ".join([own.rstrip(" ?？؟."), *missing[:MAX_CARRIED]]) if missing else own


def _of_another_kind(own: str) -> frozenset[str]:
    """The words that ask for what a question does not: "alamatnya?" after "jam berapa buka?" wants no hours."""
    about = frozenset().union(*topics.heard(own).topics) - {topics.PRICE, topics.SHOP, topics.DAY}
    kinds = wanted_kinds(own)
    if not about and not kinds:
        return frozenset()
    hours = frozenset() if "hours" in about or "time" in kinds else cues.entries("time")
    days = frozenset() if "hours" in about or kinds else cues.entries("day")
    prices = frozenset() if "amount" in kinds else cues.entries("amount")
    return hours | days | frozenset(word for word in prices if not extremes.naming(word))


def content(text: str, keep: Sequence[str] = ()) -> list[str]:
    """The words that carry the subject; of the hollow ones only those of the lists in `keep` ("price", "hours")."""
    kept = set(cues.without(text, "hollow"))
    bare = [word for word in cues.words(text) if word in kept or any(word in cues.entries(name) for name in keep)]
    return bare or cues.without(text, "hollow")


def _replaced(own: str, before: str) -> set[str]:
    """The words that a question puts others in place of: another day, size or colour, another place behind the same
    word ("to Medan?" after "shipping to Jakarta?"; "berapa lama" takes no place of "berapa ongkir")."""
    days = cues.entries("day")
    has_day = cues.has(own, "day") or any(word.removeprefix(_AND) in days for word in cues.words(own))
    there, here = linked(before), linked(own)
    behind = {word for link in there.keys() & here.keys() - {_BARE_TO} for word in there[link]}
    for one, other in ((_TO, _BARE_TO), (_BARE_TO, _TO)):
        behind |= there.get(one, set()) if other in here else set()
    return (behind - set(cues.words(own))) | variants.replaced(own, before) | (set(days) if has_day else set())


def linked(text: str) -> dict[str, set[str]]:
    """The words behind each word that links."""
    hollow = cues.entries("hollow")
    links = (hollow - _ARTICLES - cues.entries("ask") - cues.entries("amount")) | {_BARE_TO}
    found: dict[str, set[str]] = {}
    for clause in _CLAUSE.split(text):
        words = cues.words(clause)
        for at, word in enumerate(words[:-1]):
            link = _CONTRACTED.get(word, word)
            if link not in links:
                continue
            for follower in words[at + 1 : at + 1 + LONGEST_NAME]:
                if follower in hollow:
                    break
                found.setdefault(link, set()).add(follower)
    return found
