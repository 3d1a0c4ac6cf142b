"""What WAHA's answers hold, read raw and bounded: an encoded body could grow without limit."""

from __future__ import annotations

import httpcore2
import msgspec

from balas.errors import GatewayRejected

MAX_JSON_BYTES = 10 * 1024 * 1024
MAX_FILE_BYTES = 16 * 1024 * 1024  # WhatsApp's own limit for sound


class AnswerTooLong(Exception):
    """There is more of it than any answer may hold."""


def json_of(answer: httpcore2.Response) -> object:
    """The body as JSON; None when it is none."""
    try:
        decoded: object = msgspec.json.decode(_read(answer, MAX_JSON_BYTES))
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None
    return decoded


def file_of(answer: httpcore2.Response) -> bytes:
    """The file; nothing of an answer that is an error."""
    if answer.status != 200:
        return b""
    try:
        return _read(answer, MAX_FILE_BYTES)
    except AnswerTooLong as error:
        raise GatewayRejected("WAHA's file is longer than 16 MB, which is not read.") from error


def _read(answer: httpcore2.Response, most: int) -> bytes:
    received = bytearray()
    for piece in answer.iter_stream():
        received += piece
        if len(received) > most:
            raise AnswerTooLong
    return bytes(received)
