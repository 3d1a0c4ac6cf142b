from __future__ import annotations

import re
import time

import pytest
from argon2 import PasswordHasher
from typer.testing import CliRunner

from balas.cli import app
from balas.errors import ConfigurationRefused
from balas.security.passwords import hashed, matches
from balas.settings import load_settings


@pytest.mark.parametrize(
    "kept",
    ["correct horse", PasswordHasher(time_cost=1, memory_cost=64).hash("correct horse")],
    ids=["plain", "hashed"],
)
def test_only_the_password_matches(kept: str) -> None:
    assert matches(kept, "correct horse")
    for wrong in ("", "correct hors", "correct horse ", "Correct horse", kept + "x", "ü", "\udc80"):
        assert not matches(kept, wrong)


def test_a_hash_is_not_itself_a_password() -> None:
    kept = PasswordHasher(time_cost=1, memory_cost=64).hash("correct horse")
    assert not matches(kept, kept)


def test_a_broken_hash_lets_nobody_in() -> None:
    assert not matches("$argon2id$broken", "$argon2id$broken")


def test_what_the_command_prints_is_taken_by_the_settings_and_lets_one_in() -> None:
    given = "correct horse battery"
    done = CliRunner().invoke(app, ["password"], input=f"{given}\n")
    assert done.exit_code == 0
    printed = done.stdout.strip()
    assert given not in printed
    settings = load_settings({"BALAS_ADMIN_PASSWORD": printed}, env_file=None)
    assert settings.balas_admin_password is not None
    kept = settings.balas_admin_password.get_secret_value()
    assert kept == printed != hashed(given)
    assert matches(kept, given)
    assert not matches(kept, f"{given}!")


@pytest.mark.parametrize("given", ["", "\n", "changeme\n", f"{'x' * 1025}\n"])
def test_what_is_no_password_is_refused(given: str) -> None:
    assert CliRunner().invoke(app, ["password"], input=given).exit_code == 2


def test_a_hash_that_lost_a_part_stops_the_start() -> None:
    whole = hashed("correct horse")
    in_compose = re.sub(r"\$[a-z0-9_]\w*", "", whole, flags=re.IGNORECASE)  # variables that are not set
    for broken in (whole[:-30], whole[:40], in_compose, whole.replace("argon2id", "argon2i")):
        with pytest.raises(ConfigurationRefused, match=r"BALAS_ADMIN_PASSWORD: not a whole argon2id hash") as refused:
            load_settings({"BALAS_ADMIN_PASSWORD": broken}, env_file=None)
        assert broken not in str(refused.value)


def test_a_wrong_password_takes_as_long_whatever_it_is() -> None:
    kept = hashed("correct horse")
    times: dict[str, float] = {}
    for given in ("correct hors", "x", "y" * 1000):
        began = time.process_time()
        assert not matches(kept, given)
        times[given] = time.process_time() - began
    assert min(times.values()) > max(times.values()) / 5
