"""Jepsen in small: what was said, what the phones show, what the books say, and what must hold between them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from balas.simulator.messages import lid_of
from balas.simulator.phones import Phones

FINAL = frozenset({"answered", "ignored", "dead"})
WORD = re.compile(r"kata[0-9]+x")


@dataclass
class History:
    """Every message a driver sent: its chat, its unique word, in the order of each chat."""

    said: list[tuple[str, str]] = field(default_factory=list)  # (chat, word)

    def say(self, chat: str) -> str:
        word = f"kata{len(self.said):05d}x"
        self.said.append((chat, word))
        return word


@dataclass(frozen=True)
class Times:
    """By word, on one clock: when its message was on disk at the latest, when its turn was begun at the earliest."""

    on_disk: dict[str, float]
    begun: dict[str, float]

    def is_late(self, word: str, newer: str) -> bool:
        """The message could not be seen yet when the answer to a newer one was begun: WAHA brought it late, or its
        commit took long. Nobody can turn that round."""
        return word in self.on_disk and newer in self.begun and self.on_disk[word] > self.begun[newer]


@dataclass
class Finding:
    lost: list[str] = field(default_factory=list)  # accepted, and in no final state
    unanswered: list[str] = field(default_factory=list)  # the books say answered, the phone shows nothing
    doubled: list[str] = field(default_factory=list)
    out_of_order: list[str] = field(default_factory=list)
    leaked: list[str] = field(default_factory=list)  # a word in a chat that never said it
    unbalanced: list[str] = field(default_factory=list)
    late: list[str] = field(default_factory=list)  # no fault: see `Times.is_late`

    @property
    def is_clean(self) -> bool:
        return not any(items for name, items in vars(self).items() if name != "late")

    def __str__(self) -> str:
        return (
            ", ".join(f"{name}: {items}" for name, items in vars(self).items() if items and name != "late") or "clean"
        )


def shown_words(phones: Phones, chat: str) -> list[str]:
    """The words of the business's bubbles in this chat, in order; a person may have two addresses."""
    addresses = {chat, lid_of(chat)}
    bubbles = [message for message in phones.shown() if message.from_me and message.chat_id in addresses]
    return [word for message in bubbles for word in WORD.findall(message.text)]


def _turned_round(said: list[str], shown: list[str]) -> Iterator[tuple[str, str]]:
    """Pairs that are shown the other way round than they were said: the newer word, and the older one behind it."""
    place = {word: at for at, word in enumerate(said)}
    for at, word in enumerate(shown):
        yield from ((newer, word) for newer in shown[:at] if place[newer] > place[word])


def check(
    history: History,
    phones: Phones,
    states: dict[str, str],
    books: Iterable[dict[str, int]],
    times: Times | None = None,
) -> Finding:
    """`states`: final state by word, as the product stores it; `books`: every reading taken while it ran.

    Without `times` nothing counts as late.
    """
    finding = Finding()
    by_chat: dict[str, list[str]] = defaultdict(list)
    for chat, word in history.said:
        by_chat[chat].append(word)
        state = states.get(word)
        if state not in FINAL:
            finding.lost.append(f"{word} ({state})")
    for chat, words in by_chat.items():
        shown = shown_words(phones, chat)
        finding.leaked += [f"{word} in {chat}" for word in shown if word not in words]
        finding.doubled += sorted({word for word in shown if shown.count(word) > 1})
        finding.unanswered += [word for word in words if states.get(word) == "answered" and word not in shown]
        for newer, word in _turned_round(words, [word for word in dict.fromkeys(shown) if word in words]):
            late = times is not None and times.is_late(word, newer)
            (finding.late if late else finding.out_of_order).append(f"{word} after {newer} in {chat}")
    for book in books:
        if book["received"] != book["answered"] + book["ignored"] + book["dead"] + book["open"]:
            finding.unbalanced.append(str(book))
    return finding
