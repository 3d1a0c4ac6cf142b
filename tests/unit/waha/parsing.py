"""What becomes of a body: the message that it holds, or the reason why it is refused."""

from __future__ import annotations

from typing import Any

import pytest

from balas.errors import UnusableEvent
from balas.values import InboundMessage
from balas.waha.events import parse_event
from tests.waha_events import all_events, envelope, to_bytes

TEXT = all_events()["message.text.noweb"]
RAW = to_bytes(TEXT)


def reason(raw: bytes) -> str:
    with pytest.raises(UnusableEvent) as refused:
        parse_event(raw)
    return refused.value.reason


def message(payload: dict[str, Any], engine: str = "NOWEB") -> InboundMessage:
    content = parse_event(to_bytes(envelope("message", 1, payload, engine))).content
    assert isinstance(content, InboundMessage)
    return content
