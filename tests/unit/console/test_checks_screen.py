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
    assert admin.post(f"/golden/{draft.id}/delete").status_code == 200
    with reading(shop.database) as session:
        assert [row.question for row in golden.approved(session)] == ["<b>Parking?</b>"]
    assert admin.post("/golden", data={"question": "Nothing expected"}).status_code == 422
