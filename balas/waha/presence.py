"""The "typing…" under the name. WhatsApp lets it fade, so it is sent again while an answer is being worked out."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from balas.errors import BalasError
from balas.ports import Gateway
from balas.telemetry import logger

REPEAT_SECONDS = 8.0

log = logger("presence")


class Presence:
    """One thread per process shows typing in all chats that wait. A courtesy: its failures never stop an answer."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._due: dict[tuple[str, str], float] = {}  # chat -> monotonic time of the next "typing…"
        self._changed = threading.Condition()
        self._wakes_at = float("inf")  # of the thread, unless it is told before
        self._thread: threading.Thread | None = None
        self._closed = False

    @contextmanager
    def typing(self, waha_session: str, chat_id: str, after_seconds: float = 0.0) -> Iterator[None]:
        """Show typing while inside; with `after_seconds`, only if it takes longer than that."""
        chat = (waha_session, chat_id)
        with self._changed:
            due = self._due[chat] = time.monotonic() + after_seconds
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="presence", daemon=True)
                self._thread.start()
            if due < self._wakes_at:
                self._changed.notify()
        try:
            yield
        finally:
            with self._changed:
                self._due.pop(chat, None)

    def seen(self, waha_session: str, chat_id: str, waha_message_ids: tuple[str, ...]) -> None:
        try:
            self._gateway.send_seen(waha_session, chat_id, waha_message_ids)
        except BalasError as error:
            log.info("seen_not_shown", error=type(error).__name__)

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify()

    def _run(self) -> None:
        while (chat := self._next()) is not None:
            try:
                self._gateway.start_typing(*chat)
            except BalasError as error:
                log.info("typing_not_shown", error=type(error).__name__)

    def _next(self) -> tuple[str, str] | None:
        with self._changed:
            while not self._closed:
                now = time.monotonic()
                chat = min(self._due, key=self._due.__getitem__, default=None)
                if chat is not None and self._due[chat] <= now:
                    self._due[chat] = now + REPEAT_SECONDS
                    return chat
                self._wakes_at = float("inf") if chat is None else self._due[chat]
                self._changed.wait(None if chat is None else self._wakes_at - now)
        return None
