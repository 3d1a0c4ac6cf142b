from __future__ import annotations

import hashlib
import hmac

import pytest

from balas.security.signatures import sign, verify

KEY, OLD_KEY = b"k" * 32, b"o" * 32
BODY = '{"event":"message","payload":{"body":"¿Cuál es? 🙏"}}'.encode()
GOOD = sign(KEY, BODY).encode()


def test_the_documented_example() -> None:
    body = b'{"event":"message","session":"default","engine":"WEBJS"}'
    assert sign(b"my-secret-key", body) == (
        "208f8a55dde9e05519e898b10b89bf0d0b3b0fdf11fdbf09b6b90476301b98d8097c462b2b17a6ce93b6b47a136cf2e7"
        "8a33a63f6752c2c1631777076153fa89"
    )


def test_signs_the_raw_bytes() -> None:
    assert sign(KEY, BODY) == hmac.new(KEY, BODY, hashlib.sha512).hexdigest()


@pytest.mark.parametrize("algorithm", [None, b"sha512", b"SHA512"])
@pytest.mark.parametrize("signature", [GOOD, GOOD.upper()])
def test_a_right_signature_passes(signature: bytes, algorithm: bytes | None) -> None:
    assert verify([KEY], BODY, [signature], algorithm)


@pytest.mark.parametrize(
    "signatures",
    [
        [],
        [b""],
        [b"0" * 128],
        [GOOD[:-1]],
        [GOOD + b"0"],
        [b" " + GOOD],
        ["ü".encode() * 64],
        [b"\xff" * 128],
        [GOOD, GOOD],
        [GOOD, b"0" * 128],
        [GOOD + b", " + GOOD],
    ],
)
def test_everything_else_does_not(signatures: list[bytes]) -> None:
    assert not verify([KEY], BODY, signatures, b"sha512")


@pytest.mark.parametrize("algorithm", [b"", b"sha256", b"none", b"md5", "sha512\u00a0".encode()])
def test_another_algorithm_is_refused(algorithm: bytes) -> None:
    assert not verify([KEY], BODY, [GOOD], algorithm)


def test_a_changed_body_is_refused() -> None:
    assert not verify([KEY], BODY + b"\n", [GOOD], None)
    assert not verify([KEY], BODY.replace(b":", b": ", 1), [GOOD], None)


def test_the_old_key_counts_while_it_is_listed() -> None:
    old = sign(OLD_KEY, BODY).encode()
    assert verify([KEY, OLD_KEY], BODY, [old], None)
    assert verify([KEY, OLD_KEY], BODY, [GOOD], None)
    assert not verify([KEY], BODY, [old], None)


def test_an_empty_key_or_none_opens_nothing() -> None:
    assert not verify([], BODY, [GOOD], None)
    assert not verify([b""], BODY, [sign(b"", BODY).encode()], None)
