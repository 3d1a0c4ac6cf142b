"""The cap on model calls is exact under a flood and survives a restart: it is kept in the database, before the call."""

from __future__ import annotations

import time
from pathlib import Path

from tests.fakes.openai_server import FakeOpenAI, Quotes
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
