"""/api/documents: hand a document in, see how far it is, read its passages, delete it."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import Depends, Query

from balas import audit
from balas.api.admission import Area
from balas.api.deps import RuntimeDep, protected_router
from balas.api.document_schemas import (
    ChunkItem,
    ChunkPage,
    DocumentAccepted,
    DocumentChange,
    DocumentItem,
    DocumentPage,
    DocumentQuery,
    TextDocument,
    UrlDocument,
)
from balas.api.gate_schemas import Deletion
from balas.api.idempotency import IdempotentRoute
from balas.api.paging import Pager
from balas.api.parameters import Listing, PathId
from balas.api.upload_body import OPENAPI, Handed, handed_in
from balas.audit import Action
from balas.conversations.archive import Place
from balas.database.clock import now
from balas.database.session import reading, transaction
from balas.errors import InvalidRequest
from balas.knowledge import intake, publishing, reports, sources, terms
from balas.knowledge.fetcher import Fetcher
from balas.knowledge.uploads import Terms, Upload, fetched_page, pasted_text, uploaded_file
from balas.models import Document
from balas.runtime import Runtime

router = protected_router(Area.KNOWLEDGE, route_class=IdempotentRoute)


def web_fetcher(runtime: RuntimeDep) -> Fetcher:
    return Fetcher(trusted=runtime.settings.intranet_hosts)


@router.post("/documents", status_code=202, summary="Hand in a file, an address or a text", openapi_extra=OPENAPI)
def add_document(
    runtime: RuntimeDep,
    handed: Annotated[Handed, Depends(handed_in)],
    fetcher: Annotated[Fetcher, Depends(web_fetcher)],
) -> DocumentAccepted:
    """The document is kept when this answers, and indexed after; ask for its `status`. A file of the same name, the
    same address, or a text of the same title is a new version; the old one answers until the new one is indexed. The
    same content twice stays one document. Audience, category and period stay where nothing is said of them; a narrower
    `audience` holds at once, a wider one comes with the new version. Each line of a `.jsonl` file
    (`{"_id","title","text","lang"?}`) becomes a document of its own: the answer shows the first, and how many there are
    in `documents`.
    """
    received = intake.take_in(runtime.database, _uploads(handed, fetcher))
    runtime.queue.ring(*intake.rings(received))
    return DocumentAccepted.first_of(received[0].document, len(received))


@router.get("/documents", summary="Documents, newest first")
def list_documents(runtime: RuntimeDep, query: Annotated[DocumentQuery, Query()]) -> DocumentPage:
    pager = Pager(runtime.secrets.api_key, "documents", query.limit, query.cursor)
    before_id = pager.after.id if pager.after else None
    with reading(runtime.database) as session:
        rows = sources.page(
            session,
            limit=pager.rows_wanted,
            before_id=before_id,
            status=query.status,
            q=query.q,
            category=query.category,
        )
        page, next_cursor = pager.cut(rows, lambda row: Place(row.created_at, row.id))
        found = reports.standing(session, page)
        return DocumentPage(items=[DocumentItem.of(row, found.get(row.id)) for row in page], next_cursor=next_cursor)


@router.get("/documents/{document_id}", summary="One document and its progress")
def get_document(runtime: RuntimeDep, document_id: PathId) -> DocumentItem:
    with reading(runtime.database) as session:
        document = sources.get(session, document_id)
        return DocumentItem.of(document, reports.standing(session, [document]).get(document.id))


@router.get("/documents/{document_id}/chunks", summary="The passages of a document, in reading order")
def list_chunks(runtime: RuntimeDep, document_id: PathId, query: Annotated[Listing, Query()]) -> ChunkPage:
    pager = Pager(runtime.secrets.api_key, f"chunks of {document_id}", query.limit, query.cursor)
    after = pager.after.id if pager.after else -1
    with reading(runtime.database) as session:
        document = sources.get(session, document_id)
        rows = sources.chunks(session, document, limit=pager.rows_wanted, after=after)
        page, next_cursor = pager.cut(rows, lambda row: Place(document.created_at, row.position))
        return ChunkPage(items=[ChunkItem.of(row) for row in page], next_cursor=next_cursor)


@router.patch("/documents/{document_id}", summary="Change at once whom it is for, its category or its period")
def change_document(runtime: RuntimeDep, document_id: PathId, change: DocumentChange) -> DocumentItem:
    with transaction(runtime.database) as session:
        document = sources.get(session, document_id)
        at = now(session)
        if change.audience is not None:
            terms.give(session, document, change.audience, sources.bump(session, at))
        terms.put(document, _changed(terms.of(document), change), at)
        audit.record(session, Action.DOCUMENT_CHANGED, document_id)
    return _item(runtime, document)


def _changed(held: Terms, change: DocumentChange) -> Terms:
    new = replace(held, **{name: getattr(change, name) for name in change.model_fields_set - {"audience"}})
    if new.valid_from is not None and new.valid_until is not None and new.valid_from >= new.valid_until:
        raise InvalidRequest("valid_from must lie before valid_until.")
    return new


@router.delete("/documents/{document_id}", status_code=204, summary="Delete a document: no search finds it any more")
def delete_document(runtime: RuntimeDep, document_id: PathId, query: Annotated[Deletion, Query()]) -> None:
    """With `BALAS_CHANGE_GATE=hold` it is refused with 409 when golden questions fall by it, unless it is forced."""
    publishing.delete(runtime.database, runtime.gate, document_id, force=query.force)


@router.post("/documents/{document_id}/rollback", summary="Bring the previous version back")
def roll_back_document(runtime: RuntimeDep, document_id: PathId) -> DocumentItem:
    """It answers from this moment on; the version that was live is dropped. 409 when there is no previous version: one
    is kept only until the next one is published."""
    return DocumentItem.of(publishing.roll_back(runtime.database, document_id))


@router.post("/documents/{document_id}/publish", summary="Publish a version that is held")
def publish_document(runtime: RuntimeDep, document_id: PathId) -> DocumentItem:
    return _item(runtime, publishing.publish_held(runtime.database, document_id))


@router.post("/documents/{document_id}/discard", status_code=204, summary="Drop a version that is held")
def discard_document(runtime: RuntimeDep, document_id: PathId) -> None:
    """The live version stays. A document that never had one is deleted."""
    publishing.discard_held(runtime.database, document_id)


def _item(runtime: Runtime, document: Document) -> DocumentItem:
    with reading(runtime.database) as session:
        return DocumentItem.of(document, reports.standing(session, [document]).get(document.id))


def _uploads(handed: Handed, fetcher: Fetcher) -> list[Upload]:
    match handed:
        case UrlDocument(url=url, title=title, audience=audience):
            return fetched_page(fetcher.fetch(url), title=title, audience=audience, terms=handed.said())
        case TextDocument(title=title, text=text, audience=audience):
            return [pasted_text(title, text, audience=audience, terms=handed.said())]
        case file:
            fields = file.fields
            return uploaded_file(
                file.name, file.content, title=fields.title, audience=fields.audience, terms=fields.said()
            )
