"""Keyset paging: a cursor is a place in a listing, signed so that only cursors we gave out are taken. Pure."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import struct
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from balas.conversations.archive import Place
from balas.errors import Refused

T = TypeVar("T")

DEFAULT_LIMIT = 50
MAX_LIMIT = 200
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PLACE = struct.Struct(">qq")  # microseconds since 1970, row id
_MARK_BYTES = 12


class Pager:
    """One request for a page: where it goes on, how many rows to ask for, and the cursor of the next page."""

    def __init__(self, api_key: str, listing: str, limit: int, cursor: str | None) -> None:
        self._api_key = api_key
        self._listing = listing
        self._limit = limit
        self.after = decode_cursor(api_key, listing, cursor) if cursor is not None else None
        self.rows_wanted = limit + 1  # one more tells whether there is a next page

    def cut(self, rows: Sequence[T], place_of: Callable[[T], Place]) -> tuple[Sequence[T], str | None]:
        """The page's rows, and the cursor of the next page if there is one."""
        page = rows[: self._limit]
        if len(rows) <= self._limit:
            return page, None
        return page, encode_cursor(self._api_key, self._listing, place_of(page[-1]))


def encode_cursor(api_key: str, listing: str, place: Place) -> str:
    """Opaque text for `place`, good for this listing alone."""
    return seal(api_key, listing, _PLACE.pack((place.at - _EPOCH) // timedelta(microseconds=1), place.id))


def decode_cursor(api_key: str, listing: str, cursor: str) -> Place:
    """Raise `Refused` (400) for anything that `encode_cursor` did not make for this listing and key."""
    microseconds, row_id = _PLACE.unpack(unseal(api_key, listing, cursor))
    return Place(_EPOCH + timedelta(microseconds=microseconds), row_id)


def seal(api_key: str, listing: str, payload: bytes) -> str:
    """Signed with the API key, which all processes behind one address share, so that any of them takes it."""
    return base64.urlsafe_b64encode(payload + _mark(api_key, listing, payload)).rstrip(b"=").decode()


def unseal(api_key: str, listing: str, cursor: str) -> bytes:
    """Raise `Refused` (400) for anything that `seal` did not make for this listing and key."""
    refused = Refused("The cursor is not one that this listing gave out; start again without it.")
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise refused from error
    payload, mark = raw[:-_MARK_BYTES], raw[-_MARK_BYTES:]
    if not hmac.compare_digest(mark, _mark(api_key, listing, payload)):
        raise refused
    if seal(api_key, listing, payload) != cursor:  # base64 leaves bits that do not count
        raise refused
    return payload


def _mark(api_key: str, listing: str, payload: bytes) -> bytes:
    key = hashlib.sha256(b"balas paging\0" + api_key.encode()).digest()
    return hmac.digest(key, listing.encode() + b"\0" + payload, "sha256")[:_MARK_BYTES]
