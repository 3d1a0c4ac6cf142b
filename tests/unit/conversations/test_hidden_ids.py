"""One person, whether WhatsApp shows the number, hides it, or shows it later."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from balas.conversations import chats, endings, handoff, outbox, turns
from balas.database.engine import Database
from balas.database.session import transaction
from balas.models import Conversation, Message, OutboxMessage, OutboxState, Turn, TurnState, User
from balas.values import InboundMessage
from tests.unit.conversations.writing import NOON, join, later, message, receive

LID = "777000111000111@lid"
PHONE = "12025550177"
NUMBER = f"{PHONE}@c.us"


def hidden(bare_id: str, phone: str | None = None, **fields: object) -> InboundMessage:
    return message(f"kata {bare_id}", bare_id, LID, phone=phone, **fields)


def people(session: Session) -> list[tuple[str, str | None, str | None]]:
    session.expire_all()
    return [(user.user_key, user.phone, user.lid) for user in session.scalars(select(User).order_by(User.id))]


def chats_of(session: Session) -> list[tuple[str, str]]:
    session.expire_all()
    found = session.scalars(select(Conversation).order_by(Conversation.id))
    return [(chat.waha_session, chat.chat_key) for chat in found]


def said(session: Session) -> set[int]:
    return set(session.scalars(select(Message.conversation_id)))


def over(session: Session, turn: Turn) -> None:
    endings.finish(session, turn.id, TurnState.CANCELLED, later(1))


@pytest.mark.parametrize("told", [("", PHONE, ""), (PHONE, "", ""), ("", "", PHONE)])
def test_the_number_is_told_sooner_or_later(database: Database, told: tuple[str, ...]) -> None:
    for place, phone in enumerate(told):
        with transaction(database) as session:
            join(session, hidden(f"A{place}", phone or None), now=later(60 * place))
    with transaction(database) as session:
        assert people(session) == [(NUMBER, PHONE, LID)]
        assert chats_of(session) == [("default", NUMBER)]
        assert len(said(session)) == 1


def test_two_histories_become_one_once_the_hidden_one_is_at_rest(database: Database) -> None:
    with transaction(database) as session:
        join(session, message("halo", "A1", NUMBER))
        turn, _ = join(session, hidden("A2"))
        join(session, hidden("A3", PHONE))
        assert chats_of(session) == [("default", NUMBER), ("default", LID)]  # a turn of it is open
        over(session, turn)
        join(session, hidden("A4", PHONE))
        assert chats_of(session) == [("default", NUMBER)]
        assert people(session) == [(NUMBER, PHONE, LID)]
        assert len(said(session)) == 1
        assert len(session.scalars(select(Message.id)).all()) == 4


def test_somebody_known_at_another_number_of_ours_stays_one_person(database: Database) -> None:
    with transaction(database) as session:
        receive(session, message("halo", "A1", NUMBER))
        chats.open_conversation(session, "second", message("halo", "A1", NUMBER), NOON)
        join(session, hidden("A2"))
        join(session, hidden("A3", PHONE))
        assert people(session) == [(NUMBER, PHONE, LID)]
        assert sorted(chats_of(session)) == [("default", NUMBER), ("second", NUMBER)]


def test_the_hidden_id_of_somebody_known_at_another_number_of_ours_is_kept(database: Database) -> None:
    with transaction(database) as session:
        chats.open_conversation(session, "second", message("halo", "A1", NUMBER), NOON)
        join(session, hidden("A2", PHONE))
        join(session, hidden("A3"))
        assert people(session) == [(NUMBER, PHONE, LID)]
        assert sorted(chats_of(session)) == [("default", NUMBER), ("second", NUMBER)]


def test_two_people_with_hidden_ids_stay_two(database: Database) -> None:
    with transaction(database) as session:
        join(session, hidden("A1", PHONE))
        _, other = join(session, message("halo", "B1", "888000111000111@lid", phone=None))
        assert len(people(session)) == 2
        assert other.chat_key == "888000111000111@lid"


def test_an_echo_under_the_hidden_id_is_no_operator(database: Database) -> None:
    with transaction(database) as session:
        turn, chat = join(session, hidden("A1", PHONE))
        work = turns.claim_work(session, turn.id, later(1))
        assert isinstance(work, turns.Work)
        session.get_one(Turn, turn.id).state = TurnState.SENDING
        outbox.enqueue(session, chat.id, "default", LID, ["Buka jam 8."], "turn:1", later(2), turn_id=turn.id)
        bubble = session.scalars(select(OutboxMessage)).one()
        bubble.state = OutboxState.SENDING  # by an engine that gives no ids before
        session.flush()
        echo = message("Buka jam 8.", "OUT1", LID, phone=None, from_me=True)
        row = receive(session, echo)
        origin, found = handoff.origin_of(session, row, echo)  # type: ignore[arg-type]
        assert origin is handoff.Origin.ECHO
        assert found is not None
        assert found.id == bubble.id
