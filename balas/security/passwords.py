"""The administrator's password: plain from the settings, or an argon2id hash of it in its place."""

from __future__ import annotations

import hmac

ARGON2ID = "$argon2id$"
LONGEST = 1024  # characters; a longer one is no password
AT_ONCE = 2  # looked at: a hash takes 64 MiB and a tenth of a second, which anybody at the door may ask for


def hashed(password: str) -> str:
    """Never the same twice: each has a salt of its own."""
    from argon2 import PasswordHasher  # noqa: PLC0415 as below

    return PasswordHasher().hash(password.encode("utf-8", "surrogatepass"))


def matches(kept: str, given: str) -> bool:
    """Whether `given` is the kept password; the time does not tell how much of it was right."""
    if len(given) > LONGEST:
        return False
    if kept.startswith(ARGON2ID):
        return _matches_hash(kept, given)
    return hmac.compare_digest(_digest(kept), _digest(given))


def _digest(password: str) -> bytes:
    """Of one length for every password, so that comparing does not tell theirs."""
    return hmac.digest(b"balas password", password.encode("utf-8", "surrogatepass"), "sha256")


def _matches_hash(kept: str, given: str) -> bool:
    from argon2 import PasswordHasher  # noqa: PLC0415 a C extension that only a hashed password needs
    from argon2.exceptions import InvalidHashError, VerificationError  # noqa: PLC0415 likewise

    try:
        return PasswordHasher().verify(kept, given.encode("utf-8", "surrogatepass"))
    except (VerificationError, InvalidHashError):
        return False
