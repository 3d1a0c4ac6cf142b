"""For whom a document is stays so when only its content is handed in again; whoever says otherwise changes it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select, update

from balas import audit
from balas.database.clock import now
from balas.database.engine import Database
from balas.database.session import reading, transaction
from balas.knowledge import approved_answers, intake, sources, terms, versions
from balas.knowledge.approved_answers import Pair
from balas.knowledge.fetcher import Fetched
from balas.knowledge.uploads import Terms, Upload, fetched_page, pasted_text, uploaded_file
from balas.models import AuditEntry, Document, DocumentVersion
from tests.unit.knowledge.small_site import Site
from tests.unit.knowledge.surveyor import Surveyor

SECRET, NEW = "Salaries: Ani 7.000.000.", "Salaries: Ani 8.000.000."
Way = Callable[[str, str | None], list[Upload]]


def _line(text: str, audience: str | None) -> list[Upload]:
    return uploaded_file("pay.jsonl", f'{{"_id": "1", "text": "{text}"}}'.encode(), audience=audience)


def _page(text: str, audience: str | None) -> list[Upload]:
    return fetched_page(Fetched("https://example.org/pay", "pay.txt", text.encode()), audience=audience)


WAYS: dict[str, Way] = {
    "file": lambda text, audience: uploaded_file("pay.txt", text.encode(), audience=audience),
    "file of a folder": lambda text, audience: uploaded_file("p.txt", text.encode(), key="a/p.txt", audience=audience),
    "line": _line,
    "address": _page,
    "text": lambda text, audience: [pasted_text("Pay", text, audience=audience)],
}


def take(database: Database, uploads: list[Upload]) -> intake.Received:
    return intake.take_in(database, uploads)[0]


def row(database: Database, document_id: int) -> Document:
    with reading(database) as session:
        return session.get_one(Document, document_id)


def publish(database: Database, document_id: int) -> None:
    """As the worker does: what was given with the content holds from here on."""
    with transaction(database) as session:
        session.execute(
            update(Document).where(Document.id == document_id).values(previous_version=Document.live_version, gate=None)
        )
        session.execute(
            update(Document)
            .where(Document.id == document_id)
            .values(live_version=Document.uploaded_version, status="indexed", audience=Document.given_audience)
        )


def given(database: Database, document_id: int) -> tuple[str, str]:
    document = row(database, document_id)
    return document.audience, document.given_audience


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("by_upload", [True, False])
def test_new_content_is_told_to_nobody_new(database: Database, way: Way, *, by_upload: bool) -> None:
    document = take(database, way(SECRET, "staff" if by_upload else None)).document
    publish(database, document.id)
    if not by_upload:
        with transaction(database) as session:
            terms.give(session, session.get_one(Document, document.id), "staff", sources.bump(session, now(session)))
    again = take(database, way(NEW, None))
    assert (again.document.id, again.document.uploaded_version, again.waits) == (document.id, 2, True)
    publish(database, document.id)
    assert given(database, document.id) == ("staff", "staff")
    assert not take(database, way(NEW, None)).waits  # and the same content is still no change
    with transaction(database) as session:
        versions.roll_back(session, session.get_one(Document, document.id), 9, now(session))
    assert given(database, document.id) == ("staff", "staff")


def test_a_new_document_is_for_everybody(database: Database) -> None:
    assert given(database, take(database, WAYS["file"](SECRET, None)).document.id) == ("public", "public")


def test_the_same_content_under_another_name_is_told_to_nobody_new(database: Database) -> None:
    document = take(database, uploaded_file("pay.txt", SECRET.encode(), audience="staff")).document
    copy = take(database, uploaded_file("copy.txt", SECRET.encode())).document
    assert (copy.id, copy.audience) == (document.id, "staff")
    assert take(database, uploaded_file("copy.txt", SECRET.encode(), audience="public")).document.id != document.id


def test_another_audience_with_the_same_content_holds_at_once_and_is_told(database: Database) -> None:
    with audit.acting(audit.COMMAND):
        document = take(database, WAYS["file"](SECRET, None)).document
        publish(database, document.id)
        again = take(database, WAYS["file"](SECRET, "staff"))
        assert (again.waits, again.document.uploaded_version) == (False, 1)
        assert given(database, document.id) == ("staff", "staff")
        take(database, WAYS["file"](SECRET, "staff"))
        take(database, WAYS["file"](NEW, "parents"))
    with reading(database) as session:
        entries = session.execute(select(AuditEntry.action, AuditEntry.target).order_by(AuditEntry.id)).all()
    own = str(document.id)
    assert [tuple(entry) for entry in entries] == [
        ("document.uploaded", own),
        ("document.changed", own),
        ("document.replaced", own),
        ("document.changed", own),
    ]


def test_a_narrower_audience_holds_before_the_new_content_is_read(database: Database) -> None:
    document = take(database, WAYS["file"](SECRET, None)).document
    publish(database, document.id)
    assert take(database, WAYS["file"](NEW, "staff")).waits
    assert given(database, document.id) == ("staff", "staff")


@pytest.mark.parametrize("wider", ["public", "parents,staff", "parents"])
def test_a_wider_audience_comes_with_the_new_content(database: Database, wider: str) -> None:
    """The former words were for staff: they are not told to others while the new ones are being read, nor afterwards
    when they are brought back."""
    document = take(database, WAYS["file"](SECRET, "staff")).document
    publish(database, document.id)
    assert take(database, WAYS["file"](NEW, wider)).waits
    assert given(database, document.id) == ("staff", wider)
    with reading(database) as session:
        [kept] = session.scalars(select(DocumentVersion).where(DocumentVersion.version == 1))
    assert (kept.details["audience"], kept.details["given_audience"]) == ("staff", "staff")
    publish(database, document.id)
    assert given(database, document.id) == (wider, wider)


def test_approved_answers_keep_theirs(database: Database) -> None:
    def upload(answer: str, audience: str | None, said: Terms | None = None) -> Upload:
        return approved_answers.upload(
            Pair(("Wages?",), answer), key=None, language=None, audience=audience, terms=said
        )

    document = take(database, [upload("7.000.000", "staff", Terms("pay"))]).document
    publish(database, document.id)
    with transaction(database) as session:
        sources.revise(session, session.get_one(Document, document.id), upload("8.000.000", None), now(session))
    publish(database, document.id)
    assert given(database, document.id) == ("staff", "staff")
    assert row(database, document.id).category == "pay"


def test_a_page_that_changes_keeps_what_a_person_set(site: Site, surveyor: Surveyor) -> None:
    site.text("/", "Welcome.")
    site.file("/sitemap.xml", _sitemap(site, "/", "/pay", "/hours"), "application/xml")
    site.text("/pay", SECRET)
    site.text("/hours", "Nine to five.")
    website_id = surveyor.read()
    surveyor.settle()
    _set(surveyor, "/pay", "staff")
    for text in (NEW, SECRET):
        site.text("/pay", text)
        site.text("/hours", text + " Nine to five.")
        surveyor.again(website_id)
        surveyor.settle()
        assert surveyor.content("/pay") == text
        assert _audiences(surveyor) == {"/": "public", "/pay": "staff", "/hours": "public"}
    site.fails("/pay", 404)
    surveyor.again(website_id)
    assert set(surveyor.documents()) == {"/", "/hours"}
    site.text("/pay", NEW)  # back again: another document, still not for everybody
    surveyor.again(website_id)
    assert _audiences(surveyor)["/pay"] == "staff"
    site.redirect("/pay", f"{site.url}/wages")
    site.text("/wages", NEW + " Budi 6.000.000.")
    surveyor.again(website_id)
    assert _audiences(surveyor) == {"/": "public", "/wages": "staff", "/hours": "public"}


def test_the_setting_of_a_website_is_for_pages_that_nobody_set(site: Site, surveyor: Surveyor) -> None:
    site.text("/", "Welcome.")
    site.file("/sitemap.xml", _sitemap(site, "/", "/pay", "/hours"), "application/xml")
    site.text("/pay", SECRET)
    site.text("/hours", "Nine to five.")
    website_id = surveyor.read(audience="parents")
    surveyor.settle()
    assert set(_audiences(surveyor).values()) == {"parents"}
    _set(surveyor, "/pay", "staff")
    surveyor.add()  # asked for again, and nothing said of an audience
    assert surveyor.website(website_id).audience == "parents"
    assert _audiences(surveyor) == {"/": "parents", "/pay": "staff", "/hours": "parents"}
    surveyor.add(audience="public")
    assert _audiences(surveyor) == {"/": "public", "/pay": "staff", "/hours": "public"}  # at once, before it is read
    site.text("/pay", NEW)
    site.text("/hours", "Nine to six.")
    surveyor.go(website_id)
    surveyor.settle()
    assert _audiences(surveyor) == {"/": "public", "/pay": "staff", "/hours": "public"}


def test_a_page_that_was_handed_in_by_itself_keeps_its_audience(site: Site, surveyor: Surveyor) -> None:
    site.text("/", SECRET)
    fetched = Fetched(f"{site.url}/", "page.txt", SECRET.encode())
    intake.take_in(surveyor.database, fetched_page(fetched, audience="staff"))
    website_id = surveyor.read()
    assert _audiences(surveyor) == {"/": "staff"}
    surveyor.add(audience="parents")
    surveyor.go(website_id)
    assert _audiences(surveyor) == {"/": "staff"}


def _sitemap(site: Site, *paths: str) -> bytes:
    found = "".join(f"<url><loc>{site.url}{path}</loc></url>" for path in paths)
    return f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{found}</urlset>'.encode()


def _set(surveyor: Surveyor, path: str, audience: str) -> None:
    with transaction(surveyor.database) as session:
        document = sources.get(session, surveyor.documents()[path].id)
        terms.give(session, document, audience, sources.bump(session, now(session)))


def _audiences(surveyor: Surveyor) -> dict[str, str]:
    found = surveyor.documents()
    assert all(one.audience == one.given_audience for one in found.values())
    return {path: one.audience for path, one in found.items()}
