"""The bubble that was just written down goes to the stage that sends it, without another look."""

from __future__ import annotations

from balas.conversations import outbox, outcomes, responses
from balas.database.engine import Database
from balas.database.session import transaction
from tests.unit.conversations.test_fences import REPLY, claimed
from tests.unit.conversations.test_outbox import SENT
from tests.unit.conversations.writing import ALICE, later


def test_a_bubble_is_handed_over_as_it_would_be_looked_up(database: Database) -> None:
    with transaction(database) as session:
        ring = responses.save(session, claimed(session), REPLY, later(2))
    assert ring is not None
    with transaction(database) as session:
        assert ring.parcel == outbox.peek(session, ring.row_id, later(2))
        assert REPLY.text not in repr(ring)


def test_a_bubble_behind_another_is_not_handed_over(database: Database) -> None:
    with transaction(database) as session:
        work = claimed(session)
        outbox.enqueue(session, work.conversation_id, "default", ALICE, ["a notice"], "rate:1", later(1))
        ring = responses.save(session, work, REPLY, later(2))
    assert ring is not None
    assert (ring.row_id, ring.parcel) == (1, None)


def test_what_happened_to_a_bubble_since_it_was_handed_over_counts(database: Database) -> None:
    with transaction(database) as session:
        ring = responses.save(session, claimed(session), REPLY, later(2))
        assert ring is not None
        token = outbox.begin_send(session, ring.parcel, "OUT1", later(3))
        assert outbox.begin_send(session, ring.parcel, "OUT2", later(3)) is None  # another has it
        outcomes.mark_sent(session, ring.row_id, token, SENT, later(4))
        assert outbox.begin_send(session, ring.parcel, "OUT2", later(90)) is None  # and it is on the phone
