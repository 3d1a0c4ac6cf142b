from __future__ import annotations

import stat
from pathlib import Path

import pytest
from typer.testing import CliRunner

from balas.cli import app
from balas.settings import load_settings
from balas.simulator.app import create_simulator
from balas.simulator.kinds import WahaKind
from tests.unit.simulator.serving import serving

WAHA_KEY = "key of waha's #1 \\ $x"


def asked(*answers: str) -> str:
    result = CliRunner().invoke(app, ["init"], input="".join(f"{answer}\n" for answer in answers))
    assert result.exception is None, result.output
    return result.output


def read() -> dict[str, str | None]:
    settings = load_settings(environment={}, env_file=Path(".env"))
    keys = {name: getattr(settings, name) for name in ("openai_api_key", "waha_api_key")}
    shown = {name: key.get_secret_value() if key else None for name, key in keys.items()}
    return shown | {"waha_base_url": settings.waha_base_url, "waha_session": settings.waha_session}


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_what_would_be_refused_at_the_start_is_asked_for_again() -> None:
    kind = WahaKind("NOWEB", waha_sessions=("shop", "office"))
    simulator, _ = create_simulator(api_key=WAHA_KEY, webhook_url=None, hmac_key=None, kind=kind)
    with serving(simulator) as waha:
        model = ["model.local", "http://[::1", "", "changeme", "ключ", ""]
        output = asked(*model, "waha:3000", waha, WAHA_KEY, "shop", "balas", "http://balas:8000")
    assert output.count("not an address") == 4
    assert output.count("Error: ") == 6
    assert "its sessions: shop (WORKING), office (WORKING)" in output
    assert "WHATSAPP_HOOK_URL=http://balas:8000/api/webhook" in output
    found = {"waha_base_url": waha, "waha_api_key": WAHA_KEY, "waha_session": "shop", "openai_api_key": None}
    assert read() == found
    assert stat.S_IMODE(Path(".env").stat().st_mode) == 0o600
    assert [path.name for path in Path().iterdir()] == [".env"]


def test_settings_that_are_there_are_kept_unless_told_otherwise() -> None:
    Path(".env").write_text("BALAS_PORT=9000\n", encoding="utf-8")
    refused = CliRunner().invoke(app, ["init"], input="n\n")
    assert "stays as it is" in str(refused.exception)
    stopped = CliRunner().invoke(app, ["init"], input="y\n")  # the input ends at the first question
    assert stopped.exit_code == 1
    assert Path(".env").read_text(encoding="utf-8") == "BALAS_PORT=9000\n"
    asked("y", "", "", "")
    assert Path(".env").read_text(encoding="utf-8") == ""
