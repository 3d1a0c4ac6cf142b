"""WAHA's webhook signature: HMAC-SHA512 over the exact body bytes, sent as hex in X-Webhook-Hmac. Pure."""

import hmac
from collections.abc import Sequence

ALGORITHM = "sha512"


def sign(key: bytes, body: bytes) -> str:
    """Lower-case hex, as WAHA writes it."""
    return hmac.digest(key, body, ALGORITHM).hex()


def why_refused(signatures: Sequence[bytes], algorithm: bytes | None) -> str:
    """Of what `verify` refused, in a sentence; nothing of what came is repeated."""
    if not signatures:
        return "The header X-Webhook-Hmac is missing: give WAHA the key (WHATSAPP_HOOK_HMAC_KEY)."
    if len(signatures) > 1:
        return "There is more than one header X-Webhook-Hmac."
    if algorithm is not None and algorithm.lower() != b"sha512":
        return "X-Webhook-Hmac-Algorithm names another algorithm than sha512, which is the only one."
    return "The signature does not fit the body and the configured key."


def verify(keys: Sequence[bytes], body: bytes, signatures: Sequence[bytes], algorithm: bytes | None) -> bool:
    """Whether the one signature was made with one of the keys.

    `signatures` are all values of the header as raw bytes, `algorithm` is the algorithm header or None when absent.
    Two headers never pass: a proxy and Balas could read different ones. An empty key signs nothing.
    """
    if len(signatures) != 1 or (algorithm is not None and algorithm.lower() != b"sha512"):
        return False
    given = signatures[0].lower()  # bytes: compare_digest raises on non-ASCII str
    valid = False
    for key in keys:  # every key is tried, so that the time does not tell which one fits
        matches = hmac.compare_digest(hmac.digest(key, body, ALGORITHM).hex().encode(), given)
        valid |= matches and bool(key)
    return valid
