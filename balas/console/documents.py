"""Documents: hand files in, see how far they are, look at their passages, delete them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from balas import audit
from balas.audit import Action
from balas.console import terms_form, websites
from balas.console.guard import AdminRoute, UploadRoute
from balas.console.live import Region, until_differs
from balas.console.pages import macro, page, utc_offset, whole
from balas.console.parameters import RowId
from balas.console.state import console_of, runtime_of
from balas.console.terms_form import TermsForm
from balas.console.wording import LocalTime
from balas.database.clock import now
from balas.database.session import reading, transaction
from balas.errors import Conflict, DocumentRejected, InvalidRequest
from balas.knowledge import intake, publishing, reports, sources, terms
from balas.knowledge.files import MAX_BYTES
from balas.knowledge.uploads import uploaded_file
from balas.knowledge.websites import MAX_PAGES, PAGES
from balas.models import Document, DocumentStatus
from balas.runtime import Runtime
from balas.security.bodies import counted
from balas.values import audiences_in

SHOWN = 100
PASSAGES_SHOWN = 50
LOOK_SECONDS = 0.7
_TYPES = {"pdf": "PDF", "docx": "Word", "xlsx": "Excel", "csv": "Table", "md": "Text", "txt": "Text"}
_TYPES |= {
    "html": "Web page",
    "page": "Web page",
    "jsonl": "Entry",
    "xls": "Excel",
    "pptx": "PowerPoint",
    "epub": "E\u2011book",
    "rtf": "Text",
}
_TYPES |= {"odt": "Text", "ods": "Spreadsheet", "odp": "Presentation"} | dict.fromkeys(("jpg", "png", "webp"), "Photo")

router = APIRouter(route_class=AdminRoute, include_in_schema=False)
uploads = APIRouter(route_class=UploadRoute, include_in_schema=False)


@router.get("/documents")
def documents(request: Request, q: str = "", before: RowId | None = None, category: str = "") -> Response:
    shelf = Shelf(runtime_of(request), LocalTime(utc_offset(request)), q.strip(), before, category)
    summary, listed, sites = shelf.regions()
    with reading(runtime_of(request).database) as session:
        known = terms_form.known(session)
    return page(
        request,
        "documents.html",
        q=q,
        before=before,
        category=category,
        known=known,
        older=shelf.older,
        summary=whole(summary),
        documents=whole(listed),
        websites=whole(sites),
        site_pages=PAGES,
        site_max_pages=MAX_PAGES,
        site_every=websites.EVERY,
    )


@router.get("/documents/live")
async def live(request: Request, q: str = "", before: RowId | None = None, category: str = "") -> Response:
    shelf = Shelf(runtime_of(request), LocalTime(utc_offset(request)), q.strip(), before, category)
    return console_of(request).streams.response(shelf.regions, shelf.changed)


@uploads.post("/documents/upload")
async def upload(request: Request, name: str, audience: str = "") -> Response:
    """One file per request, as the plain body; refused as soon as it is too large. Without an audience a new one is for
    everybody, and one that replaces another stays for whom that was."""
    told = TermsForm(audience=audience.strip() or None).audiences()
    content = await _body(request)
    runtime = runtime_of(request)
    received = await to_thread.run_sync(_take_in, runtime, name, content, told)
    await to_thread.run_sync(lambda: runtime.queue.ring(*intake.rings(received)))
    if any(one.waits for one in received):
        return Response(status_code=202)
    first = received[0]
    now_for = f" It is for {first.document.audience.replace(',', ', ')} now." if first.told_anew else ""
    return PlainTextResponse(f"“{first.document.name}” is here already, with the same content.{now_for}")


@router.get("/documents/{document_id}")
def document(request: Request, document_id: RowId) -> Response:
    return _page(request, document_id)


def _page(request: Request, document_id: int, sent: TermsForm | None = None, problem: str = "") -> Response:
    """`sent`: what could not be saved, and why."""
    with reading(runtime_of(request).database) as session:
        found = sources.get(session, document_id)
        passages = sources.chunks(session, found, limit=PASSAGES_SHOWN + 1)
        known = terms_form.known(session)
        report = reports.standing(session, [found]).get(document_id)
    time = LocalTime(utc_offset(request))
    fields = terms_form.fields(found, utc_offset(request))
    response = page(
        request,
        "document.html",
        document=card(found, time),
        terms={**fields, **(sent.model_dump(exclude={"form_token"}, exclude_none=True) if sent else {})},
        known=known,
        empty_audiences=sorted(audiences_in(found.given_audience) - {*known["audiences"]}),
        problem=problem,
        gate=report,
        state=found.gate or (report.outcome if report else None),
        passages=passages[:PASSAGES_SHOWN],
        after=passages[PASSAGES_SHOWN - 1].position if len(passages) > PASSAGES_SHOWN else None,
    )
    response.status_code = InvalidRequest.status if problem else 200
    return response


@router.get("/documents/{document_id}/progress")
def progress(request: Request, document_id: RowId) -> Response:
    with reading(runtime_of(request).database) as session:
        found = sources.get(session, document_id)
    shown = card(found, LocalTime(utc_offset(request)))
    return HTMLResponse(str(macro("_document.html", "progress")(shown, found.live_version is not None)))


@router.get("/documents/{document_id}/passages")
def more_passages(request: Request, document_id: RowId, after: RowId) -> Response:
    with reading(runtime_of(request).database) as session:
        found = sources.get(session, document_id)
        passages = sources.chunks(session, found, limit=PASSAGES_SHOWN + 1, after=after)
    last = passages[PASSAGES_SHOWN - 1].position if len(passages) > PASSAGES_SHOWN else None
    return HTMLResponse(str(macro("_document.html", "passages")(document_id, passages[:PASSAGES_SHOWN], last)))


@router.post("/documents/{document_id}/terms")
def change_terms(request: Request, document_id: RowId, form: Annotated[TermsForm, Form()]) -> Response:
    try:
        with transaction(runtime_of(request).database) as session:
            found, at = sources.get(session, document_id), now(session)
            new = form.terms(utc_offset(request), terms.of(found))
            if (audience := form.audiences()) is not None:
                terms.give(session, found, audience, sources.bump(session, at))
            terms.put(found, new, at)
            audit.record(session, Action.DOCUMENT_CHANGED, document_id)
    except InvalidRequest as error:
        return _page(request, document_id, form, str(error))
    return RedirectResponse(f"/documents/{document_id}", status_code=303)


@router.post("/documents/{document_id}/delete")
def delete(request: Request, document_id: RowId, then: str = "", force: bool = False) -> Response:
    runtime = runtime_of(request)
    try:
        publishing.delete(runtime.database, runtime.gate, document_id, force=force)
    except Conflict:  # the document's page says which questions would fall, and can delete it all the same
        return Response(status_code=204, headers={"HX-Redirect": f"/documents/{document_id}"})
    return Response(status_code=204, headers={"HX-Redirect": "/documents"} if then == "list" else {})


async def _body(request: Request) -> bytes:
    refusal = f"The file is larger than {MAX_BYTES // 1_048_576} MB. Split it."
    body = await Request(
        request.scope, counted(request.receive, MAX_BYTES, lambda: DocumentRejected(refusal, 413))
    ).body()
    if not body:
        raise InvalidRequest("The file is empty. Check it and try again.")
    return body


def _take_in(runtime: Runtime, name: str, content: bytes, audience: str | None) -> list[sources.Received]:
    return intake.take_in(runtime.database, uploaded_file(name, content, audience=audience))


class Shelf:
    """The list of documents as regions, drawn anew when any row has changed."""

    def __init__(self, runtime: Runtime, time: LocalTime, q: str, before: int | None, category: str = "") -> None:
        self._runtime, self._time, self._q, self._before = runtime, time, q, before
        self._category = category
        self._mark: object = None
        self.older: int | None = None

    async def changed(self) -> None:
        await until_differs(self._look, self._mark, LOOK_SECONDS)

    def regions(self) -> Sequence[Region]:
        self._mark = self._look()
        with reading(self._runtime.database) as session:
            rows = sources.page(
                session, limit=SHOWN + 1, before_id=self._before, q=self._q or None, category=self._category or None
            )
            sites = websites.shelf(session, self._time)
        self.older = rows[SHOWN - 1].id if len(rows) > SHOWN else None
        draw = macro("_document.html", "row")
        drawn = tuple((f"document-{row.id}", str(draw(card(row, self._time)))) for row in rows[:SHOWN])
        return (
            Region("documents-summary", str(macro("_document.html", "summary")(*self._summary()))),
            Region("documents", items=drawn),
            sites,
        )

    def _look(self) -> object:
        with reading(self._runtime.database) as session:
            return mark(session), websites.mark(session)

    def _summary(self) -> tuple[int, int, int]:
        shelf = (Document.deleted_at.is_(None), Document.source != sources.CURATED)
        query = select(Document.status, func.count(), func.sum(Document.chunk_count)).where(*shelf)
        with reading(self._runtime.database) as session:
            rows = session.execute(query.group_by(Document.status)).all()
        waiting = sum(n for status, n, _ in rows if status in (DocumentStatus.RECEIVED, DocumentStatus.INDEXING))
        return sum(n for _, n, _ in rows), int(sum(passages or 0 for *_, passages in rows)), waiting


def mark(session: Session) -> object:
    """Differs whenever something that is shown of documents has changed."""
    figures = (func.count(), func.max(Document.updated_at), func.sum(Document.progress), func.max(Document.id))
    return session.execute(select(*figures).where(Document.deleted_at.is_(None))).one()


def card(row: Document, time: LocalTime) -> dict[str, Any]:
    """A document as its row and its page show it."""
    return {
        "id": row.id,
        "title": row.title,
        "name": row.name,
        "kind": _TYPES.get(row.file_type or "", "Document"),
        "size": row.size,
        "pages": row.pages,
        "passages": row.chunk_count,
        "status": row.status,
        "busy": row.status in (DocumentStatus.RECEIVED, DocumentStatus.INDEXING),
        "progress": row.progress,
        "phase": row.phase or "waiting to be read",
        "gate": row.gate,
        "previous": row.previous_version,
        "error": row.error or "It could not be read.",
        "warnings": [line for line in (row.warnings or "").splitlines() if line.strip()],
        "sample": row.source == "sample",
        "tags": terms_form.tags(row, time.offset_minutes, datetime.now(UTC)),
        "added": time.brief(row.created_at, datetime.now(UTC)),
    }
