from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from balas.cli import app, diagnosis_index
from balas.database.engine import Database
from balas.database.session import transaction
from balas.errors import Conflict
from balas.models import KnowledgeState
from balas.security.data_folder import hold
from balas.settings import Settings
from tests.fakes.qdrant_http import QdrantHttp


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "hours.txt").write_text("Open from nine to five, on Sunday from ten.")
    (tmp_path / "prices.txt").write_text("A coffee is 3 euros.")
    return tmp_path / "data"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[QdrantHttp]:
    with QdrantHttp(key="key-of-qdrant-0123") as server:
        monkeypatch.setenv("QDRANT_URL", server.url)
        monkeypatch.setenv("QDRANT_API_KEY", "key-of-qdrant-0123")
        yield server


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments), catch_exceptions=False)


def found(query: str) -> list[str]:
    answer = run("search", query, "--json")
    assert answer.exit_code == 0
    return [hit["text"] for hit in json.loads(answer.stdout)["hits"]]


def test_the_embedded_index_is_built_anew_and_leaves_nothing_behind(folder: Path) -> None:
    assert run("ingest", "hours.txt", "prices.txt").exit_code == 0
    assert len(found("coffee")) == 2
    kept = folder / "index-of-commands" / "state.json"
    assert kept.is_file()
    (folder / "index").mkdir()
    (folder / "index" / "of the former one").touch()
    (folder / "index.new").mkdir()
    done = run("reindex")
    assert done.exit_code == 0
    assert "2 passages" in done.stdout
    assert "2 of 2: documents" in done.stderr
    assert sorted(path.name for path in folder.glob("index*")) == ["index", "index-of-commands"]
    assert (folder / "index" / "state.json").is_file()
    assert not (folder / "index" / "of the former one").exists()
    assert not kept.exists()
    assert len(found("coffee")) == 2


def test_embedded_while_balas_up_runs(folder: Path) -> None:
    assert run("ingest", "hours.txt").exit_code == 0
    with hold(folder), pytest.raises(Conflict, match="stop it, run balas reindex, start it again"):
        run("reindex")
    assert not (folder / "index.new").exists()


def test_in_qdrant_the_alias_moves_to_the_new_collection(server: QdrantHttp, folder: Path) -> None:
    assert run("ingest", "hours.txt", "prices.txt").exit_code == 0
    assert len(found("coffee")) == 2
    with server.lock:
        before = server.engine.get_aliases().aliases
    done = run("reindex")
    assert done.exit_code == 0
    assert "2 passages" in done.stdout
    with server.lock:
        after = server.engine.get_aliases().aliases
        assert [one.name for one in server.engine.get_collections().collections] == [after[0].collection_name]
    assert before != after
    assert len(found("coffee")) == 2


class TestDoctor:
    @pytest.fixture
    def settings(self, server: QdrantHttp, folder: Path) -> Settings:
        return Settings(
            balas_data_dir=folder,
            qdrant_url=server.url,
            qdrant_api_key="key-of-qdrant-0123",  # type: ignore[arg-type]
        )

    def test_a_server_of_ours(self, settings: Settings, server: QdrantHttp) -> None:
        assert "without an index yet" in diagnosis_index.check_index(settings).detail
        assert run("ingest", "hours.txt", "prices.txt").exit_code == 0
        found("coffee")
        well = diagnosis_index.check_index(settings)
        assert (well.health, well.advice) == ("healthy", "")
        assert "2 passages of multilingual-e5-small" in well.detail
        assert "in step" in well.detail
        assert " ms" in well.detail
        (folder := settings.balas_data_dir.parent / "more.txt").write_text("Parking is free.")
        assert run("ingest", str(folder)).exit_code == 0
        assert "1 changes behind" in diagnosis_index.check_index(settings).detail

    def test_one_that_lost_passages(self, settings: Settings, server: QdrantHttp) -> None:
        assert run("ingest", "hours.txt", "prices.txt").exit_code == 0
        found("coffee")
        with server.lock:
            records, _ = server.engine.scroll("balas", limit=100)
            server.engine.delete("balas", [next(record.id for record in records if "since" in record.payload)])
        lost = diagnosis_index.check_index(settings)
        assert "1 passages" in lost.detail
        assert lost.advice == "run balas reindex"

    def test_one_of_another_database(self, settings: Settings) -> None:
        assert run("ingest", "hours.txt").exit_code == 0
        found("hours")
        database = Database(settings.sqlalchemy_url)
        with transaction(database) as session:
            session.get_one(KnowledgeState, 1).lineage = "another"
        database.close()
        foreign = diagnosis_index.check_index(settings)
        assert foreign.health == "unhealthy"
        assert "another database" in foreign.detail
        assert run("reindex").exit_code == 0
        assert diagnosis_index.check_index(settings).health == "healthy"

    def test_a_wrong_key_of_qdrant_is_named(self, settings: Settings, server: QdrantHttp) -> None:
        server.key = "changed"
        answer = run("doctor")
        assert answer.exit_code == 1
        assert "✗ index: Qdrant does not accept the key: set QDRANT_API_KEY." in answer.stdout
