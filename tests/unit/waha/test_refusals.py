from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from balas.errors import (
    BalasError,
    GatewayRejected,
    GatewayUnauthorized,
    GatewayUnavailable,
    SendOutcomeUnknown,
    TextTooLong,
)
from balas.waha.refusals import refusal, retry_after_seconds, store_is_off


@pytest.mark.parametrize(
    ("status", "sending", "reading"),
    [
        (302, GatewayUnavailable, GatewayUnavailable),
        (400, GatewayRejected, GatewayRejected),
        (401, GatewayUnauthorized, GatewayUnauthorized),
        (403, GatewayUnauthorized, GatewayUnauthorized),
        (404, GatewayRejected, GatewayRejected),
        (405, GatewayRejected, GatewayRejected),
        (408, SendOutcomeUnknown, GatewayUnavailable),
        (413, TextTooLong, GatewayRejected),
        (422, GatewayUnavailable, GatewayUnavailable),
        (429, GatewayUnavailable, GatewayUnavailable),
        (500, SendOutcomeUnknown, GatewayUnavailable),
        (501, GatewayRejected, GatewayRejected),
        (502, SendOutcomeUnknown, GatewayUnavailable),
        (503, SendOutcomeUnknown, GatewayUnavailable),
        (504, SendOutcomeUnknown, GatewayUnavailable),
        (599, SendOutcomeUnknown, GatewayUnavailable),
    ],
)
def test_what_a_status_means(status: int, sending: type[BalasError], reading: type[BalasError]) -> None:
    assert type(refusal(status, None, None, sending=True)) is sending
    assert type(refusal(status, None, None, sending=False)) is reading


@pytest.mark.parametrize("status", [400, 403, 404, 413, 422, 429, 500, 501])
def test_nothing_of_the_body_is_repeated(status: int) -> None:
    body = {"message": "my private words", "status": "my private words", "error": "12025550101", "request": {"a": 1}}
    shown = str(refusal(status, "9", body, sending=True))
    assert "private" not in shown
    assert "1202" not in shown


def test_the_status_of_a_session_is_told() -> None:
    assert "SCAN_QR_CODE" in str(refusal(422, None, {"status": "SCAN_QR_CODE"}, sending=True))
    assert "422" in str(refusal(422, None, {"status": 5}, sending=True))
    assert "422" in str(refusal(422, None, ["x"], sending=True))


def test_a_store_that_is_off_is_recognised() -> None:
    sentence = 'Enable NOWEB store "config.noweb.store.enabled=True" and ...'
    assert store_is_off({"message": sentence})
    assert store_is_off({"message": ["other", sentence]})
    assert not store_is_off({"message": "chatId should not be empty"})
    assert not store_is_off(None)
    assert "store" in str(refusal(400, None, {"message": sentence}, sending=False))


@pytest.mark.parametrize(
    ("value", "seconds"),
    [(None, None), ("3", 3.0), (" 7 ", 7.0), ("0", 0.0), ("9" * 30, 3600.0), ("-1", None), ("soon", None), ("", None)],
)
def test_retry_after_in_seconds(value: str | None, seconds: float | None) -> None:
    assert retry_after_seconds(value) == seconds


def test_retry_after_as_a_date() -> None:
    soon = retry_after_seconds(format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True))
    assert soon is not None
    assert 55 < soon <= 60
    assert retry_after_seconds("Thu, 01 Jan 2026 00:00:00 -0000") == 0
    assert retry_after_seconds(format_datetime(datetime.now(UTC) + timedelta(days=9))) == 3600
