"""Bodies of the API that end with 413 where they become too large."""

from __future__ import annotations

from fastapi import HTTPException, Request

from balas.security.bodies import counted


def capped(request: Request, most: int, refusal: str) -> Request:
    """The same request, whose body ends with 413 and `refusal` beyond `most` bytes, however long it claims to be."""

    def too_large() -> HTTPException:
        # Closing spares the server from reading the rest of a body that nobody wants.
        return HTTPException(413, refusal, headers={"Connection": "close"})

    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length[:20]) > most:
        raise too_large()
    return Request(request.scope, counted(request.receive, most, too_large))
