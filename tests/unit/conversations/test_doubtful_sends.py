"""What became of a send whose answer was lost: when it is looked for, behind what, and how often."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import cast

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from balas.conversations import chats, inbox, outbox, outcomes, reconcile, responses, turns
from balas.conversations.outbox import Errand
from balas.database.engine import Database
from balas.database.session import transaction
from balas.models import (
    OutboxMessage,
    OutboxState,
    Turn,
)
from balas.ports import Gateway, SentMessage, SessionInfo
from balas.values import InboundMessage
from tests.unit.conversations.test_outbox import SENT, answer, peek
from tests.unit.conversations.writing import ALICE, NOON, join, later, letter, message


def test_a_begun_send_is_looked_into_and_not_before_it_must_be_over(database: Database) -> None:
    with transaction(database) as session:
        _, first = answer(session, ["satu"])
        assert outbox.begin_send(session, peek(session, first, 2), "OUT1", later(2)) is not None
        parcel = peek(session, first, 3)
        assert parcel.errand is Errand.RECONCILE
        assert parcel.canary == "3EB001"
        assert outbox.begin_send(session, parcel, "OUT1", later(30)) is None
        assert outbox.claim_doubtful(session, parcel, later(41)) is None
        assert outbox.claim_doubtful(session, parcel, later(43)) is not None


def writes_on(session: Session, seconds: float, bare_id: str = "3EB002") -> None:
    """A further message, received at that time by the clock of the web process."""
    stored = inbox.store(session, [letter(message("halo?", bare_id), later(seconds))])[0]
    assert inbox.take(session, stored.row_id) is not None


def canary_in_doubt(session: Session, outbox_id: int, seconds: float) -> str | None:
    """What proves that WAHA's store can be read, after a send whose answer was lost."""
    assert outbox.begin_send(session, peek(session, outbox_id, seconds), None, later(seconds)) is not None
    return peek(session, outbox_id, seconds + 60).canary


@dataclass
class Phone:
    """A WAHA whose engine has no ids to give, and what it shows."""

    shown: list[InboundMessage]

    def sessions(self) -> list[SessionInfo]:
        return [SessionInfo("default", "WORKING", "WEBJS", None, True)]

    def recent_messages(self, waha_session: str, chat_id: str) -> list[InboundMessage]:
        return self.shown


@pytest.mark.parametrize("behind", [0, 5, 3_600])
def test_what_was_said_after_a_bubble_does_not_hide_it_whatever_the_clocks_say(database: Database, behind: int) -> None:
    """By the web process's clock the person wrote on before the bubble was written down at noon and 2 s."""
    with transaction(database) as session:
        _, first = answer(session, ["satu"])
        assert outbox.begin_send(session, peek(session, first, 2), None, later(2)) is not None
        writes_on(session, 5 - behind)
        parcel = peek(session, first, 60)
    shown = [message("halo?", "3EB002"), message("satu", "OURS", from_me=True), message(bare_id="3EB001")]
    sighting = reconcile.look(cast(Gateway, Phone(shown)), parcel)
    assert (parcel.canary, sighting.readable) == ("3EB001", True)
    assert reconcile.decide(parcel, sighting, set())[0] is reconcile.Verdict.SENT


def test_the_newest_message_of_a_burst_is_looked_for(database: Database) -> None:
    with transaction(database) as session:
        join(session, message(bare_id="3EB000"), 5.0)
        _, first = answer(session, ["satu"])
        assert session.scalars(select(Turn.id)).all() == [session.get_one(OutboxMessage, first).turn_id]
        assert canary_in_doubt(session, first, 2) == "3EB001"


def test_an_apology_is_looked_for_behind_the_turn_it_is_about(database: Database) -> None:
    with transaction(database) as session:
        turn, _ = join(session, message())
        work = turns.claim_work(session, turn.id, later(1))
        assert isinstance(work, turns.Work)
        ring = responses.give_up(session, work, "refused", later(2))
        assert ring is not None
        writes_on(session, 0.5)
        assert canary_in_doubt(session, ring.row_id, 2) == "3EB001"


def test_a_notice_is_looked_for_behind_the_last_answer_before_it_or_not_sent_again(database: Database) -> None:
    with transaction(database) as session:
        chat = chats.open_conversation(session, "default", message(), NOON)
        outbox.enqueue(session, chat.id, "default", ALICE, ["too fast"], "rate:1:1", later(1))
        ring = outcomes.next_ring(session, chat.id, later(1))
        assert ring is not None
        writes_on(session, 0.5, "3EB000")
        assert canary_in_doubt(session, ring.row_id, 1) is None
        outcomes.mark_sent(session, ring.row_id, None, SENT, later(2))
        _, first = answer(session, ["satu"])
        outbox.enqueue(session, chat.id, "default", ALICE, ["too fast"], "rate:1:2", later(2))
        outcomes.mark_sent(session, first, None, SentMessage("x", "OUT2"), later(3))
        later_turn, _ = join(session, message("halo?", "3EB002"), now=later(0.5))
        outbox.enqueue(session, chat.id, "default", ALICE, ["dua"], "turn:2", later(4), turn_id=later_turn.id)
        assert canary_in_doubt(session, first + 1, 4) == "3EB001"


def test_a_send_that_surely_failed_is_tried_again_later(database: Database) -> None:
    with transaction(database) as session:
        _, first = answer(session, ["satu"])
        parcel = peek(session, first, 2)
        token = outbox.begin_send(session, parcel, "OUT1", later(2))
        ring = outcomes.park(session, parcel, token, OutboxState.QUEUED, "refused", later(3), None, unsent=True)
        assert outbox.peek(session, first, later(3)) is None
        again = later(3) + timedelta(seconds=ring.delay_seconds)
        parcel = outbox.peek(session, first, again)
        assert parcel is not None
        assert (parcel.errand, parcel.sends) == (Errand.SEND, 0), "else it could soon not be sent again once it is lost"


@pytest.mark.parametrize(("looked", "looks"), [(False, 0), (True, 1)])
def test_only_a_search_that_waha_answered_counts(database: Database, looked: bool, looks: int) -> None:
    """WAHA away is no proof that a bubble is not shown."""
    with transaction(database) as session:
        _, first = answer(session, ["satu"])
        outbox.begin_send(session, peek(session, first, 2), "OUT1", later(2))
        parcel = peek(session, first, 60)
        token = outbox.claim_doubtful(session, parcel, later(60))
        outcomes.park(session, parcel, token, OutboxState.SENDING, "no answer", later(60), 1.0, looked=looked)
        assert peek(session, first, 70).looks == looks


def test_what_was_looked_for_before_says_nothing_about_a_further_send(database: Database) -> None:
    with transaction(database) as session:
        _, first = answer(session, ["satu"])
        outbox.begin_send(session, peek(session, first, 2), "OUT1", later(2))
        looked = replace(peek(session, first, 60), looks=1)
        token = outbox.claim_doubtful(session, looked, later(60))
        assert token is not None
        resent = outbox.begin_resend(session, looked, token, later(60))
        assert (resent.sends, resent.looks) == (2, 0)
        outcomes.park(session, resent, token, OutboxState.SENDING, "lost as well", later(61), 2.5)
        parcel = peek(session, first, 70)
        assert (parcel.sends, parcel.looks) == (2, 0), "else a third send would follow after one look"


@pytest.mark.parametrize("seconds", [3600.0, 60.0])
def test_nobody_waits_past_the_deadline_because_waha_says_so(database: Database, seconds: float) -> None:
    with transaction(database) as session:
        _, first = answer(session, ["satu"])
        outbox.begin_send(session, peek(session, first, 2), "OUT1", later(2))
        doubtful = peek(session, first, 60)
        token = outbox.claim_doubtful(session, doubtful, later(60))
        ring = outcomes.park(session, doubtful, token, OutboxState.SENDING, "429", later(60), seconds)
        assert ring.delay_seconds == min(seconds, (doubtful.deadline_at - later(60)).total_seconds())
        due = outbox.peek(session, first, doubtful.deadline_at)
        assert due is not None, "then it is looked for once more, and dead"
        late = doubtful.deadline_at + timedelta(seconds=5)
        token = outbox.claim_doubtful(session, due, late)
        assert outcomes.park(session, due, token, OutboxState.SENDING, "429", late, seconds).delay_seconds == 1.0
