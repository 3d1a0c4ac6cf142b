"""What a person decides about the versions of a document."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from balas.console.guard import AdminRoute
from balas.console.parameters import RowId
from balas.console.state import runtime_of
from balas.database.session import reading
from balas.knowledge import publishing
from balas.models import Document

router = APIRouter(route_class=AdminRoute, include_in_schema=False)


@router.post("/documents/{document_id}/rollback")
def roll_back(request: Request, document_id: RowId) -> Response:
    publishing.roll_back(runtime_of(request).database, document_id)
    return _again(f"/documents/{document_id}")


@router.post("/documents/{document_id}/publish")
def publish(request: Request, document_id: RowId) -> Response:
    publishing.publish_held(runtime_of(request).database, document_id)
    return _again(f"/documents/{document_id}")


@router.post("/documents/{document_id}/discard")
def discard(request: Request, document_id: RowId) -> Response:
    database = runtime_of(request).database
    publishing.discard_held(database, document_id)
    with reading(database) as session:
        stays = session.get_one(Document, document_id).deleted_at is None
    return _again(f"/documents/{document_id}" if stays else "/documents")


@router.post("/documents/{document_id}/accept")
def accept(request: Request, document_id: RowId) -> Response:
    publishing.accept(runtime_of(request).database, document_id)
    return _again(f"/documents/{document_id}")


def _again(address: str) -> Response:
    return Response(status_code=204, headers={"HX-Redirect": address})
