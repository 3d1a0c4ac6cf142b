from __future__ import annotations

import pytest
from argon2 import PasswordHasher

from balas.security.passwords import matches


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
