"""What the operator is told of the model: that it refuses, and what it costs."""

from __future__ import annotations

import time
from pathlib import Path

from sqlalchemy import select

from balas.cli.opening import open_library
from balas.database.session import reading
from balas.models import Turn, TurnState
from balas.rag.breaker import FAILURES, PAUSE_SECONDS
from balas.runtime import Runtime
from tests.chaos.storm import index_document, model, model_settings
from tests.fakes.openai_server import Status
from tests.lines.system import started, wait_until

ALICE = "12025550101@c.us"


def test_a_model_that_lists_its_models_and_refuses_to_answer_makes_us_unwell(tmp_path: Path) -> None:
    with model() as fake, started(tmp_path, **model_settings(fake)) as system:
        index_document(system.client)
        assert system.client.get("/health").json()["dependencies"]["model"]["status"] == "healthy"
        says, fake.default = fake.default, Status(401)
        system.says(ALICE, "Jam buka? kata00001x")
        told = wait_until(lambda: unwell(system.client.get("/health").json()), 20)
        assert "OPENAI_API_KEY" in told
        fake.default = says


def test_embeddings_that_are_refused_lose_no_message_and_no_document(tmp_path: Path) -> None:
    """An unpaid bill: who wrote meanwhile is answered once it is paid, and nothing is to be restarted."""
    with model() as fake, started(tmp_path, **model_settings(fake) | {"BALAS_EMBEDDINGS": "openai"}) as system:
        embeds, fake.embeddings = fake.embeddings, Status(402)
        system.runtime.started.clear()
        with open_library(system.runtime):
            system.says(ALICE, "Jam buka? kata00001x")
            wait_until(lambda: unwell(system.client.get("/health").json()), 20)
            given = system.client.post("/api/documents", json={"title": "Jam buka", "text": "Toko buka pukul 08.00."})
            document = f"/api/documents/{given.json()['id']}"
            wait_until(lambda: system.client.get(document).json()["error"], 20)
            assert system.client.get("/readyz").status_code == 503
            assert system.client.get("/api/books").json()["dead"] == 0
            fake.embeddings = embeds
            wait_until(lambda: system.client.get("/readyz").status_code == 200 or None, 20)
        assert len(system.wait_for_replies(ALICE, seconds=30)) == 1
        assert system.client.get(document).json()["status"] != "failed"


def test_a_turn_is_nobodys_while_what_it_needs_is_loaded(tmp_path: Path) -> None:
    """Another process may take it meanwhile, and a kill costs it no attempt."""
    with model() as fake, started(tmp_path, **model_settings(fake)) as system:
        index_document(system.client)
        system.runtime.warmed_up.clear()
        system.says(ALICE, "Jam buka? kata00001x")
        wait_until(lambda: rung(system.runtime), 20)
        time.sleep(3.0)
        with reading(system.runtime.database) as session:
            assert session.execute(select(Turn.state, Turn.attempts)).one() == (TurnState.GATHERING, 0)
        system.runtime.warmed_up.set()
        assert len(system.wait_for_replies(ALICE, seconds=30)) == 1


def rung(runtime: Runtime) -> bool | None:
    with reading(runtime.database) as session:
        return True if session.scalars(select(Turn.id)).first() is not None else None


def unwell(health: dict[str, object]) -> str | None:
    found = health["dependencies"]["model"]  # type: ignore[index]
    return f"{found['detail']}" if health["status"] == "degraded" and found["status"] == "unhealthy" else None


def test_turns_tokens_and_time_are_counted(tmp_path: Path) -> None:
    with model() as fake, started(tmp_path, BALAS_MODEL_PRICE_INPUT="1", **model_settings(fake)) as system:
        index_document(system.client)
        system.says(ALICE, "Jam buka? kata00001x")
        system.wait_until_settled(30)
        told = system.client.get("/metrics").text
    figures = dict(line.rsplit(" ", 1) for line in told.splitlines() if line and not line.startswith("#"))
    assert figures['balas_turns_total{outcome="answered"}'] == "1.0"
    assert figures["balas_answer_seconds_count"] == "1.0"
    assert float(figures['balas_model_tokens_total{kind="prompt"}']) > 0
    assert float(figures['balas_model_tokens_total{kind="completion"}']) > 0
    assert float(figures["balas_model_cost_total"]) > 0


def test_a_model_that_is_back_answers_at_once_who_waited_for_it(tmp_path: Path) -> None:
    """Each was told to wait ten minutes, and the last call finds the model well."""
    waiting = [f"1202555{number:04}@c.us" for number in range(FAILURES)]
    with model() as fake, started(tmp_path, **model_settings(fake)) as system:
        index_document(system.client)
        says, fake.default = fake.default, Status(503, {"Retry-After": "600"})
        for number, chat in enumerate(waiting):
            system.says(chat, f"Jam buka? kata0000{number}x")
        wait_until(lambda: len(fake.chats) == FAILURES or None, 20)
        fake.default = says
        time.sleep(PAUSE_SECONDS)
        system.says(ALICE, "Jam buka? kata00009x")
        for chat in (ALICE, *waiting):
            assert len(system.wait_for_replies(chat, seconds=30)) == 1
