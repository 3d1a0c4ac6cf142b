from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from balas.api.checkup import Health
from balas.cli import app, diagnosis_index
from balas.cli.diagnosis import Remark, Verdict, diagnose
from balas.cli.diagnosis_machine import check_data_folder, check_port, check_text_recognition
from balas.cli.diagnosis_model import check_cost_cap
from balas.database import schema
from balas.database.engine import Database
from balas.database.session import transaction
from balas.models import Document, DocumentChunk, DocumentStatus, Vector
from balas.settings import Settings
from tests.fakes.listing_waha import FakeWaha
from tests.fakes.openai_server import FakeOpenAI, Hears, Status
from tests.unit.api.conftest import START

NAMES = [
    "data folder",
    "disk",
    "port",
    "database",
    "documents",
    "text recognition",
    "embeddings",
    "index",
    "model",
    "cost cap",
]
NAMES += ["redis", "waha"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def openai() -> Iterator[FakeOpenAI]:
    with FakeOpenAI() as fake:
        yield fake


@pytest.fixture
def settings(tmp_path: Path, openai: FakeOpenAI) -> Settings:
    return Settings(
        balas_data_dir=tmp_path / "data",
        balas_port=free_port(),
        openai_api_key="sk-fake-0123",
        openai_base_url=openai.url,
    )


def remarks(settings: Settings, **changes: Any) -> dict[str, Remark]:
    return {remark.name: remark for remark in diagnose(settings.model_copy(update=changes))}


def failed(found: dict[str, Remark]) -> list[str]:
    return [name for name, remark in found.items() if remark.verdict is not Verdict.WELL]


def test_a_fresh_machine_is_well_and_stays_as_it_was(settings: Settings, openai: FakeOpenAI, tmp_path: Path) -> None:
    found = remarks(settings)
    assert list(found) == NAMES
    assert failed(found) == []
    assert list(tmp_path.iterdir()) == []
    assert [chat.last_user for chat in openai.chats] != []


def test_the_model_key(settings: Settings, openai: FakeOpenAI) -> None:
    openai.script(Status(401))
    found = remarks(settings)
    assert failed(found) == ["model"]
    assert "OPENAI_API_KEY" in found["model"].advice


def test_a_model_server_that_is_away(settings: Settings) -> None:
    found = remarks(settings, openai_base_url=f"http://127.0.0.1:{free_port()}/v1")
    assert failed(found) == ["embeddings", "model"]


def test_the_model_for_voice_notes_listens_to_silence(settings: Settings, openai: FakeOpenAI) -> None:
    assert "voice notes" not in remarks(settings)
    assert failed(remarks(settings, openai_transcription_model="ears")) == []
    (call,) = openai.transcriptions
    assert call.body["model"] == "ears"
    assert call.body["file"][1].startswith(b"RIFF")
    openai.heard = Status(404)
    found = remarks(settings, openai_transcription_model="ears")
    openai.heard = Hears("")
    assert failed(found) == ["voice notes"]
    assert "name of the model" in found["voice notes"].advice


def test_a_cap_on_cost_without_prices(settings: Settings) -> None:
    found = remarks(settings, balas_model_cost_per_day=5.0)
    assert failed(found) == ["cost cap"]
    assert found["cost cap"].verdict is Verdict.WARNED
    assert "BALAS_MODEL_COST_PER_DAY" in found["cost cap"].detail
    assert "BALAS_MODEL_PRICE_INPUT" in found["cost cap"].advice
    assert check_cost_cap(settings.model_copy(update={"balas_model_cost_per_day": 0.0})).health is Health.HEALTHY


def test_a_port_that_is_taken_is_named(settings: Settings) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", settings.balas_port))
        other.listen()
        found = check_port(settings)
    assert "BALAS_PORT" in found.advice
    assert "free" in check_port(settings).detail


def test_missing_and_broken_tesseract_are_told_apart(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    missing = check_text_recognition()
    assert (missing.health, "apt install tesseract-ocr" in missing.advice) == (Health.HEALTHY, True)
    program = tmp_path / "tesseract"
    program.write_text("#!/bin/sh\necho 'List of available languages (3):'\necho eng\necho ind\necho osd\n")
    program.chmod(0o755)
    assert check_text_recognition().detail == f"{program}, eng, ind"
    program.write_text("#!/bin/sh\nexit 1\n")
    assert check_text_recognition().health is Health.DEGRADED


def test_the_data_folder(settings: Settings) -> None:
    settings.balas_data_dir.mkdir(mode=0o700)
    secrets = settings.balas_data_dir / "secrets"
    secrets.mkdir()
    (secrets / "api_key").write_text("x")
    (secrets / "api_key").chmod(0o644)
    found = remarks(settings)
    assert failed(found) == ["data folder"]
    assert "api_key" in found["data folder"].detail
    (secrets / "api_key").chmod(0o600)
    assert failed(remarks(settings)) == []


def test_a_data_folder_that_others_may_read(settings: Settings) -> None:
    folder = settings.balas_data_dir
    folder.mkdir(mode=0o755)
    (folder / "balas.sqlite3").touch(mode=0o600)
    assert check_data_folder(folder).health is Health.HEALTHY
    (folder / "balas.sqlite3").chmod(0o644)
    found = check_data_folder(folder)
    assert (found.health, found.advice) == (Health.DEGRADED, f"chmod -R go-rwx {folder}")
    folder.chmod(0o750)
    assert check_data_folder(folder).health is Health.HEALTHY


def test_a_data_folder_that_cannot_be_made(settings: Settings, tmp_path: Path) -> None:
    found = remarks(settings, balas_data_dir=Path("/proc/x"))
    assert failed(found) == ["data folder", "disk"]
    assert "/proc/x cannot be made" in found["data folder"].detail
    assert "BALAS_DATA_DIR" in found["data folder"].advice
    assert "free" not in found["disk"].detail
    (tmp_path / "a file").touch()
    assert "cannot be written" in check_data_folder(tmp_path / "a file").detail


def test_a_database_that_is_away(settings: Settings) -> None:
    from pydantic import SecretStr

    away = SecretStr(f"mysql://balas:hidden-word@127.0.0.1:{free_port()}/balas")
    found = remarks(settings, database_url=away)
    assert failed(found) == ["database", "documents"]
    assert "DATABASE_URL" in found["database"].advice
    assert "hidden-word" not in str(found)


class TestDatabase:
    @pytest.fixture
    def filled(self, settings: Settings) -> Iterator[Database]:
        settings.balas_data_dir.mkdir(mode=0o700)
        database = Database(settings.sqlalchemy_url)
        schema.migrate(database)
        yield database
        database.close()

    def document(self, database: Database, hashes: list[str], **columns: Any) -> None:
        with transaction(database) as session:
            document = Document(
                source_key=str(columns), source="text", name="n", title="t", audience="public", live_version=2,
                created_at=START, updated_at=START, **({"status": DocumentStatus.INDEXED} | columns),
            )  # fmt: skip
            session.add(document)
            session.flush()
            for version in (1, 2):  # version 1 is an old one: it does not count
                session.add_all(
                    DocumentChunk(
                        document_id=document.id, version=version, position=position, text="t", kind="text",
                        content_hash=content_hash,
                    )
                    for position, content_hash in enumerate(hashes)
                )  # fmt: skip

    def test_an_older_schema(self, settings: Settings, filled: Database) -> None:
        assert failed(remarks(settings)) == []
        with transaction(filled) as session:
            session.execute(text("UPDATE alembic_version SET version_num = 'older'"))
        found = remarks(settings)
        assert failed(found) == ["database"]
        assert "balas migrate" in found["database"].advice

    def test_passages_without_vectors(self, settings: Settings, filled: Database) -> None:
        self.document(filled, ["a", "b"])
        assert "2 of them without a vector" in remarks(settings)["documents"].detail
        with transaction(filled) as session:
            session.add_all(Vector(content_hash=content_hash, model="m", data=b"") for content_hash in "ab")
        assert remarks(settings)["documents"].detail == "2 passages, each with its vector"

    def test_failed_documents_are_counted(self, settings: Settings, filled: Database) -> None:
        self.document(filled, [], status=DocumentStatus.FAILED)
        self.document(filled, ["a"], status=DocumentStatus.FAILED, deleted_at=START)
        assert remarks(settings)["documents"].detail == "0 passages; 1 document(s) failed"

    def test_more_than_the_embedded_index_is_good_for(
        self, settings: Settings, filled: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.document(filled, ["a"])
        with transaction(filled) as session:
            session.add(Vector(content_hash="a", model="m", data=b""))
        monkeypatch.setattr(diagnosis_index, "EMBEDDED_PASSAGES", 0)
        assert "QDRANT_URL" in remarks(settings)["index"].advice


class TestWaha:
    def ask(self, settings: Settings, *sessions: dict[str, Any]) -> Remark:
        server = FakeWaha(list(sessions))
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            return remarks(settings, waha_base_url=f"http://127.0.0.1:{server.server_port}")["waha"]
        finally:
            server.shutdown()
            server.server_close()
            thread.join()

    def test_a_working_session_is_well(self, settings: Settings) -> None:
        found = self.ask(settings, {"name": "default", "status": "WORKING", "engine": {"engine": "GOWS"}})
        assert found.verdict is Verdict.WELL

    @pytest.mark.parametrize("sessions", [[], [{"name": "default", "status": "SCAN_QR_CODE"}]])
    def test_a_session_that_does_not_work_fails(self, settings: Settings, sessions: list[dict[str, Any]]) -> None:
        assert self.ask(settings, *sessions).verdict is Verdict.FAILED

    def test_a_store_that_is_off_is_a_warning(self, settings: Settings) -> None:
        found = self.ask(
            settings, {"name": "default", "status": "WORKING", "engine": {"engine": "NOWEB"}, "config": {}}
        )
        assert found.verdict is Verdict.WARNED
        assert "store is off" in found.detail

    def test_a_waha_that_is_away_fails(self, settings: Settings) -> None:
        found = remarks(settings, waha_base_url=f"http://127.0.0.1:{free_port()}")
        assert failed(found) == ["waha"]


def test_the_command_exits_1_when_something_is_broken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, openai: FakeOpenAI
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BALAS_PORT", str(free_port()))
    monkeypatch.setenv("OPENAI_API_KEY", "sk-fake-0123")
    monkeypatch.setenv("OPENAI_BASE_URL", openai.url)
    well = CliRunner().invoke(app, ["doctor", "--json"])
    assert well.exit_code == 0
    assert json.loads(well.stdout)["healthy"] is True
    openai.script(Status(401))
    broken = CliRunner().invoke(app, ["doctor"])
    assert broken.exit_code == 1
    assert "✗ model" in broken.stdout
    assert broken.stderr.splitlines()[-1] == "balas: not well: model"
