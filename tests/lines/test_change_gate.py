"""A change of documents is weighed by golden questions before anybody is answered from it, over real HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from balas.bootstrap import open_runtime
from balas.cli import golden_files
from balas.conversations import spending
from balas.database.session import reading, transaction
from balas.errors import BudgetSpent, InvalidRequest
from balas.knowledge import regression
from balas.models import DocumentChunk, DocumentPart, GateReport, Vector
from balas.settings import load_settings
from tests.lines.system import ALICE, BOB, System, started
from tests.lines.test_document_line import balas, until_settled

GOOD = "Parkir mobil Rp 5.000 per jam di belakang toko. Parkir motor gratis di depan toko."
BAD = "Parkir motor gratis di depan toko. Mobil harap memakai jalan samping."
BETTER = f"{GOOD} Parkir sepeda juga gratis."


def put(system: System, text: str, title: str = "Parkir") -> dict[str, Any]:
    handed = system.client.post("/api/documents", json={"title": title, "text": text}).raise_for_status().json()
    return until_settled(system, handed["id"])


def golden(system: System, **fields: Any) -> dict[str, Any]:
    answer = system.client.post("/api/golden", json=fields)
    assert answer.status_code == 201, answer.text
    added: dict[str, Any] = answer.json()
    return added


def parking(system: System) -> dict[str, Any]:
    document = put(system, GOOD)
    golden(system, question="Berapa tarif parkir mobil?", document_id=document["id"], expected="Rp 5.000 per jam")
    return document


def acts(system: System) -> list[tuple[str, str, str]]:
    """What operators did to documents, the latest first."""
    items = system.client.get("/api/audit").raise_for_status().json()["items"]
    return [(one["action"].removeprefix("document."), one["who"], one["result"]) for one in items]


def price(system: System) -> str:
    answer = system.client.post("/api/ask", json={"question": "Berapa tarif parkir mobil?"}).raise_for_status().json()
    return str(answer["answer"])


def outcomes(system: System) -> list[tuple[str, str, int]]:
    found = system.client.get("/api/golden/reports").raise_for_status().json()["items"]
    return [(one["cause"], one["outcome"], len(one["falls"])) for one in found]


@pytest.fixture
def holding(data_dir: Path) -> Iterator[System]:
    with started(data_dir, BALAS_CHANGE_GATE="hold") as system:
        yield system


def test_a_worse_version_goes_live_with_a_warning_and_is_brought_back(system: System, data_dir: Path) -> None:
    document = parking(system)
    assert put(system, BETTER)["gate"] is None
    assert outcomes(system) == []

    worse = put(system, BAD)
    assert (worse["live_version"], worse["previous_version"], worse["gate"]["state"]) == (3, 2, "warned")
    fall = worse["gate"]["falls"][0]
    assert fall["question"] == "Berapa tarif parkir mobil?"
    assert "Rp 5.000" in fall["before"]
    assert "Rp 5.000" not in price(system)
    assert outcomes(system) == [("document", "warned", 1)]

    done = balas(data_dir, "rollback", "Parkir", "--json")
    assert json.loads(done.stdout)["live_version"] == 2, done.stderr
    assert "Rp 5.000" in price(system)
    back = system.client.get(f"/api/documents/{document['id']}").json()
    assert (back["gate"], back["previous_version"], back["status"]) == (None, None, "indexed")
    again = system.client.post(f"/api/documents/{document['id']}/rollback")
    assert (again.status_code, balas(data_dir, "rollback", "Parkir").returncode) == (409, 1)
    assert acts(system)[:2] == [("rolled_back", "command", "done"), ("replaced", "api", "done")]
    assert put(system, BETTER)["version"] == back["version"]  # it is what stands there
    assert put(system, GOOD)["live_version"] == 4
    with reading(system.runtime.database) as session:
        versions = set(
            session.scalars(select(DocumentChunk.version).where(DocumentChunk.document_id == document["id"]))
        )
        parts = set(session.scalars(select(DocumentPart.version).where(DocumentPart.document_id == document["id"])))
        hashes = set(session.scalars(select(DocumentChunk.content_hash)))
        assert versions == parts == {2, 4}
        assert set(session.scalars(select(Vector.content_hash))) == hashes


def test_a_worse_version_waits_for_a_person(holding: System) -> None:
    document = parking(holding)
    held = put(holding, BAD)
    assert (held["gate"]["state"], held["live_version"], held["status"]) == ("held", 1, "indexed")
    assert "Rp 5.000" in price(holding)
    assert put(holding, BAD)["gate"]["state"] == "held"

    address = f"/api/documents/{document['id']}"
    assert holding.client.post(f"{address}/discard").status_code == 204
    dropped = holding.client.get(address).json()
    assert (dropped["gate"], dropped["live_version"], dropped["chunks"]) == (None, 1, 1)
    assert holding.client.post(f"{address}/publish").status_code == 409
    with reading(holding.runtime.database) as session:
        assert set(
            session.scalars(select(DocumentChunk.version).where(DocumentChunk.document_id == document["id"]))
        ) == {1}

    assert put(holding, BAD)["gate"]["state"] == "held"
    live = holding.client.post(f"{address}/publish").raise_for_status().json()
    assert (live["gate"]["state"], live["live_version"], live["previous_version"]) == ("warned", 3, 1)
    assert "Rp 5.000" not in price(holding)
    assert [outcome for _, outcome, _ in outcomes(holding)] == ["published", "discarded"]
    assert [action for action, *_ in acts(holding)][:4] == ["published", "replaced", "discarded", "replaced"]


def test_a_deletion_that_hurts_is_refused_until_it_is_forced(holding: System) -> None:
    document = parking(holding)
    other = put(holding, "Musala ada di lantai dua.", "Musala")
    assert holding.client.delete(f"/api/documents/{other['id']}").status_code == 204
    refused = holding.client.delete(f"/api/documents/{document['id']}")
    assert (refused.status_code, "1 golden" in refused.json()["detail"]) == (409, True)
    assert holding.client.get(f"/api/documents/{document['id']}").json()["gate"]["state"] == "refused"
    assert "Rp 5.000" in price(holding)
    assert holding.client.delete(f"/api/documents/{document['id']}?force=true").status_code == 204
    assert acts(holding)[:2] == [("deleted", "api", "done"), ("deleted", "api", "refused")]
    assert "Rp 5.000" not in price(holding)


def test_a_new_document_that_contradicts_is_held_and_its_drop_leaves_nothing(holding: System) -> None:
    parking(holding)
    put(holding, "Kopi Gayo Rp 80.000 per bungkus.", "Harga")
    rival = put(holding, GOOD.replace("5.000", "9.000"), "Parkir baru")
    assert (rival["gate"]["state"], rival["live_version"]) == ("held", None)
    assert "9.000" in rival["gate"]["falls"][0]["reason"]
    assert holding.client.post(f"/api/documents/{rival['id']}/discard").status_code == 204
    assert holding.client.get(f"/api/documents/{rival['id']}").status_code == 404


def test_golden_questions_are_kept_changed_drafted_and_only_approved_ones_count(system: System, data_dir: Path) -> None:
    document = put(system, GOOD)
    asked = golden(system, question="Parkir motor gratis?", document_id=document["id"], approved=False)
    address = f"/api/golden/{asked['id']}"
    assert put(system, "Kami tutup.")["gate"] is None
    put(system, GOOD)
    for wrong in ({"question": "Apa?"}, {"question": "Apa?", "expected": "x", "must_abstain": True}):
        assert system.client.post("/api/golden", json=wrong).status_code == 422
    assert (
        system.client.post("/api/golden", json={"question": "parkir  MOTOR gratis?", "expected": "x"}).status_code
        == 409
    )
    changed = system.client.patch(address, json={"expected": "gratis di depan toko"}).raise_for_status().json()
    assert (changed["expected"], changed["approved"]) == ("gratis di depan toko", False)
    assert system.client.post(f"{address}/approve").raise_for_status().json()["approved"]

    ran = system.client.post("/api/golden/run", json={}).raise_for_status().json()
    assert (ran["outcome"], ran["after"]["passing"]) == ("passed", 1)
    assert system.client.get(address).json()["result"]["passes"]
    for chat, text in ((ALICE, "Bisa bayar COD di Bandung?"), (BOB, "Halo!")):
        system.says(chat, text)
        system.wait_until_settled()
    drafted = system.client.post("/api/golden/draft", json={"chats": True}).raise_for_status().json()
    assert [(one["question"], one["origin"], one["approved"]) for one in drafted["items"]] == [
        ("Bisa bayar COD di Bandung?", "chat", False)
    ]
    assert system.client.get("/api/golden", params={"approved": False}).json()["items"] == drafted["items"]
    alice = next(user for user in system.client.get("/api/users").json()["items"] if user["phone"] == "12025550101")
    system.client.delete(f"/api/users/{alice['id']}").raise_for_status()
    assert [one["id"] for one in system.client.get("/api/golden").json()["items"]] == [asked["id"]]

    lines = golden_files.exported(system.runtime)
    assert json.loads(lines[0])["document"] == "Parkir"
    assert system.client.delete(address).status_code == 204
    assert golden_files.imported(system.runtime, "\n".join([*lines, *lines]).encode()) == (1, 1)
    with pytest.raises(InvalidRequest, match="Line 2"):
        golden_files.imported(system.runtime, f"{lines[0]}\n[]".encode())
    assert "1 hold" in balas(data_dir, "golden", "run").stdout


def test_a_change_of_settings_is_noticed_at_the_start(data_dir: Path) -> None:
    with started(data_dir) as system:
        parking(system)
        runtime = system.runtime
        first = regression.run_at_start(runtime.database, runtime.gate, runtime.paid)
        assert [report.subject for report in first] == ["asked for the first time"]
        assert regression.run_at_start(runtime.database, runtime.gate, runtime.paid) == []
    changed = load_settings({"BALAS_DATA_DIR": str(data_dir), "OPENAI_MODEL": "another"}, env_file=None)
    with open_runtime(changed, index_dir=data_dir / "index") as runtime:
        (report,) = regression.run_at_start(runtime.database, runtime.gate, runtime.paid)
        assert (report.subject, report.falls) == ("OPENAI_MODEL", [])
    spent = load_settings(
        {
            "BALAS_DATA_DIR": str(data_dir),
            "OPENAI_BASE_URL": "http://127.0.0.1:9/v1",
            "BALAS_MODEL_PRICE_INPUT": "1",
            "BALAS_MODEL_COST_PER_DAY": "0.5",
        },
        env_file=None,
    )
    with open_runtime(spent, index_dir=data_dir / "index") as runtime:
        tab = spending.Tab()
        runtime.reserve(0.4, tab)(0.5)
        with transaction(runtime.database) as session:
            spending.settle(session, tab)
        assert len(regression.run_at_start(runtime.database, runtime.gate, runtime.paid)) == 1  # nothing was spent
        with pytest.raises(BudgetSpent):
            regression.run(runtime.database, runtime.gate, runtime.paid)
        with reading(runtime.database) as session:
            assert len(session.scalars(select(GateReport)).all()) == 3
