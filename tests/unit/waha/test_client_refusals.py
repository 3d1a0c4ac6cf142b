"""What the client makes of WAHA's refusals: whether a send may be repeated, and what the error says."""

from __future__ import annotations

from contextlib import closing

import pytest

from balas.errors import (
    BalasError,
    GatewayRejected,
    GatewayUnauthorized,
    GatewayUnavailable,
    SendOutcomeUnknown,
    TextTooLong,
)
from balas.ports import SentMessage
from balas.simulator.faults import Chance, Faults
from balas.waha.client import WahaClient
from tests.unit.waha.line import ALICE, Line, send

FAULTS: list[tuple[str, Chance, type[BalasError], int]] = [
    ("lose_response", Chance(count=1), SendOutcomeUnknown, 1),
    ("lose_request", Chance(count=1), SendOutcomeUnknown, 0),
    *[("error_after", Chance(count=1, status=status), SendOutcomeUnknown, 1) for status in (500, 502, 503, 504)],
    ("error_before", Chance(count=1, status=500), SendOutcomeUnknown, 0),
    ("error_before", Chance(count=1, status=413), TextTooLong, 0),
    ("error_before", Chance(count=1, status=404), GatewayRejected, 0),
    ("error_before", Chance(count=1, status=400), GatewayRejected, 0),
    ("error_before", Chance(count=1, status=501), GatewayRejected, 0),
    ("error_before", Chance(count=1, status=403), GatewayUnauthorized, 0),
    ("error_before", Chance(count=1, status=302), GatewayUnavailable, 0),
    ("unauthorized", Chance(count=1), GatewayUnauthorized, 0),
    ("too_many", Chance(count=1, seconds=7), GatewayUnavailable, 0),
    ("no_id", Chance(count=1), SendOutcomeUnknown, 1),
]


@pytest.mark.parametrize(("fault", "chance", "expected", "shown"), FAULTS)
def test_a_failed_send_says_whether_it_may_be_repeated(
    line: Line, fault: str, chance: Chance, expected: type[BalasError], shown: int
) -> None:
    line.simulator.set_faults(Faults(**{fault: chance}))  # type: ignore[arg-type]
    outcome = send(line.client)
    assert type(outcome) is expected
    assert len(line.phones.shown(ALICE)) == shown
    assert isinstance(send(line.client), SentMessage), "the connection is usable afterwards"


def test_a_pause_wanted_by_waha_is_passed_on(noweb: Line) -> None:
    noweb.simulator.set_faults(Faults(too_many=Chance(count=1, seconds=7)))
    outcome = send(noweb.client)
    assert isinstance(outcome, GatewayUnavailable)
    assert outcome.retry_after_seconds == 7


def test_another_id_than_ours_was_sent_all_the_same(noweb: Line) -> None:
    noweb.simulator.set_faults(Faults(other_id=Chance(count=1)))
    outcome = send(noweb.client)
    assert isinstance(outcome, SentMessage)
    assert outcome.bare_id == noweb.phones.shown(ALICE)[0].bare_id != "3EB0OURS"


@pytest.mark.parametrize("status", ["STOPPED", "STARTING", "SCAN_QR_CODE", "FAILED"])
def test_a_session_that_is_not_working_sends_nothing(noweb: Line, status: str) -> None:
    noweb.phones.set_status("default", status)
    with pytest.raises(GatewayUnavailable, match=status):
        noweb.client.send_text("default", ALICE, "x")
    with pytest.raises(GatewayUnavailable):
        noweb.client.recent_messages("default", ALICE)
    with pytest.raises(GatewayUnavailable):
        noweb.client.find_message("default", ALICE, "3EB0")
    with pytest.raises(GatewayUnavailable):
        noweb.client.new_message_id("default")


def test_an_unknown_session_and_a_wrong_key(noweb: Line) -> None:
    with pytest.raises(GatewayRejected, match="404"):
        noweb.client.send_text("nowhere", ALICE, "x")
    with pytest.raises(GatewayRejected):
        noweb.client.find_message("nowhere", ALICE, "3EB0")
    with closing(WahaClient(noweb.url, "wrong")) as client:
        for call in (client.ping, client.sessions, lambda: client.new_message_id("default"), lambda: _send(client)):
            with pytest.raises(GatewayUnauthorized):
                call()


def _send(client: WahaClient) -> None:
    client.send_text("default", ALICE, "hello")


def test_errors_never_repeat_the_message_or_the_number(noweb: Line) -> None:
    secret, number = "my private words", ALICE.partition("@")[0]
    for fault, chance, _, _ in FAULTS:
        noweb.simulator.set_faults(Faults(**{fault: chance}))  # type: ignore[arg-type]
        with pytest.raises(BalasError) as raised:
            noweb.client.send_text("default", ALICE, secret)
        assert secret not in str(raised.value)
        assert number not in str(raised.value)
        assert "key" not in repr(raised.value).replace("WAHA_API_KEY", "").replace("the key ", "")
