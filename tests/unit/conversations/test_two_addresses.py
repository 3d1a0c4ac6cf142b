"""One person's letters keep their order, whichever of their two addresses each came under."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from balas.conversations import chats, endings, handoff, inbox, loops, turns
from balas.conversations.turns import Overtaken, Work
from balas.database.engine import Database
from balas.database.session import transaction
from balas.models import Conversation, Turn, TurnState
from balas.values import InboundMessage
from tests.unit.conversations.writing import join, later, letter, message

LID = "777000111000111@lid"
PHONE = "12025550177"
NUMBER = f"{PHONE}@c.us"


@dataclass(frozen=True)
class Told:
    """A message's address, and the number if it tells it beside its hidden id."""

    chat_id: str
    phone: str | None = None

    def message(self, bare_id: str, seconds: float) -> InboundMessage:
        return message(f"kata {bare_id}", bare_id, self.chat_id, phone=self.phone, sent_at=later(seconds))


SHOWN = Told(NUMBER, PHONE)
HIDDEN = Told(LID)
BOTH = Told(LID, PHONE)
OTHERS = [Told("888000111000111@lid"), Told("12025550178@c.us", "12025550178")]


def know(session: Session) -> None:
    """They wrote once with both, long ago."""
    chats.open_conversation(session, "default", BOTH.message("LONG-AGO", -9_000), later(-9_000))


def store(session: Session, *messages: InboundMessage, waha_session: str = "default") -> list[int]:
    rows = [letter(one, later(10), waha_session=waha_session) for one in messages]
    return [stored.row_id for stored in inbox.store(session, rows)]


def take_earlier(session: Session, row_id: int) -> list[int]:
    row = inbox.take(session, row_id)
    assert row is not None
    return [earlier.id for earlier in inbox.take_earlier(session, row)]


@pytest.mark.parametrize(
    ("known", "first", "second"),
    [
        (False, BOTH, SHOWN),
        (False, SHOWN, BOTH),
        (False, BOTH, HIDDEN),
        (False, HIDDEN, BOTH),
        (True, HIDDEN, SHOWN),
        (True, SHOWN, HIDDEN),
        (True, BOTH, SHOWN),
    ],
)
def test_what_the_same_person_wrote_before_is_taken_first(
    database: Database, known: bool, first: Told, second: Told
) -> None:
    with transaction(database) as session:
        if known:
            know(session)
        other = [one.message(f"O{place}", 0) for place, one in enumerate(OTHERS)]
        lost, *_, mine = store(session, first.message("A1", 0), *other, second.message("A2", 1))
    with transaction(database) as session:
        assert take_earlier(session, mine) == [lost]


@pytest.mark.parametrize(
    ("first", "second"), [(HIDDEN, SHOWN), (SHOWN, HIDDEN), (BOTH, SHOWN), (SHOWN, BOTH), (BOTH, HIDDEN)]
)
def test_what_the_same_person_wrote_before_comes_before_the_turn(database: Database, first: Told, second: Told) -> None:
    """Repeated by WAHA, on disk with a higher id, and its doorbell lost."""
    with transaction(database) as session:
        know(session)
        turn, _ = join(session, second.message("A2", -1))
        newer = [first.message("A3", 0), *(one.message(f"O{place}", -5) for place, one in enumerate(OTHERS))]
        store(session, *newer)
        assert turns.claim_work(session, turn.id, later(-60)) is None, "newer ones and other people's make nobody wait"
        store(session, first.message("A0", -2), waha_session="second")
        assert turns.claim_work(session, turn.id, later(-60)) is None, "nor does what was said to another number"
        (lost,) = store(session, first.message("A1", -2))
        assert turns.claim_work(session, turn.id, later(600)) == Overtaken(lost)
        inbox.take(session, lost)
        assert isinstance(turns.claim_work(session, turn.id, later(600)), Work)


def test_a_turn_under_the_hidden_id_comes_before_one_under_the_number(database: Database) -> None:
    """Two conversations for as long as the hidden one has an open turn: nobody knew that they are one person."""
    with transaction(database) as session:
        join(session, SHOWN.message("A0", -9_000), now=later(-9_000))
        (known,) = session.scalars(select(Turn)).all()
        endings.finish(session, known.id, TurnState.ANSWERED, later(-8_000))
        hidden, _ = join(session, HIDDEN.message("A1", 0))
        shown, chat = join(session, BOTH.message("A2", 1))
        assert chat.id != hidden.conversation_id
        other, _ = join(session, OTHERS[1].message("O1", 1))
        assert turns.claim_work(session, shown.id, later(60)) is None
        assert isinstance(turns.claim_work(session, other.id, later(60)), Work)
        assert isinstance(turns.claim_work(session, hidden.id, later(60)), Work)
        assert turns.claim_work(session, shown.id, later(61)) is None, "it is being answered"
        endings.finish(session, hidden.id, TurnState.ANSWERED, later(62))
        assert isinstance(turns.claim_work(session, shown.id, later(63)), Work)


def test_a_letter_that_tells_both_leads_to_those_that_tell_one(database: Database) -> None:
    """Nobody has looked at any of them: only the letter itself says that the two are one person."""
    with transaction(database) as session:
        *lost, mine = store(session, HIDDEN.message("A1", 0), BOTH.message("A2", 1), SHOWN.message("A3", 2))
    with transaction(database) as session:
        assert take_earlier(session, mine) == lost


def test_what_was_said_to_another_number_of_ours_is_not_taken(database: Database) -> None:
    with transaction(database) as session:
        know(session)
        store(session, HIDDEN.message("A1", 0), BOTH.message("A2", 0), waha_session="second")
        (mine,) = store(session, SHOWN.message("A3", 1))
    with transaction(database) as session:
        assert take_earlier(session, mine) == []


def test_a_turn_under_the_hidden_id_waits_for_an_older_one_under_the_number(database: Database) -> None:
    with transaction(database) as session:
        first, _ = join(session, SHOWN.message("A0", -9_000), now=later(-9_000))
        endings.finish(session, first.id, TurnState.ANSWERED, later(-8_000))
        shown, _ = join(session, SHOWN.message("A1", 0))
        hidden, _ = join(session, HIDDEN.message("A2", 1))
        chats.open_conversation(session, "default", BOTH.message("A3", 2), later(2))  # now they are known to be one
        assert turns.claim_work(session, hidden.id, later(60)) is None
        assert isinstance(turns.claim_work(session, shown.id, later(60)), Work)


def test_what_was_given_back_under_the_hidden_id_is_given_back(database: Database) -> None:
    with transaction(database) as session:
        first, _ = join(session, SHOWN.message("A0", -9_000), now=later(-9_000))
        endings.finish(session, first.id, TurnState.ANSWERED, later(-8_000))
        hidden, chat = join(session, HIDDEN.message("A1", 0))
        endings.finish(session, hidden.id, TurnState.CANCELLED, later(1), "loop")
        handoff.await_person(session, chat.id, loops.ECHO, later(1))
        assert handoff.person_came(session, chat.id, later(5))
        session.expire_all()
        chats.open_conversation(session, "default", BOTH.message("A2", 6), later(6))
        session.expire_all()
        assert session.scalars(select(Conversation.given_back_at)).all() == [later(5)]
