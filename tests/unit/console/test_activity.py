"""The console's own entries, and the page that shows them."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from balas import access, audit
from balas.audit import Action
from balas.console import login
from balas.console.activity import DONE
from balas.database.session import reading, transaction
from balas.errors import DatabaseUnavailable
from balas.models import AuditEntry, InboxState
from balas.security.redaction import keyed_hash
from tests.console_shop import HMAC_KEY, Shop
from tests.unit.console.conftest import log_in

HERE = keyed_hash(HMAC_KEY, "testclient")


def entries(shop: Shop) -> list[tuple[str, str | None, str]]:
    with reading(shop.database) as session:
        rows = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert {(row.who, row.address) for row in rows} <= {("console", HERE)}
    return [(row.action, row.target, row.result) for row in rows]


def test_every_login_and_every_wrong_one(admin: TestClient, shop: Shop) -> None:
    assert admin.post("/login", data={"password": "wrong"}).status_code == 401
    assert admin.post("/logout").status_code == 303
    assert entries(shop) == [
        ("console.login", None, "done"),
        ("console.login", None, "failed"),
        ("console.logout", None, "done"),
    ]


def test_guessing_is_told_and_does_not_fill_the_table(stranger: TestClient, shop: Shop) -> None:
    for _ in range(25):
        log_in(stranger, "wrong")
    assert [result for *_, result in entries(shop)] == ["failed"] * 19 + ["refused"]


def test_a_login_that_can_not_be_written_down_is_let_in_and_logged(
    stranger: TestClient, shop: Shop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object) -> None:
        raise DatabaseUnavailable("the disk is full")

    monkeypatch.setattr(login, "transaction", full)
    assert log_in(stranger, "a-long-test-password").status_code == 303
    assert "login_not_recorded" in "".join(capsys.readouterr())


def test_what_is_done_in_the_console(admin: TestClient, shop: Shop) -> None:
    admin.post("/documents/upload?name=a.txt", content=b"Nine to five.")
    admin.post("/documents/1/terms", data={"category": "hours", "audience": "public"})
    admin.post("/documents/1/delete")
    admin.post("/documents/websites", data={"url": "example.org"})
    admin.post("/documents/websites/1/sync")
    admin.post("/documents/websites/1/delete")
    admin.post("/answers/new", data={"questions": "Open?", "answer": "Yes."})
    admin.post("/answers/2", data={"questions": "Open?", "answer": "No."})
    admin.post("/answers/2/delete")
    admin.post("/audiences", data={"name": "parents", "phones": "+62 811 555 0101"})
    admin.post("/audiences/parents/delete")
    admin.post("/golden", data={"question": "Open?", "expected": "Yes"})
    admin.post("/golden/1/delete")
    letter = shop.add_letter("Halo?", InboxState.DEAD, "deadline")
    admin.post(f"/problems/{letter}/retry")
    assert [entry[:2] for entry in entries(shop)][1:] == [
        ("document.uploaded", "1"),
        ("document.changed", "1"),
        ("document.deleted", "1"),
        ("website.added", "1"),
        ("website.synced", "1"),
        ("website.removed", "1"),
        ("answer.approved", "2"),
        ("answer.changed", "2"),
        ("answer.deleted", "2"),
        ("audience.given", None),
        ("audience.taken", None),
        ("golden.added", "1"),
        ("golden.deleted", "1"),
        ("dead.retried", str(letter)),
    ]


def test_what_is_refused_at_the_door_is_nobodys_act(admin: TestClient, shop: Shop) -> None:
    document = shop.add_document("Prices", "Gayo 85.000")
    assert admin.post(f"/documents/{document}/delete", headers={"X-Form-Token": "forged"}).status_code == 403
    assert [entry[0] for entry in entries(shop)] == ["console.login"]


def test_the_page_shows_it(admin: TestClient, shop: Shop) -> None:
    assert admin.post("/login", data={"password": "wrong"}).status_code == 401
    document = shop.add_document("<b>Prices</b>", "Gayo 85.000")
    admin.post(f"/documents/{document}/terms", data={"audience": "public"})
    page = admin.get("/activity").text
    assert "Logged in" in page
    assert "Wrong password" in page
    assert f'<a href="/documents/{document}">&lt;b&gt;Prices&lt;/b&gt;</a>' in page
    assert HERE[:6] in page
    assert "testclient" not in page
    admin.post(f"/documents/{document}/delete")
    page = admin.get("/activity").text
    assert f'href="/documents/{document}"' not in page
    assert "Prices" not in page
    assert page.index("Deleted a document") < page.index("Logged in")


def test_older_ones_are_on_the_next_page(admin: TestClient, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("balas.console.activity.SHOWN", 2)
    for n in range(3):
        admin.post(f"/documents/upload?name={n}.txt", content=f"text {n}".encode())
    page = admin.get("/activity").text
    assert page.count("Handed in a document") == 2
    assert "/activity?before=3" in page
    older = admin.get("/activity?before=3").text
    assert (older.count("Handed in a document"), "Logged in" in older, "?before" in older) == (1, True, False)


def test_every_action_has_words() -> None:
    assert set(DONE) == set(Action)


def test_a_key_is_named(admin: TestClient, shop: Shop) -> None:
    with transaction(shop.database) as session:
        row, _ = access.issue(session, "<i>question box</i>", [access.Scope.ASK])
        with audit.acting(audit.Operator(f"key {row.id}")):
            audit.record(session, audit.Action.DOCUMENT_UPLOADED, 1)
        with audit.acting(audit.Operator("key 99")):
            audit.record(session, audit.Action.DOCUMENT_UPLOADED, 1)
    page = admin.get("/activity").text
    assert f"API key {row.id}, &lt;i&gt;question box&lt;/i&gt;" in page
    assert "API key 99 <" in page, "revoked and forgotten: without a name"
