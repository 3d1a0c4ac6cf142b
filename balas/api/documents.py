"""/api/documents: hand a document in, see how far it is, read its passages, delete it."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import Depends, Query

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
from balas.api.paging import Pager
from balas.api.parameters import Listing, PathId, TermsFields
from balas.api.upload_body import OPENAPI, Handed, handed_in
from balas.conversations.archive import Place
from balas.database.clock import now
from balas.database.session import reading, transaction
from balas.errors import InvalidRequest
from balas.knowledge import intake, sources, terms
from balas.knowledge.fetcher import Fetcher
from balas.knowledge.uploads import Terms, Upload, fetched_page, pasted_text, uploaded_file

router = protected_router("documents")


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
    same content twice stays one document. Each line of a `.jsonl` file (`{"_id","title","text","lang"?}`) becomes a
    document of its own: the answer shows the first, and how many there are in `documents`.
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
        return DocumentPage(items=[DocumentItem.of(row) for row in page], next_cursor=next_cursor)


@router.get("/documents/{document_id}", summary="One document and how far it is")
def get_document(runtime: RuntimeDep, document_id: PathId) -> DocumentItem:
    with reading(runtime.database) as session:
        return DocumentItem.of(sources.get(session, document_id))


@router.get("/documents/{document_id}/chunks", summary="The passages of a document, in reading order")
def list_chunks(runtime: RuntimeDep, document_id: PathId, query: Annotated[Listing, Query()]) -> ChunkPage:
    pager = Pager(runtime.secrets.api_key, f"chunks of {document_id}", query.limit, query.cursor)
    after = pager.after.id if pager.after else -1
    with reading(runtime.database) as session:
        document = sources.get(session, document_id)
        rows = sources.chunks(session, document, limit=pager.rows_wanted, after=after)
        page, next_cursor = pager.cut(rows, lambda row: Place(document.created_at, row.position))
        return ChunkPage(items=[ChunkItem.of(row) for row in page], next_cursor=next_cursor)


@router.patch("/documents/{document_id}", summary="Change who it is for, its category or its period; at once")
def change_document(runtime: RuntimeDep, document_id: PathId, change: DocumentChange) -> DocumentItem:
    with transaction(runtime.database) as session:
        document = sources.get(session, document_id)
        at = now(session)
        if change.audience is not None:
            terms.give(document, change.audience, sources.bump(session, at))
        terms.put(document, _changed(terms.of(document), change), at)
        session.flush()
        return DocumentItem.of(document)


def _changed(held: Terms, change: DocumentChange) -> Terms:
    new = replace(held, **{name: getattr(change, name) for name in change.model_fields_set - {"audience"}})
    if new.valid_from is not None and new.valid_until is not None and new.valid_from >= new.valid_until:
        raise InvalidRequest("valid_from must lie before valid_until.")
    return new


@router.delete("/documents/{document_id}", status_code=204, summary="Delete a document: no search finds it any more")
def delete_document(runtime: RuntimeDep, document_id: PathId) -> None:
    with transaction(runtime.database) as session:
        sources.remove(session, document_id, now(session))


def _uploads(handed: Handed, fetcher: Fetcher) -> list[Upload]:
    match handed:
        case UrlDocument(url=url, title=title, audience=audience):
            return fetched_page(fetcher.fetch(url), title=title, audience=audience, terms=_terms(handed))
        case TextDocument(title=title, text=text, audience=audience):
            return [pasted_text(title, text, audience=audience, terms=_terms(handed))]
        case file:
            fields = file.fields
            return uploaded_file(
                file.name, file.content, title=fields.title, audience=fields.audience, terms=_terms(fields)
            )


def _terms(given: TermsFields) -> Terms | None:
    """None where nothing is said: a new version keeps what held for the one before."""
    return given.terms() if given.model_fields_set & TermsFields.model_fields.keys() else None
