"""What WAHA's answers mean for the caller: which error, and whether something may have been sent. Pure.

The body of an error echoes the request, so none of its text gets into our messages; only a session's status does.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from balas.errors import (
    BalasError,
    GatewayRejected,
    GatewayUnauthorized,
    GatewayUnavailable,
    SendOutcomeUnknown,
    TextTooLong,
)
from balas.waha.wire import as_object, as_text

_STATUS = re.compile(r"[A-Z_]{1,40}", re.ASCII)
_LONGEST_WAIT_SECONDS = 3_600.0


def refusal(status: int, retry_after: str | None, body: object, *, sending: bool) -> BalasError:
    """The error for an answer that is not 2xx.

    `sending`: the call shows something on a phone, so a server error leaves the outcome open.
    """
    wait = retry_after_seconds(retry_after)
    if status == 401:
        return GatewayUnauthorized("WAHA answered 401: set WAHA_API_KEY to the key WAHA was started with.", wait)
    if status == 403:
        return GatewayUnauthorized(
            "WAHA answered 403: the key lacks the right to send, or the session does not exist.", wait
        )
    if status == 422:
        return GatewayUnavailable(f"{_not_working(body)} Pair or start the session in WAHA.", wait)
    if status == 429:
        return GatewayUnavailable("WAHA answered 429: it wants a pause.", wait)
    if status == 408 or (status >= 500 and status != 501):
        if sending:
            return SendOutcomeUnknown(f"WAHA answered {status}: the message may have been sent.", wait)
        return GatewayUnavailable(f"WAHA answered {status}: look at its log.", wait)
    if 300 <= status < 400:
        return GatewayUnavailable(f"WAHA answered {status}, a redirect: set WAHA_BASE_URL to the final address.", wait)
    if status == 413 and sending:
        return TextTooLong("WAHA answered 413: the text is too long for it.")
    return GatewayRejected(_rejection(status, body))


def _not_working(body: object) -> str:
    status = as_text(as_object(body).get("status"))
    if _STATUS.fullmatch(status) and status != "WORKING":
        return f"WAHA's session is {status}, not WORKING."
    return "WAHA answered 422: its session is not WORKING."


def _rejection(status: int, body: object) -> str:
    if status == 404:
        return "WAHA answered 404: the session was not found. Create or start it in WAHA, then retry."
    if status == 501:
        return "WAHA answered 501: its engine cannot do this."
    if status == 400 and store_is_off(body):
        return "WAHA keeps no messages: turn on the NOWEB store (config.noweb.store.enabled)."
    return f"WAHA answered {status}: it refuses this request."


def store_is_off(body: object) -> bool:
    """NOWEB without its store refuses to read messages, naming the setting."""
    message = as_object(body).get("message")
    if isinstance(message, list):
        message = " ".join(as_text(item) for item in message)
    return "noweb" in as_text(message, 2_000).lower() and "store" in as_text(message, 2_000).lower()


def retry_after_seconds(value: str | None) -> float | None:
    """Retry-After as seconds from now, an hour at most: a number or a date."""
    if value is None:
        return None
    value = value.strip()
    if value.isascii() and value.isdigit():
        return min(float(value[:9]), _LONGEST_WAIT_SECONDS)
    moment = as_moment(value)
    return min(max((moment - datetime.now(UTC)).total_seconds(), 0.0), _LONGEST_WAIT_SECONDS) if moment else None


def as_moment(value: str | None) -> datetime | None:
    """A date as HTTP writes it."""
    try:
        moment = parsedate_to_datetime(value or "")
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
