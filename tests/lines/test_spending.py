"""The caps on model calls and on cost hold under a flood and survive a restart: in the database, before the call."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from sqlalchemy import select, update

from balas.database import clock
from balas.database.engine import Database
from balas.database.insertions import insert_once
from balas.database.session import reading, transaction
from balas.models import ModelSpend, Turn, TurnState
from balas.rag.talk.phrases import phrase
from tests.fakes.openai_server import Call, FakeOpenAI, Quotes, Reply
from tests.lines.system import BOB, started, wait_until

CAP = 12


def test_a_flood_costs_the_cap_and_no_call_more_also_after_a_restart(data_dir: Path) -> None:
    with FakeOpenAI(Quotes()) as fake:
        settings = {"OPENAI_BASE_URL": fake.url, "OPENAI_API_KEY": "k" * 20, "BALAS_EMBEDDINGS": "embedded",
                    "BALAS_MODEL_CALLS_PER_DAY": str(CAP)}  # fmt: skip
        for round_number in (0, 1):
            with started(data_dir, **settings) as system:
                for number in range(30):
                    system.says(f"120255{round_number}{number:04d}@c.us", "jam buka hari Senin?")
                wait_until(lambda: True if len(fake.chats) >= CAP else None, 30)
                wait_until(lambda: True if system.books()["answered"] == CAP else None, 30)
                books = system.wait_until_settled(60)
                time.sleep(1.0)
                assert len(fake.chats) == CAP
                refused = 30 * (round_number + 1) - CAP
                assert (books["answered"], books["dead"]) == (CAP, refused), "the others can be retried tomorrow"
                reasons = {letter["reason"] for letter in system.client.get("/api/dead").json()["items"]}
                assert len(reasons) == 1
                assert "cap on model calls" in reasons.pop()


def test_who_comes_after_the_days_cap_is_told_that_tomorrow_is_another_day(data_dir: Path) -> None:
    with FakeOpenAI(Quotes()) as fake:
        settings = {"OPENAI_BASE_URL": fake.url, "OPENAI_API_KEY": "k" * 20, "BALAS_EMBEDDINGS": "embedded",
                    "BALAS_MODEL_CALLS_PER_DAY": "1"}  # fmt: skip
        with started(data_dir, **settings) as system:
            system.says(BOB, "jam buka hari Senin?")
            system.wait_for_replies(BOB)
            system.says(BOB, "ongkos kirim ke Jakarta?")
            assert system.wait_for_replies(BOB, 2)[1] == phrase("apology_day", "id")


def test_a_flood_never_costs_more_than_the_cap_on_cost(data_dir: Path) -> None:
    """A call may write 1,000 tokens for 1.0, and writes 600. Many wait for their answer at once: they are reserved."""

    def writes_much(call: Call) -> Reply:
        answer = json.loads(Quotes()(call).body) | {"usage": {"prompt_tokens": 100, "completion_tokens": 600}}
        return Reply(json.dumps(answer).encode(), wait_seconds=0.5)

    with FakeOpenAI(writes_much) as fake:
        settings = {"OPENAI_BASE_URL": fake.url, "OPENAI_API_KEY": "k" * 20, "BALAS_EMBEDDINGS": "embedded",
                    "BALAS_MODEL_PRICE_OUTPUT": "1000", "BALAS_MODEL_COST_PER_DAY": "5"}  # fmt: skip
        with started(data_dir, **settings) as system:
            for number in range(24):
                system.says(f"1202556{number:04d}@c.us", "jam buka hari Senin?")
            books = system.wait_until_settled(60)
            assert len(fake.chats) == 7, "4.2 are spent, and the rest does not cover another call"
            assert (books["answered"], books["dead"]) == (7, 17)
            reasons = {letter["reason"] for letter in system.client.get("/api/dead").json()["items"]}
            assert {reason.partition(":")[0] for reason in reasons} == {"today's cap on cost is reached"}
            with reading(system.runtime.database) as session:
                cost, reserved = session.execute(
                    select(ModelSpend.cost, ModelSpend.reserved).where(ModelSpend.spender == "*")
                ).one()
            assert (cost, reserved) == (pytest.approx(4.2), pytest.approx(0.0))


def test_what_is_more_than_a_minute_lets_through_waits_and_is_answered_in_the_next(data_dir: Path) -> None:
    people = [f"1202557{number:04d}@c.us" for number in range(9)]
    with FakeOpenAI(Quotes()) as fake:
        settings = {"OPENAI_BASE_URL": fake.url, "OPENAI_API_KEY": "k" * 20, "BALAS_EMBEDDINGS": "embedded",
                    "BALAS_MODEL_CALLS_PER_MINUTE": "5"}  # fmt: skip
        with started(data_dir, **settings) as system:
            database = system.runtime.database
            begin_minute(database, ahead=1)  # which lasts for one or two: this one ends when it likes
            for person in people:
                system.says(person, "jam buka hari Senin?")
            wait_until(lambda: True if system.books()["answered"] == 5 else None, 30)
            system.says(BOB, "Terima kasih ya")
            system.wait_for_replies(BOB)  # asks no model, and is not held up
            wait_until(lambda: True if len(waiting(database)) == 4 else None, 30)
            assert len(fake.chats) == 5
            books = wait_until(lambda: found if (found := system.books())["answered"] == 6 else None)
            assert (books["dead"], books["open"]) == (0, 4)
            (reason,) = set(waiting(database))
            assert "BALAS_MODEL_CALLS_PER_MINUTE" in reason
            assert reason in system.client.get("/health").text
            begin_minute(database, ahead=0)
            books = system.wait_until_settled(30)
            assert (books["answered"], books["dead"], len(fake.chats)) == (10, 0, 9)


def begin_minute(database: Database, ahead: int) -> None:
    """As if the clock had gone on: whose time it is, is tried at once."""
    with transaction(database) as session:
        at = clock.now(session)
        insert_once(session, ModelSpend, [{"day": at.date(), "spender": "*"}])
        minute = int(at.timestamp() // 60) + ahead
        session.execute(update(ModelSpend).values(last_minute=minute if ahead else 0, last_minute_calls=0))
        session.execute(update(Turn).where(Turn.next_attempt_at > at).values(next_attempt_at=at))


def waiting(database: Database) -> list[str]:
    """Why those who wait do so."""
    with reading(database) as session:
        parked = (Turn.state == TurnState.GENERATING, Turn.next_attempt_at > clock.now(session))
        return [str(reason) for reason in session.scalars(select(Turn.reason).where(*parked))]
