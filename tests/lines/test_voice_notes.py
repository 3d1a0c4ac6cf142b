"""Voice notes: listened to once, answered like written words, and never a reason for silence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select

from balas.database.session import reading
from balas.models import Message
from balas.simulator.messages import Attached, PhoneFile
from tests.fakes.openai_server import Behaviour, Call, FakeOpenAI, Hears, Reply, Status
from tests.lines.system import ALICE, BOB, System, started, wait_until

OGG = b"OggS" + bytes(2000)
NOTE = PhoneFile("audio/ogg; codecs=opus", OGG, voice=True)
VOICE = Attached(NOTE)
WRITE_IT = "Bisa ditulis pertanyaannya?"  # in the language of the documents


@contextmanager
def hearing(data_dir: Path, engine: str = "NOWEB", **more: str) -> Iterator[tuple[System, FakeOpenAI]]:
    with FakeOpenAI() as fake:
        settings = {"OPENAI_BASE_URL": fake.url, "OPENAI_TRANSCRIPTION_MODEL": "ears", "BALAS_ANSWERS": "extractive"}
        with started(data_dir, engine, **settings | more) as system:
            yield system, fake


@pytest.mark.parametrize("engine", ["NOWEB", "WEBJS", "GOWS"])
def test_what_is_said_is_answered_and_shown(data_dir: Path, engine: str) -> None:
    with hearing(data_dir, engine) as (system, fake):
        fake.heard = Hears("Berapa ongkos kirim ke Jakarta?")
        system.says(ALICE, "", attached=VOICE)
        (reply,) = system.wait_for_replies(ALICE)
        assert reply.startswith("🎤 “Berapa ongkos kirim ke Jakarta?”\n\n")
        assert "12.000" in reply
        (call,) = fake.transcriptions
        assert call.body == {"model": "ears", "file": ("voice.ogg", OGG)}
        assert messages(system)[0] == "Berapa ongkos kirim ke Jakarta?"


def test_a_note_among_written_words_is_part_of_their_turn(data_dir: Path) -> None:
    with hearing(data_dir, BALAS_BURST_SECONDS="1") as (system, fake):
        fake.heard = Hears("ongkos kirim ke Jakarta")
        system.says(ALICE, "Halo")
        system.says(ALICE, "berapa")
        system.says(ALICE, "", attached=VOICE)
        (reply,) = system.wait_for_replies(ALICE)
        assert "12.000" in reply
        books = system.wait_until_settled()
        assert (books["answered"], len(system.replies(ALICE))) == (3, 1)


def test_a_short_note_is_heard_in_the_language_of_its_chat(data_dir: Path) -> None:
    with hearing(data_dir) as (system, fake):
        system.says(ALICE, "Jam berapa toko buka hari Senin?")
        system.wait_for_replies(ALICE)
        fake.heard = Hears("Hari Minggu?")
        system.says(ALICE, "", attached=VOICE)
        system.wait_for_replies(ALICE, 2)
        system.says(ALICE, "", attached=Attached(PhoneFile("audio/ogg", OGG + bytes(60_000))))
        system.wait_for_replies(ALICE, 3)
        assert [call.body.get("language") for call in fake.transcriptions] == ["id", None]


@pytest.mark.parametrize(
    ("heard", "media", "calls"),
    [
        (Hears(""), NOTE, 1),  # silence
        (Status(400), NOTE, 1),  # no sound that it can read
        (Status(404), NOTE, 1),  # no such model
        (Status(503, {"Retry-After": "0.1"}), NOTE, 3),
        (Hears("Jam buka?"), PhoneFile("audio/ogg", OGG, voice=True, downloaded=False), 0),
    ],
)
def test_a_note_that_cannot_be_heard_is_asked_for_in_writing(
    data_dir: Path, heard: Behaviour, media: PhoneFile, calls: int
) -> None:
    with hearing(data_dir) as (system, fake):
        fake.heard = heard
        system.says(ALICE, "", attached=Attached(media))
        (reply,) = system.wait_for_replies(ALICE, seconds=30)
        assert WRITE_IT in reply
        assert len(fake.transcriptions) == calls
        assert system.wait_until_settled()["answered"] == 1


def test_without_the_setting_nobody_listens(data_dir: Path) -> None:
    with started(data_dir) as system:
        system.says(ALICE, "", attached=VOICE)
        (reply,) = system.wait_for_replies(ALICE)
        assert WRITE_IT in reply


def test_a_turn_that_is_tried_again_pays_for_a_note_once(data_dir: Path) -> None:
    with hearing(data_dir, BALAS_ANSWERS="model") as (system, fake):
        fake.heard = Hears("Jam berapa toko buka hari Senin?")
        fake.script(Status(503, {"Retry-After": "6"}))
        system.says(ALICE, "", attached=VOICE)
        system.wait_for_replies(ALICE, seconds=40)
        assert len(fake.answers) > 1
        assert len(fake.transcriptions) == 1


def test_calls_are_capped_for_each_person(data_dir: Path) -> None:
    with hearing(data_dir, BALAS_MODEL_CALLS_PER_USER_PER_DAY="1") as (system, fake):
        fake.heard = Hears("Jam berapa toko buka hari Senin?")
        system.says(ALICE, "", attached=VOICE)
        system.wait_for_replies(ALICE)
        system.says(ALICE, "", attached=VOICE)
        system.says(BOB, "", attached=VOICE)
        system.wait_for_replies(BOB)
        system.wait_until_settled()
        assert len(fake.transcriptions) == 2


def test_nothing_is_written_down_of_what_was_taken_back_meanwhile(data_dir: Path) -> None:
    with hearing(data_dir) as (system, fake):

        def slowly(call: Call) -> Reply:
            system.phones.revokes(ALICE, "3AVOICE")
            wait_until(lambda: True if messages(system) == [""] and system.books()["open"] == 0 else None)
            return Hears("Rahasia saya")(call)

        fake.heard = slowly
        system.says(ALICE, "", attached=VOICE, bare_id="3AVOICE")
        wait_until(lambda: fake.transcriptions or None)
        assert system.wait_until_settled()["dead"] == 0
        assert system.replies(ALICE) == []
        assert messages(system) == [""]


def messages(system: System) -> list[str]:
    """What the archive holds of the one chat, oldest first."""
    with reading(system.runtime.database) as session:
        return list(session.scalars(select(Message.text).order_by(Message.id)))
