"""The caps on model calls and on cost hold under a flood and survive a restart: in the database, before the call."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from sqlalchemy import select

from balas.database.session import reading
from balas.models import ModelSpend
from tests.fakes.openai_server import Call, FakeOpenAI, Quotes, Reply
from tests.lines.system import started, wait_until

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
