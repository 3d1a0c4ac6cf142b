"""Who gets in, and what is refused whoever it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, get_args

import pytest
from fastapi.routing import APIRoute
from starlette.testclient import TestClient

from balas.console.guard import COOKIE, AdminRoute
from balas.database.session import reading
from balas.models import Document
from balas.security.logins import WRONG_PASSWORDS
from balas.security.passwords import hashed
from balas.settings import Settings
from tests.console_shop import PASSWORD, Shop
from tests.unit.console.conftest import ADDRESS, form_token, log_in

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
SCREENS = ["/", "/documents", "/conversations", "/problems"]


@pytest.mark.parametrize("path", SCREENS)
def test_strangers_are_sent_to_the_door(stranger: TestClient, path: str) -> None:
    answer = stranger.get(path)
    assert answer.status_code == 303
    assert answer.headers["Location"] == ("/login" if path == "/" else f"/login?next={path}")


@pytest.mark.parametrize(
    "path", ["/playground/live", "/documents/live", "/playground/messages", "/documents/upload?name=a"]
)
def test_strangers_parts_of_pages_are_refused(stranger: TestClient, path: str) -> None:
    method = "POST" if "messages" in path or "upload" in path else "GET"
    answer = stranger.request(method, path, headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == "/login"


def every_route(routes: Iterable[Any]) -> Iterator[APIRoute]:
    for route in routes:
        if isinstance(route, APIRoute):
            yield route
        yield from every_route(getattr(getattr(route, "original_router", None), "routes", []))


def test_every_route_but_the_door_wants_the_administrator(shop: Shop) -> None:
    open_paths = {route.path for route in every_route(shop.app.routes) if not isinstance(route, AdminRoute)}
    assert open_paths == {"/login", "/api/webhook"}


@pytest.mark.parametrize("path", SCREENS)
def test_the_administrator_gets_in(admin: TestClient, path: str) -> None:
    answer = admin.get(path)
    assert answer.status_code == 200
    assert "Log out" in answer.text


def test_the_password_leads_to_where_one_wanted_to_go(stranger: TestClient) -> None:
    assert log_in(stranger, PASSWORD, "/documents?q=a").headers["Location"] == "/documents?q=a"


@pytest.mark.parametrize("wanted", ["//evil.example", "/\\evil.example", "https://evil.example", "/login", "/\tx", ""])
def test_never_to_another_site(stranger: TestClient, wanted: str) -> None:
    assert log_in(stranger, PASSWORD, wanted).headers["Location"] == "/"


def test_a_wrong_password_is_told_and_lets_nobody_in(stranger: TestClient) -> None:
    answer = log_in(stranger, "guess")
    assert answer.status_code == 401
    assert "That is not the password" in answer.text
    assert stranger.get("/").status_code == 303


def test_twenty_wrong_passwords(stranger: TestClient) -> None:
    answers = [log_in(stranger, f"guess {number}") for number in range(WRONG_PASSWORDS)]
    assert [answer.status_code for answer in answers] == [401] * 19 + [429]
    assert 800 < int(answers[-1].headers["Retry-After"]) <= 900
    # Not even the right one is looked at now.
    assert log_in(stranger, PASSWORD).status_code == 429


def test_the_login_is_another_one_than_before_the_password(stranger: TestClient) -> None:
    stranger.get("/login")
    before = stranger.cookies[COOKIE]
    log_in(stranger, PASSWORD)
    assert stranger.cookies[COOKIE] != before
    stranger.cookies.clear()
    stranger.cookies.set(COOKIE, before)
    assert stranger.get("/").status_code == 303


def test_the_cookie_is_out_of_reach_for_scripts(stranger: TestClient) -> None:
    header = log_in(stranger, PASSWORD).headers["Set-Cookie"]
    assert "HttpOnly" in header
    assert "SameSite=lax" in header
    assert "Secure" not in header


def test_the_cookie_is_secure_over_https(shop: Shop) -> None:
    with TestClient(shop.app, base_url="https://balas.example", follow_redirects=False) as client:
        assert "Secure" in log_in(client, PASSWORD).headers["Set-Cookie"]


def test_a_new_password_ends_every_login(admin: TestClient, shop: Shop) -> None:
    shop.app.state.console.logins = None
    secrets = shop.app.state.runtime.secrets
    object.__setattr__(secrets, "admin_password", "another-password")
    assert admin.get("/").status_code == 303


def test_the_password_may_be_kept_as_its_hash(shop: Shop) -> None:
    shop.app.state.runtime.secrets = replace(shop.app.state.runtime.secrets, admin_password=hashed(PASSWORD))
    with TestClient(shop.app, base_url=ADDRESS, follow_redirects=False) as client:
        assert log_in(client, "wrong").status_code == 401
        assert log_in(client, shop.app.state.runtime.secrets.admin_password).status_code == 401
        assert log_in(client, PASSWORD).status_code == 303
        assert client.get("/problems").status_code == 200


def test_logging_out_ends_the_login_itself(admin: TestClient) -> None:
    kept = admin.cookies[COOKIE]
    assert admin.post("/logout").status_code == 303
    admin.cookies.clear()
    admin.cookies.set(COOKIE, kept)
    assert admin.get("/").status_code == 303


@pytest.mark.parametrize(
    "path", ["/playground/messages", "/documents/upload?name=a.txt", "/documents/1/delete", "/logout"]
)
def test_changes_need_the_form_token(admin: TestClient, path: str) -> None:
    del admin.headers["X-Form-Token"]
    assert admin.post(path).status_code == 403
    assert admin.post(path, headers={"X-Form-Token": "0" * 64}).status_code == 403
    assert admin.post(path, headers={"X-Form-Token": b"\xff\xfe"}).status_code == 403


@pytest.mark.parametrize("status", [401, 403])
def test_what_was_written_is_given_back_when_the_login_is_over(admin: TestClient, shop: Shop, status: int) -> None:
    old = admin.headers.pop("X-Form-Token")
    admin.post("/logout", data={"form_token": old})
    if status == 403:
        assert log_in(admin, PASSWORD).status_code == 303
    sent = {"form_token": old, "questions": "Open on Sunday?", "answer": "Yes, <b>from 9</b> to 5."}
    answer = admin.post("/answers/new", data=sent)
    assert answer.status_code == status
    assert ">Yes, &lt;b&gt;from 9&lt;/b&gt; to 5.</textarea>" in answer.text
    assert old not in answer.text
    foreign = admin.post("/answers/new", data=sent, headers={"Origin": "https://evil.example"})
    assert "from 9" not in foreign.text
    with reading(shop.database) as session:
        assert session.query(Document).all() == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:8001"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
def test_changes_from_other_sites_are_refused(admin: TestClient, headers: dict[str, str]) -> None:
    answer = admin.post("/playground/messages", data={"text": "hi"}, headers=headers)
    assert answer.status_code == 403


def test_changes_from_our_own_pages_are_not(admin: TestClient, shop: Shop) -> None:
    headers = {"Origin": "http://127.0.0.1:8000", "Sec-Fetch-Site": "same-origin"}
    assert admin.post("/playground/messages", data={"text": "hi"}, headers=headers).status_code == 204
    assert [message.text for message in shop.phones.shown()] == ["hi"]


def test_the_password_needs_the_form_token_too(stranger: TestClient) -> None:
    stranger.get("/login")
    assert stranger.post("/login", data={"password": PASSWORD}).status_code == 403


def numbers(fields: Iterable[Any]) -> list[str]:
    return [field.name for field in fields if is_number(field.field_info.annotation)]


def is_number(kind: Any) -> bool:
    return kind in (int, float) or any(is_number(part) for part in get_args(kind))


@pytest.mark.parametrize("number", ["9" * 30, "-" + "9" * 30, "9" * 5_000, "1e400", "nan", str(2**63)])
def test_numbers_that_no_row_has(admin: TestClient, shop: Shop, number: str) -> None:
    tried = 0
    for route in every_route(shop.app.routes):
        if not isinstance(route, AdminRoute) or route.path == "/documents/upload":
            continue
        in_path, in_query = numbers(route.dependant.path_params), numbers(route.dependant.query_params)
        for query in [{}, {"at": "1"}] if in_path else [{name: number} for name in in_query]:
            path = route.path.format_map({**dict.fromkeys(in_path, number), "name": "a", "state": "open"})
            asked = {**dict.fromkeys(in_query, "1"), **query}
            [method] = route.methods
            answer = admin.request(method, path, params=asked, headers={"HX-Request": "true"})
            assert answer.status_code in {404, 422}, (method, path, asked)
            tried += 1
    assert tried > 30


def test_numbers_in_forms_that_no_row_has(admin: TestClient) -> None:
    question = {"question": "Buka?", "expected": "Ya"}
    assert admin.post("/golden", data={**question, "document": "9" * 30}).status_code == 422
    assert admin.post("/golden", data={**question, "document": ""}).status_code == 204
    assert admin.post("/answers/new", data={"questions": "Buka?", "answer": "Ya", "gap": "9" * 30}).status_code == 422


@pytest.mark.parametrize(
    "since", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "0001-01-01", "2026-06-01"]
)
def test_gaps_since_any_moment(admin: TestClient, since: str) -> None:
    assert admin.get("/gaps/table.csv", params={"since": since}).status_code == 200


def test_nothing_changes_by_looking(admin: TestClient) -> None:
    for path in ("/logout", "/documents/1/delete", "/problems/1/retry", "/playground/messages"):
        assert admin.get(path).status_code in {404, 405}


@pytest.mark.parametrize("path", [*SCREENS, "/login", "/documents/999999", "/conversations/x"])
def test_the_browser_is_told_to_be_strict(admin: TestClient, path: str) -> None:
    headers = admin.get(path).headers
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'self'; ")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/documents/999999", "/conversations/999999", "/conversations/x", "/?customer=99"])
def test_what_is_not_there_is_a_page_that_says_so(admin: TestClient, path: str) -> None:
    answer = admin.get(path)
    assert answer.status_code == 404
    assert "<h1>Not found</h1>" in answer.text


def test_the_page_token_is_the_logins_own(admin: TestClient, shop: Shop) -> None:
    first = form_token(admin.get("/").text)
    with TestClient(shop.app, base_url="http://127.0.0.1:8000", follow_redirects=False) as other:
        log_in(other, PASSWORD)
        assert form_token(other.get("/").text) != first


@pytest.mark.parametrize(
    ("public_url", "is_secure"), [(None, False), ("http://balas.local", False), ("https://balas.example.org", True)]
)
def test_the_cookie_is_for_https_where_balas_is_seen_by_https(
    shop: Shop, stranger: TestClient, public_url: str | None, is_secure: bool
) -> None:
    shop.app.state.runtime.settings = Settings(balas_public_url=public_url)
    assert ("; Secure" in stranger.get("/login").headers["Set-Cookie"]) is is_secure
