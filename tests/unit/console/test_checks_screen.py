"""Golden questions in the console: added, approved, deleted."""

from __future__ import annotations

from starlette.testclient import TestClient

from balas.database.clock import now
from balas.database.session import reading, transaction
from balas.knowledge import golden
from balas.knowledge.golden import Draft
from tests.console_shop import Shop


def test_questions_are_added_approved_and_deleted(admin: TestClient, shop: Shop) -> None:
    assert "None yet" in admin.get("/golden").text
    added = admin.post("/golden", data={"question": "<b>Parking?</b>", "expected": "free of charge"})
    assert (added.status_code, added.headers["HX-Redirect"]) == (204, "/golden")
    with transaction(shop.database) as session:
        draft = golden.add(session, Draft("Helicopters?", must_abstain=True), now(session), is_approved=False)
    page = admin.get("/golden").text
    assert "&lt;b&gt;Parking?&lt;/b&gt;" in page
    assert "1 draft to approve" in page
    assert admin.post(f"/golden/{draft.id}/approve").text == ""
    assert "to approve" not in admin.get("/golden").text
    assert admin.post(f"/golden/{draft.id}/delete").headers["HX-Refresh"] == "true"
    with reading(shop.database) as session:
        assert [row.question for row in golden.approved(session)] == ["<b>Parking?</b>"]
    assert admin.post("/golden", data={"question": "Nothing expected"}).status_code == 422


def test_a_question_is_changed(admin: TestClient, shop: Shop) -> None:
    admin.post("/golden", data={"question": "Parking?", "expected": "free"})
    admin.post("/golden", data={"question": "Salary?", "expected": "5", "audience": "staff"})
    listed = admin.get("/golden").text
    assert 'href="/golden/1"' in listed
    assert "asked by staff" in listed
    assert ">free</textarea>" in admin.get("/golden/1").text
    sent = {"question": "Parking?", "expected": "free\nuntil 10", "audience": "parents, staff"}
    assert admin.post("/golden/1", data=sent).headers["location"] == "/golden"
    with reading(shop.database) as session:
        row = golden.get(session, 1)
        assert (row.expected, row.audience, row.approved_at is None) == ("free\nuntil 10", "parents,staff", False)
    refused = admin.post("/golden/1", data={**sent, "question": "Salary?", "audience": "staff"})
    assert refused.status_code == 409
    assert "asks this already" in refused.text
    assert ">free\nuntil 10</textarea>" in refused.text
    assert admin.get("/golden/99").status_code == 404
