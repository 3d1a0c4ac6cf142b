"""Bodies that are counted while they come: a length header may be wrong or missing, and the framework has no limit.

The webhook alone counts in a loop of its own, which joins the parts as well.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]  # of ASGI


def counted(receive: Receive, most: int, refusal: Callable[[], Exception]) -> Receive:
    """The same messages; the one that goes beyond `most` bytes raises what `refusal` makes."""
    total = 0

    async def counting() -> Message:
        nonlocal total
        message = await receive()
        total += len(message.get("body", b""))
        if total > most:
            raise refusal()
        return message

    return counting
