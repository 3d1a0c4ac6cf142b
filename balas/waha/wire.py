"""What WAHA puts on the wire, before any meaning: strict JSON in, tolerant readers for the values inside. Pure."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from typing import Any

import msgspec

from balas.errors import UnusableEvent

Json = dict[str, Any]

_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode
_NUMERIC = (int, float, str)  # as a union it would be made anew at each call
_MAX_DIGITS = 4_300  # as Python allows for integers
_OLDEST = 1_230_768_000.0  # 2009: there was no WhatsApp before
_NEWEST = 4_102_444_800.0  # 2100


def decode_object(raw: bytes) -> Json:
    """The JSON object in `raw`; raises UnusableEvent("unparseable") for everything that is not exactly one.

    WAHA's bodies are JSON.stringify output, which msgspec writes back byte for byte: equal bytes prove that no key came
    twice, for a third of the cost of watching every key. Whatever differs is read again, slowly.
    """
    try:
        decoded = _decode(raw)
        if type(decoded) is dict and _encode(decoded) == raw:
            return decoded
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        pass  # BOM, lone surrogates and bad UTF-8 are forgiven below, the rest is refused there
    return _decode_slowly(raw)


def _decode_slowly(raw: bytes) -> Json:
    text = raw.decode("utf-8", "replace").removeprefix("\ufeff").replace("\0", "")
    try:
        # Python's own limit refuses integers of more than 4,300 digits.
        decoded = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=_real)
    except (ValueError, RecursionError):
        raise UnusableEvent("unparseable") from None
    if not isinstance(decoded, dict):
        raise UnusableEvent("unparseable")
    return decoded


def _unique(pairs: list[tuple[str, Any]]) -> Json:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("duplicate key")
    return members


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _real(digits: str) -> float:
    if len(digits) > _MAX_DIGITS:
        raise ValueError("number too long")
    return float(digits)


def as_object(value: object) -> Json:
    """`value` when it is an object, else an empty one: absent, null and wrong types read alike."""
    return value if isinstance(value, dict) else {}


def as_text(value: object, limit: int | None = None) -> str:
    """A string without NUL and lone surrogates, cut at `limit` characters; "" for everything that is not a string."""
    if not isinstance(value, str):
        return ""
    if limit is not None:
        value = value[:limit]
    if "\0" in value:
        value = value.replace("\0", "")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            value = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return value


def as_flag(value: object) -> bool | None:
    """A boolean, however it is spelt; None when it says nothing."""
    if isinstance(value, bool):
        return value
    if value in ("true", "True", 1, "1"):
        return True
    return False if value in ("false", "False", 0, "0") else None


def as_number(value: object) -> float | None:
    """A finite number out of a number, a string or protobuf's {low, high, unsigned}."""
    if isinstance(value, dict):
        low, high = value.get("low"), value.get("high")
        if type(low) is not int or type(high) is not int:
            return None
        value = (high << 32) + (low & 0xFFFFFFFF) if -(2**31) <= high < 2**32 else None
    if isinstance(value, bool) or not isinstance(value, _NUMERIC):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def as_time(value: object) -> datetime | None:
    """A moment out of seconds, milli-, micro- or nanoseconds or an ISO string; None when it cannot be a message's."""
    if isinstance(value, str) and "T" in value and len(value) < 40:
        return _iso(value)
    seconds = as_number(value)
    if seconds is None:
        return None
    for limit in (1e17, 1e14, 1e11):
        if seconds >= limit:
            seconds /= limit / 1e8
            break
    if not _OLDEST <= seconds < _NEWEST:
        return None
    return datetime.fromtimestamp(seconds, UTC)


def _iso(value: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC) if _OLDEST <= moment.timestamp() < _NEWEST else None
    except OverflowError:
        return None
