"""Two addresses are one chat only where they are one, whatever they share: ten thousand pairs that look alike."""

from __future__ import annotations

import random
import string
from collections.abc import Iterable

from sqlalchemy import func, select

from balas.conversations import chats
from balas.conversations.hidden_ids import chat_key
from balas.database.engine import Database
from balas.database.insertions import insert_once
from balas.database.session import reading, transaction
from balas.errors import UnusableEvent
from balas.models import Conversation, User
from balas.values import InboundMessage
from balas.waha.events import parse_event
from tests.unit.conversations.writing import NOON
from tests.waha_events import envelope, noweb, to_bytes

PAIRS, LOOKED_UP = 10_000, 500
LETTERS = string.ascii_letters + string.digits + "._-"
SERVERS = ("c.us", "lid", "s.whatsapp.net")
Key = tuple[str, str]  # of a session, and of a chat within it


def address(dice: random.Random) -> str:
    user = "".join(dice.choices(string.digits if dice.random() < 0.7 else LETTERS, k=dice.randint(1, 20)))
    return f"{user}@{dice.choice(SERVERS)}"


def alike(dice: random.Random, session: str, chat: str) -> Key:
    """Nearly the same: another case, a beginning, an end, a wildcard, a blank, another server, another session."""
    user, _, server = chat.partition("@")
    at = dice.randrange(len(user))
    others = (
        (session, f"{user.swapcase()}@{server}"),
        (session, f"{user[:at] or user}@{server}"),
        (session, f"{user}{dice.choice(LETTERS)}@{server}"),
        (session, f"{user[:at]}_{user[at + 1 :]}@{server}"),
        (session, f"{user[:at]}%@{server}"),
        (session, f"{user}:{dice.randint(0, 99)}@{server}"),
        (session, f"{user}@{dice.choice(SERVERS)}"),
        (session, chat + dice.choice(" \t\n\0")),
        (session, f"{user} @{server}"),
        (f"{session}{dice.choice('xX_')}", chat),
        (session.swapcase(), chat),
    )
    return dice.choice(others)


def person(session: str, chat: str) -> Key | None:
    """Who that is, by WhatsApp's own rules; None: nobody's address."""
    user, _, server = chat.partition("@")
    user = user.partition(":")[0]
    if server not in SERVERS or not user or set(user) - set(LETTERS):
        return None
    return (session, f"{user}@{server.replace('s.whatsapp.net', 'c.us')}")


def heard(session: str, chat: str) -> InboundMessage | None:
    """As it would come in."""
    told = envelope("message", 1, {**noweb(1, "x", chat="12025550101@c.us"), "from": chat}) | {"session": session}
    try:
        content = parse_event(to_bytes(told)).content
    except UnusableEvent:
        return None
    assert isinstance(content, InboundMessage)
    return content


def pairs() -> Iterable[tuple[Key, Key]]:
    dice = random.Random(12)
    for _ in range(PAIRS):
        first = (dice.choice(("default", "Shop_2", "a")), address(dice))
        yield first, alike(dice, *first)


def test_ten_thousand_pairs_that_look_alike(database: Database) -> None:
    looking = list(pairs())
    keys: dict[Key, Key | None] = {}
    for one in {key for pair in looking for key in pair}:
        message = heard(*one)
        keys[one] = None if message is None else (one[0], chat_key(message))
    assert all((keys[one] == keys[other]) == (person(*one) == person(*other)) for one, other in looking)
    known = sorted({key for key in keys.values() if key})
    assert len(known) > PAIRS
    with transaction(database) as session:
        insert_once(session, User, [{"user_key": "1@c.us", "created_at": NOON}])
        user_id = session.scalars(select(User.id)).one()
        given = {"user_id": user_id, "created_at": NOON, "last_message_at": NOON}
        rows = [{"waha_session": name, "chat_key": chat, "chat_id": chat, **given} for name, chat in known]
        insert_once(session, Conversation, rows)
    with reading(database) as session:
        assert session.scalars(select(func.count()).select_from(Conversation)).one() == len(known)
        ids = {(row.waha_session, row.chat_key): row.id for row in session.scalars(select(Conversation))}
    with transaction(database) as session:
        for name, chat in [key for pair in looking[:LOOKED_UP] for key in pair]:
            message = heard(name, chat)
            if message is not None:
                found = chats.open_conversation(session, name, message, NOON)
                assert found.id == ids[(name, chat_key(message))]
