"""Logins of the console: signed cookies, the token that forms carry, and a brake on guessed passwords."""

from __future__ import annotations

import hmac
import secrets
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass

from itsdangerous import BadSignature, URLSafeTimedSerializer

LOGIN_SECONDS = 7 * 24 * 3600
WRONG_PASSWORDS = 20  # the last of them is already refused
WRONG_WITHIN_SECONDS = 15 * 60
ADDRESSES_KEPT = 10_000
ENDED_KEPT = 10_000


@dataclass(frozen=True, slots=True)
class Login:
    """`admin` is False for a browser that has only seen the login page."""

    id: str
    admin: bool


class Logins:
    """Cookies are good for one password: when it changes, or another signing key is used, everybody logs in again.

    A login ended by "log out" is remembered by this process only; elsewhere its cookie was deleted, not revoked.
    """

    def __init__(self, signing_key: str, password: str) -> None:
        self._key = signing_key.encode()
        self._serializer = URLSafeTimedSerializer(signing_key, salt="balas console login")
        self._password_mark = self._mac(f"password {password}")[:16]
        self._ended: OrderedDict[str, None] = OrderedDict()

    def begin(self, *, admin: bool) -> Login:
        """A login with a fresh id: one that was known before the password was given is never raised to admin."""
        return Login(secrets.token_urlsafe(18), admin)

    def cookie(self, login: Login) -> str:
        return str(self._serializer.dumps([login.id, login.admin, self._password_mark]))

    def read(self, cookie: str | None) -> Login | None:
        """The login of a cookie, or None when it is missing, forged, outdated or ended."""
        if not cookie or not cookie.isascii():
            return None
        try:
            content = self._serializer.loads(cookie, max_age=LOGIN_SECONDS)
        except BadSignature:
            return None
        match content:
            case [str(login_id), bool(admin), str(mark)] if mark == self._password_mark and login_id not in self._ended:
                return Login(login_id, admin)
        return None

    def end(self, login: Login) -> None:
        self._ended[login.id] = None
        while len(self._ended) > ENDED_KEPT:
            self._ended.popitem(last=False)

    def form_token(self, login: Login) -> str:
        """What every form of this login must send back: another site cannot read it."""
        return self._mac(f"form {login.id}")

    def form_token_fits(self, login: Login, token: str | None) -> bool:
        return token is not None and hmac.compare_digest(
            self.form_token(login).encode(), token.encode("utf-8", "surrogatepass")
        )

    def _mac(self, text: str) -> str:
        return hmac.digest(self._key, text.encode("utf-8", "surrogatepass"), "sha256").hex()


class WrongPasswords:
    """Counts wrong passwords by the caller's address. Of one process, and forgotten when it ends."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._at: OrderedDict[str, deque[float]] = OrderedDict()

    def wait_seconds(self, address: str) -> float:
        """How long this address has to wait before it may try again; 0 when it may now."""
        times = self._at.get(address)
        if times is None:
            return 0.0
        while times and times[0] <= self._clock() - WRONG_WITHIN_SECONDS:
            times.popleft()
        if len(times) < WRONG_PASSWORDS:
            return 0.0
        return times[0] + WRONG_WITHIN_SECONDS - self._clock()

    def count(self, address: str) -> None:
        """Called before the password is looked at, so that many tries at once are counted too."""
        self._at.setdefault(address, deque()).append(self._clock())
        self._at.move_to_end(address)
        while len(self._at) > ADDRESSES_KEPT:
            self._at.popitem(last=False)

    def forget(self, address: str) -> None:
        self._at.pop(address, None)
