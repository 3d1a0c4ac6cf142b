"""Reads the body of an upload while it streams: a multipart file, an address, or a text."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from fastapi import HTTPException, Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from pydantic_core import from_json
from starlette.datastructures import UploadFile

from balas.api.bodies import capped
from balas.api.deps import is_json
from balas.api.document_schemas import TextDocument, Title, UrlDocument
from balas.api.parameters import AUDIENCE_LEFT_OUT, GivenAudience, TermsFields
from balas.knowledge.files import MAX_BYTES

MOST_AT_ONCE = 32
FORM_BYTES = 64 * 1024  # what multipart adds around a file
_NAMED = ("title", "audience", "category", "valid_from", "valid_until")
_FIELDS = frozenset({"file", *_NAMED})


class FileFields(TermsFields):
    title: Title | None = None
    audience: GivenAudience = None


@dataclass(frozen=True, slots=True)
class FileBody:
    name: str
    content: bytes
    fields: FileFields


Handed = FileBody | UrlDocument | TextDocument

OPENAPI: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {"type": "string", "format": "binary"},
                        "title": {"type": "string", "maxLength": 200},
                        "audience": {"type": "string", "description": AUDIENCE_LEFT_OUT},
                        "category": {"type": "string", "maxLength": 64},
                        "valid_from": {"type": "string", "format": "date-time"},
                        "valid_until": {"type": "string", "format": "date-time"},
                    },
                },
                "example": {"file": "returns.pdf", "title": "Returns and refunds"},
            },
            "application/json": {
                "schema": {"anyOf": [UrlDocument.model_json_schema(), TextDocument.model_json_schema()]},
                "examples": {
                    "address": {"value": {"url": "https://example.org/returns"}},
                    "text": {"value": {"title": "Opening hours", "text": "We are open from nine to five."}},
                },
            },
        },
    }
}


class _Uploads:
    """The uploads of this process: each holds its body in memory until its document is stored."""

    under_way = 0


async def handed_in(request: Request) -> AsyncIterator[Handed]:
    """The body, read to its end or to the limit, whichever comes first. 429 while too many others are."""
    if _Uploads.under_way >= MOST_AT_ONCE:
        raise HTTPException(429, "Too many uploads at once; send this one again.", headers={"Retry-After": "2"})
    _Uploads.under_way += 1
    try:
        yield await _read(request)
    finally:
        _Uploads.under_way -= 1


async def _read(request: Request) -> Handed:
    limited = within_a_file(request)
    content_type = request.headers.get("content-type", "")
    if content_type.partition(";")[0].strip().lower() == "multipart/form-data":
        return await _file(limited)
    if is_json(content_type):
        return _document(await limited.body())
    raise HTTPException(415, "Send a file as multipart/form-data, or an address or text as application/json.")


def within_a_file(request: Request) -> Request:
    """The same request, whose body ends where a file of the largest size would."""
    return capped(
        request, MAX_BYTES + FORM_BYTES, f"The file is larger than {MAX_BYTES // 1024 // 1024} MiB: split it."
    )


async def _file(request: Request) -> FileBody:
    async with request.form(max_files=1, max_fields=8) as form:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise RequestValidationError([_violation("file", "missing", "Send one file in the field named file.")])
        if unknown := [name for name in form if name not in _FIELDS]:
            raise RequestValidationError([_violation(name, "extra_forbidden", "") for name in unknown])
        fields = {name: form[name] for name in _NAMED if form.get(name)}
        try:
            return FileBody(file.filename or "", await file.read(), FileFields.model_validate(fields))
        except ValidationError as error:
            raise _refused(error) from error


def _document(body: bytes) -> UrlDocument | TextDocument:
    try:
        value = from_json(body, allow_inf_nan=False)
    except ValueError as error:
        raise RequestValidationError([{"type": "json_invalid", "loc": ("body",), "msg": "not JSON"}]) from error
    try:
        if isinstance(value, dict) and "url" in value:
            return UrlDocument.model_validate(value)
        return TextDocument.model_validate(value)
    except ValidationError as error:
        raise _refused(error) from error


def _refused(error: ValidationError) -> RequestValidationError:
    found = error.errors(include_url=False, include_input=False, include_context=False)
    return RequestValidationError([{**item, "loc": ("body", *item["loc"])} for item in found])


def _violation(field: str, kind: str, message: str) -> dict[str, Any]:
    return {"type": kind, "loc": ("body", field), "msg": message}
