"""Golden questions in the console: added, approved, deleted."""

from __future__ import annotations

from starlette.testclient import TestClient

from balas.database.clock import now
from balas.database.session import reading, transaction
from balas.knowledge import golden
from balas.knowledge.golden import Draft
from balas.models import GateReport
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


def test_what_was_said_against_a_version_is_settled(admin: TestClient, shop: Shop) -> None:
    document_id = shop.add_document("Harga", "Gayo 85.000", gate="warned")
    fall = {"golden_id": 7, "question": "Harga Gayo?", "reason": "gone", "before": "80.000", "after": "85.000"}
    counts = {"before": {}, "after": {}, "subject": "Harga", "version": 1}
    with transaction(shop.database) as session:
        report = GateReport(cause="document", document_id=document_id, outcome="warned", falls=[fall], **counts)
        report.created_at = now(session)
        session.add(report)
    page = admin.get(f"/documents/{document_id}").text
    assert 'href="/golden/7"' in page
    assert "Look at it" in admin.get("/documents").text
    assert admin.post(f"/documents/{document_id}/accept").headers["HX-Redirect"] == f"/documents/{document_id}"
    assert "It is right" not in admin.get(f"/documents/{document_id}").text
    assert "Look at it" not in admin.get("/documents").text
    assert "Said that a version is right" in admin.get("/activity").text
    assert admin.post(f"/documents/{document_id}/accept").status_code == 409
