"""The page Documents: files are handed in, shown and deleted."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from balas.database.session import reading, transaction
from balas.knowledge.files import MAX_BYTES
from balas.models import Document, DocumentStatus
from balas.ports import JobName
from tests.console_shop import Shop, furnish


def test_an_uploaded_file_is_kept_and_its_job_rung(admin: TestClient, shop: Shop) -> None:
    answer = admin.post("/documents/upload?name=harga.md", content=b"# Harga\n\nGayo 85.000")
    assert answer.status_code == 202
    with reading(shop.database) as session:
        (document,) = session.query(Document).all()
    assert (document.name, document.status) == ("harga.md", DocumentStatus.RECEIVED)
    assert [(ring.job, ring.row_id) for ring in shop.rings] == [(JobName.INGEST_DOCUMENT, document.id)]
    assert "waiting to be read" in admin.get("/documents").text


def test_the_same_file_again_is_said_to_be_there(admin: TestClient, shop: Shop) -> None:
    admin.post("/documents/upload?name=harga.md", content=b"# Harga\n\nGayo 85.000")
    with reading(shop.database) as session:
        (document,) = session.query(Document).all()
    from balas.database.session import transaction

    with transaction(shop.database) as session:
        session.get_one(Document, document.id).status = DocumentStatus.INDEXED
    answer = admin.post("/documents/upload?name=harga.md", content=b"# Harga\n\nGayo 85.000")
    assert (answer.status_code, answer.text) == (200, "“harga.md” is here already, with the same content.")


def test_a_file_is_for_whom_it_was_said_before_anybody_is_told_of_it(admin: TestClient, shop: Shop) -> None:
    sent = "/documents/upload?name=gaji.md&audience="
    assert admin.post(sent + "staff%2C+admin", content=b"# Gaji\n\nRp 5.000.000").status_code == 202
    with reading(shop.database) as session:
        assert [row.audience for row in session.query(Document).all()] == ["admin,staff"]
    assert admin.post(sent, content=b"# Gaji\n\nRp 6.000.000").status_code == 202
    with reading(shop.database) as session:
        assert [row.audience for row in session.query(Document).all()] == ["admin,staff"]
    refused = admin.post(sent + "a%3Cb", content=b"# Lain", headers={"HX-Request": "true"})
    assert (refused.status_code, refused.text[:5]) == (422, "“a<b”")


@pytest.mark.parametrize(
    ("name", "content", "status"),
    [("a.md", b"", 422), ("a.pdf", b"MZ\x90\x00 not a pdf", 415), ("a.txt", b"x" * (MAX_BYTES + 1), 413)],
)
def test_files_that_can_never_be_read(admin: TestClient, shop: Shop, name: str, content: bytes, status: int) -> None:
    answer = admin.post(f"/documents/upload?name={name}", content=content, headers={"HX-Request": "true"})
    assert answer.status_code == status
    assert answer.text.endswith(".")
    assert shop.rings == []


def test_documents_say_how_they_are(admin: TestClient, shop: Shop) -> None:
    furnish(shop)
    page = admin.get("/documents").text
    for words in ("reading page 12 of 40", "No text was found on any page", "6 documents", "Not readable", "Ready"):
        assert words in page
    assert "katalog_mesin" in admin.get("/documents?q=espresso").text
    assert "faq_toko" not in admin.get("/documents?q=espresso").text


def test_passages_are_shown_page_by_page(admin: TestClient, shop: Shop) -> None:
    document_id = shop.add_document("Long", *[f"passage number {number}." for number in range(1, 61)])
    page = admin.get(f"/documents/{document_id}").text
    assert "passage number 50." in page
    assert "passage number 51." not in page
    more = admin.get(f"/documents/{document_id}/passages?after=49").text
    assert "passage number 51." in more
    assert "More passages" not in more


def test_a_page_tells_how_far_its_new_version_is(admin: TestClient, shop: Shop) -> None:
    busy = {"status": DocumentStatus.INDEXING, "progress": 0.4, "phase": "reading page 2 of 5"}
    document_id = shop.add_document("Harga", "Gayo 80.000", **busy)
    page = admin.get(f"/documents/{document_id}").text
    assert "A new version is being read" in page
    assert "reading page 2 of 5" in admin.get(f"/documents/{document_id}/progress").text
    with transaction(shop.database) as session:
        session.get_one(Document, document_id).status = DocumentStatus.INDEXED
    told = admin.get(f"/documents/{document_id}/progress").text
    assert "It has been read." in told
    assert "hx-get" not in told
    assert "being read" not in admin.get(f"/documents/{document_id}").text


def test_a_deleted_document_is_gone(admin: TestClient, shop: Shop) -> None:
    document_id = shop.add_document("Old prices", "Gayo 85.000")
    assert admin.post(f"/documents/{document_id}/delete?then=list").headers["HX-Redirect"] == "/documents"
    assert admin.get(f"/documents/{document_id}").status_code == 404
    assert "Old prices" not in admin.get("/documents").text
    assert admin.post(f"/documents/{document_id}/delete").status_code == 404


def test_a_website_is_said_to_be_read(admin: TestClient) -> None:
    answer = admin.post("/documents/websites", data={"url": "example.org"})
    assert (answer.status_code, answer.headers["HX-Trigger"]) == (204, "balas:reading")
