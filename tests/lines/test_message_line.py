"""A message on a phone becomes one answer on that phone, over real HTTP from end to end."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from balas.conversations import inbox
from balas.database.session import reading, transaction
from balas.models import InboxMessage, Message, OutboxMessage, Turn
from balas.rag.talk.phrases import phrase
from balas.simulator.faults import Chance, Faults
from balas.simulator.messages import Attached, PhoneFile
from tests.lines.system import ALICE, BOB, System, started, wait_until
from tests.unit.conversations.writing import letter, message


def test_a_question_is_answered_once_with_its_source(system: System) -> None:
    system.says(ALICE, "Ongkos kirim ke Jakarta berapa?")
    [reply] = system.wait_for_replies(ALICE)
    assert "Rp 12.000" in reply
    assert "Pengiriman" in reply
    books = system.wait_until_settled()
    assert (books["answered"], books["dead"]) == (1, 0)
    time.sleep(0.5)
    assert len(system.replies(ALICE)) == 1


def test_asked_for_the_source_the_passage_is_sent_while_it_is_there(system: System) -> None:
    system.says(ALICE, "Ongkos kirim ke Jakarta berapa?")
    system.wait_for_replies(ALICE)
    system.says(ALICE, "mana sumbernya?")
    passage = system.wait_for_replies(ALICE, 2)[1]
    assert passage.startswith("“")
    assert "Rp 12.000" in passage
    assert "Sumber:" in passage
    for document in system.client.get("/api/documents").json()["items"]:
        system.client.delete(f"/api/documents/{document['id']}")
    system.says(ALICE, "sumbernya?")
    assert system.wait_for_replies(ALICE, 3)[2] == phrase("source_gone", "id")


def test_a_burst_is_answered_as_one(data_dir: Path) -> None:
    with started(data_dir, BALAS_BURST_SECONDS="1.5") as system:
        for bubble in ("halo", "mau tanya", "hari minggu buka?"):
            system.says(ALICE, bubble)
            time.sleep(0.03)
        [reply] = system.wait_for_replies(ALICE)
        assert "Minggu toko tutup" in reply
        system.wait_until_settled()
        assert len(system.replies(ALICE)) == 1
        with reading(system.runtime.database) as session:
            assert len(session.scalars(select(Turn)).all()) == 1


def test_what_is_not_in_the_documents_is_not_answered(system: System) -> None:
    system.says(ALICE, "Apakah kalian menjual ban mobil bekas?")
    [reply] = system.wait_for_replies(ALICE)
    assert "Rp" not in reply
    stats = system.client.get("/api/stats").json()
    assert stats["abstained"] == 1


def test_small_talk_gets_a_human_line(system: System) -> None:
    system.says(ALICE, "terima kasih ya")
    [reply] = system.wait_for_replies(ALICE)
    assert "Rp" not in reply
    assert len(reply) < 200


def test_chats_are_answered_in_their_own_order(system: System) -> None:
    questions = ["jam buka hari Senin?", "ongkos kirim ke Jakarta?", "bisa bayar COD?"]
    for question in questions:
        for chat in (ALICE, BOB):
            system.says(chat, question)
        time.sleep(0.6)
    system.wait_until_settled(30)
    for chat in (ALICE, BOB):
        replies = "\n".join(system.replies(chat))
        assert replies.index("08.00") < replies.index("12.000") < replies.index("COD")


def test_media_without_text_gets_one_polite_line_in_the_language_of_the_documents(system: System) -> None:
    system.says(ALICE, "", attached=Attached(PhoneFile("audio/ogg; codecs=opus", None)))
    [reply] = system.wait_for_replies(ALICE)
    assert reply.startswith("Maaf, saya tidak bisa membaca")
    assert system.wait_until_settled()["answered"] == 1


def test_a_photo_with_a_question_about_it_is_not_answered_from_other_entries(system: System) -> None:
    system.says(ALICE, "", attached=Attached(PhoneFile("image/jpeg", "foto.jpg")))
    system.says(ALICE, "ini masih ada kak?")
    assert system.wait_for_replies(ALICE) == [phrase("picture_unseen", "id")]
    assert system.wait_until_settled()["answered"] == 2


def test_an_operator_on_the_phone_is_recorded_and_not_answered(system: System) -> None:
    system.phones.owner_types(ALICE, "Saya bantu ya, Kak.")
    books = wait_until(lambda: found if (found := system.books())["ignored"] else None)
    assert books["answered"] == 0
    assert wait_until(lambda: roles(system) or None) == ["operator"]
    time.sleep(0.5)
    assert [m.text for m in system.phones.shown(ALICE) if m.from_me] == ["Saya bantu ya, Kak."]


def roles(system: System) -> list[str]:
    with reading(system.runtime.database) as session:
        return list(session.scalars(select(Message.role)))


def test_our_own_echo_is_not_an_operator(system: System) -> None:
    system.says(ALICE, "jam buka?")
    system.wait_for_replies(ALICE)
    system.wait_until_settled()
    wait_until(lambda: True if system.books()["ignored"] == 1 else None)
    assert sorted(roles(system)) == ["assistant", "user"]


def test_delivery_and_reactions_reach_the_archive(system: System) -> None:
    system.says(ALICE, "jam buka?")
    system.wait_for_replies(ALICE)
    bubble = next(m for m in system.phones.shown(ALICE) if m.from_me)
    system.phones.reacts(ALICE, bubble.bare_id, "👍")

    def told() -> dict[str, object] | None:
        items = system.client.get("/api/messages", params={"role": "assistant"}).json()["items"]
        return items[0] if items and items[0]["reaction"] == "👍" and items[0]["ack"] == 3 else None

    assert wait_until(told)


def test_a_message_taken_back_in_time_is_not_answered(data_dir: Path) -> None:
    with started(data_dir, BALAS_BURST_SECONDS="1.5") as system:
        said = system.says(ALICE, "jam buka?")
        wait_until(lambda: True if system.books()["open"] else None)
        system.phones.revokes(ALICE, said.bare_id)
        books = system.wait_until_settled()
        assert (books["answered"], books["ignored"]) == (0, 1)
        assert system.replies(ALICE) == []


def test_an_edit_before_the_answer_is_what_is_answered(data_dir: Path) -> None:
    with started(data_dir, BALAS_BURST_SECONDS="1.5") as system:
        said = system.says(ALICE, "jam buka?")
        wait_until(lambda: True if system.books()["open"] else None)
        system.phones.edits(ALICE, said.bare_id, "ongkos kirim ke Jakarta?")
        [reply] = system.wait_for_replies(ALICE)
        assert "12.000" in reply


def test_too_many_messages_are_told_once(data_dir: Path) -> None:
    with started(data_dir, RATE_LIMIT_MESSAGES_PER_MINUTE="2", BALAS_BURST_SECONDS="0") as system:
        for n in range(6):
            system.says(ALICE, f"pesan nomor {n}")
        books = system.wait_until_settled()
        assert books["received"] - books["ignored"] == 2
        with reading(system.runtime.database) as session:
            keys = session.scalars(select(OutboxMessage.dedupe_key).where(OutboxMessage.turn_id.is_(None))).all()
        assert 1 <= len(keys) <= 2  # two when the minute turned


def test_an_old_message_is_kept_and_can_be_answered_later(system: System) -> None:
    system.says(ALICE, "jam buka?", at=datetime.now(UTC) - timedelta(hours=7))
    books = wait_until(lambda: found if (found := system.books())["ignored"] else None)
    assert books["answered"] == 0
    with reading(system.runtime.database) as session:
        row = session.scalars(select(InboxMessage)).one()
    assert row.reason == "stale"
    time.sleep(0.5)
    assert system.replies(ALICE) == []


@pytest.mark.parametrize("engine", ["GOWS", "WEBJS"])
def test_a_question_is_answered_over_every_engine(data_dir: Path, engine: str) -> None:
    with started(data_dir, engine=engine) as system:
        system.says(ALICE, "jam buka?")
        [reply] = system.wait_for_replies(ALICE)
        assert "08.00" in reply
        assert system.wait_until_settled()["answered"] == 1


def test_retries_pairs_and_twins_are_one_message(system: System) -> None:
    system.simulator.set_faults(Faults(duplicate_webhook=Chance(probability=1.0)))
    system.says(ALICE, "jam buka?")
    system.wait_for_replies(ALICE)
    system.wait_until_settled()
    time.sleep(0.5)
    assert len(system.replies(ALICE)) == 1
    assert system.books()["received"] == 2  # the question and our own echo


def test_a_send_whose_answer_was_lost_is_found_and_not_repeated(system: System) -> None:
    system.simulator.set_faults(Faults(lose_response=Chance(count=1)))
    system.says(ALICE, "jam buka?")
    system.wait_for_replies(ALICE)
    books = system.wait_until_settled(40)
    assert (books["answered"], books["dead"]) == (1, 0)
    assert len(system.replies(ALICE)) == 1


def test_a_letter_whose_doorbell_was_lost_is_answered_before_what_its_writer_wrote_next(data_dir: Path) -> None:
    """WAHA repeats an older message after a newer one; the process dies before anybody hears of it."""
    with started(data_dir, BALAS_BURST_SECONDS="2") as system:
        system.says(ALICE, "jam buka hari Senin?")
        wait_until(lambda: turn_of(system))
        older = message("ongkos kirim ke Jakarta?", "3AOLDER", sent_at=datetime.now(UTC) - timedelta(seconds=5))
        with transaction(system.runtime.database) as session:
            inbox.store(session, [letter(older, datetime.now(UTC))])
        [reply] = system.wait_for_replies(ALICE)
        assert reply.index("12.000") < reply.index("08.00")


def turn_of(system: System) -> int | None:
    with reading(system.runtime.database) as session:
        return session.scalars(select(Turn.id)).first()
