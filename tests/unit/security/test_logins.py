from __future__ import annotations

import pytest

from balas.security.logins import WRONG_PASSWORDS, WRONG_WITHIN_SECONDS, Logins, WrongPasswords


@pytest.fixture
def logins() -> Logins:
    return Logins("signing-key", "password")


def test_a_cookie_is_read_back(logins: Logins) -> None:
    login = logins.begin(admin=True)
    assert logins.read(logins.cookie(login)) == login


def test_cookies_of_others_are_not(logins: Logins) -> None:
    login = logins.begin(admin=True)
    for other in (Logins("another-key", "password"), Logins("signing-key", "another password")):
        assert logins.read(other.cookie(login)) is None


@pytest.mark.parametrize("cookie", [None, "", "x", "a.b.c", "W10.x.y", "\udc80"])
def test_rubbish_is_nobody(logins: Logins, cookie: str | None) -> None:
    assert logins.read(cookie) is None


def test_a_changed_cookie_is_nobody(logins: Logins) -> None:
    parts = logins.cookie(logins.begin(admin=False)).split(".")  # content, time and mark
    # Not the last sign of the mark: it carries two bits that nobody reads.
    for place, part in enumerate(parts):
        assert logins.read(".".join([*parts[:place], _other(part), *parts[place + 1 :]])) is None


def _other(part: str) -> str:
    return ("A" if part[0] != "A" else "B") + part[1:]


def test_old_cookies_are_nobody(logins: Logins, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("balas.security.logins.LOGIN_SECONDS", -1)
    assert logins.read(logins.cookie(logins.begin(admin=True))) is None


def test_an_ended_login_stays_ended(logins: Logins) -> None:
    login = logins.begin(admin=True)
    logins.end(login)
    assert logins.read(logins.cookie(login)) is None


def test_form_tokens_belong_to_one_login(logins: Logins) -> None:
    mine, other = logins.begin(admin=True), logins.begin(admin=True)
    assert logins.form_token_fits(mine, logins.form_token(mine))
    for token in (logins.form_token(other), "", None, "\udc80", "ü"):
        assert not logins.form_token_fits(mine, token)


def test_wrong_passwords_are_counted_by_address_and_forgotten_in_time() -> None:
    now = [1000.0]
    wrong = WrongPasswords(lambda: now[0])
    for _ in range(WRONG_PASSWORDS):
        assert wrong.wait_seconds("a") == 0
        wrong.count("a")
        now[0] += 1
    assert wrong.wait_seconds("a") == WRONG_WITHIN_SECONDS - WRONG_PASSWORDS
    assert wrong.wait_seconds("b") == 0
    now[0] += WRONG_WITHIN_SECONDS
    assert wrong.wait_seconds("a") == 0


def test_the_right_password_wipes_the_slate() -> None:
    wrong = WrongPasswords()
    for _ in range(WRONG_PASSWORDS):
        wrong.count("a")
    wrong.forget("a")
    assert wrong.wait_seconds("a") == 0
