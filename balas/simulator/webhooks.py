"""Webhooks as WAHA posts them: signed, in parallel, with its headers and its retries."""

from __future__ import annotations

import json
import random
import threading
import time
from dataclasses import dataclass
from functools import partial
from typing import Any

import httpx2

from balas.security.signatures import sign
from balas.simulator.faults import Dice
from balas.simulator.log import Log
from balas.simulator.timetable import Timetable

VERSION = "2026.7.1"


@dataclass(frozen=True, slots=True)
class Retries:
    """`policy`: constant, linear or exponential; `attempts` after the first. WAHA's defaults."""

    policy: str = "constant"
    delay_seconds: float = 2.0
    attempts: int = 15

    def wait(self, attempt: int, share: float) -> float:
        """Seconds before retry number `attempt` (1, 2, ...); `share` in [0, 1) is the die of the exponential policy."""
        if self.policy == "exponential":
            return float(self.delay_seconds * 2**attempt * (1 + share / 5))
        return self.delay_seconds * (attempt if self.policy == "linear" else 1)


@dataclass(slots=True)
class Delivery:
    """One event on its way to one address."""

    envelope: dict[str, Any]
    body: bytes
    headers: dict[str, str]
    chat_id: str
    attempt: int = 0


class Webhooks:
    def __init__(
        self, url: str | None, hmac_key: bytes | None, log: Log, dice: Dice, retries: Retries, timetable: Timetable
    ) -> None:
        self.url = url
        self.dice = dice
        self.retries = retries
        self._key = hmac_key
        self._log = log
        self._timetable = timetable
        self._lock = threading.Lock()
        self._http: httpx2.Client | None = None
        self._jitter = random.Random(0)  # noqa: S311 spreads retries

    def post(self, envelope: dict[str, Any], request_id: str, chat_id: str) -> None:
        """Returns at once; faults decide how often and when the event really goes out."""
        if self.url is None:
            return
        detail = {"event": envelope["event"], "event_id": envelope["id"]}
        if self.dice.strikes("drop_webhook"):
            self._log.add("fault", chat_id, {"fault": "drop_webhook", **detail})
            return
        body = json.dumps(envelope, ensure_ascii=False, separators=(",", ":")).encode()
        for _ in range(self._copies()):
            delivery = Delivery(envelope, body, self._headers(envelope, body, request_id), chat_id)
            self._timetable.add(partial(self._attempt, delivery), self._delay())

    def _copies(self) -> int:
        if not self.dice.strikes("duplicate_webhook"):
            return 1
        return 2 + int(self.dice.share("duplicate_webhook") * (self.dice.faults.most_copies - 1))

    def _delay(self) -> float:
        delay = 0.0
        if chance := self.dice.strikes("delay_webhook"):
            delay += chance.seconds
        if chance := self.dice.strikes("shuffle_webhooks"):
            delay += chance.seconds * self.dice.share("shuffle_webhooks")
        return delay

    def _headers(self, envelope: dict[str, Any], body: bytes, request_id: str) -> dict[str, str]:
        headers = {
            "Accept": "application/json, text/plain, */*",
            "Content-Type": "application/json",
            "User-Agent": f"WAHA/{VERSION}",
            "X-Webhook-Request-Id": request_id,
            "X-Webhook-Timestamp": str(envelope["timestamp"]),
        }
        if self._key:
            headers |= {"X-Webhook-Hmac": sign(self._key, body), "X-Webhook-Hmac-Algorithm": "sha512"}
        return headers

    def _attempt(self, delivery: Delivery) -> None:
        started = time.monotonic()
        status, retry_after, failure = self._send(delivery)
        self._log.add(
            "webhook",
            delivery.chat_id,
            {
                "event": delivery.envelope["event"],
                "event_id": delivery.envelope["id"],
                "attempt": delivery.attempt,
                "status": status,
                "failure": failure,
                "ms": round((time.monotonic() - started) * 1000, 1),
                "body": delivery.envelope,
            },
        )
        if 200 <= status < 300 or delivery.attempt >= self.retries.attempts:
            return
        delivery.attempt += 1
        wait = max(self.retries.wait(delivery.attempt, self._jitter.random()), retry_after)
        self._timetable.add(lambda: self._attempt(delivery), wait)

    def _send(self, delivery: Delivery) -> tuple[int, float, str | None]:
        """(status or 0, Retry-After seconds, what went wrong)."""
        try:
            answer = self._client().post(str(self.url), content=delivery.body, headers=delivery.headers)
        except (httpx2.HTTPError, httpx2.InvalidURL, RuntimeError) as error:  # RuntimeError: closed meanwhile
            return 0, 0.0, type(error).__name__
        header = answer.headers.get("Retry-After", "")
        return answer.status_code, float(header) if header.isdigit() else 0.0, None

    def _client(self) -> httpx2.Client:
        with self._lock:
            if self._http is None:
                self._http = httpx2.Client(
                    timeout=httpx2.Timeout(120.0, connect=5.0),  # WAHA itself waits without a limit
                    limits=httpx2.Limits(max_connections=None, keepalive_expiry=2.0),
                    follow_redirects=True,
                    trust_env=False,
                )
            return self._http

    def close(self) -> None:
        with self._lock:
            if self._http is not None:
                self._http.close()
