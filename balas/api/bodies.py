"""Bodies that are counted while they come: a length header may be wrong or missing."""

from __future__ import annotations

from fastapi import HTTPException, Request
from starlette.types import Message


def capped(request: Request, most: int, refusal: str) -> Request:
    """The same request, whose body ends with 413 and `refusal` beyond `most` bytes, however long it claims to be."""
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length[:20]) > most:
        raise _too_large(refusal)
    total = 0

    async def receive() -> Message:
        nonlocal total
        message = await request.receive()
        total += len(message.get("body", b""))
        if total > most:
            raise _too_large(refusal)
        return message

    return Request(request.scope, receive)


def _too_large(refusal: str) -> HTTPException:
    # Closing spares the server from reading the rest of a body that nobody wants.
    return HTTPException(413, refusal, headers={"Connection": "close"})
