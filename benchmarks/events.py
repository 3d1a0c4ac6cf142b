"""Webhook calls as a WAHA with the NOWEB engine sends them: signed, each message new."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import re
import secrets
import time
from typing import Any

_BARE, _CHAT = "@bare@", "@chat@"
QUESTION = "Jam berapa toko buka pada hari Sabtu?"


class Events:
    """Makes HTTP requests, ready to be written to a socket."""

    def __init__(self, key: bytes, *, chats: int = 1000, text: str = QUESTION) -> None:
        self._key = key
        self._chats = chats
        # As JSON.stringify writes it: without blanks, letters as they are.
        body = json.dumps(_event(text), separators=(",", ":"), ensure_ascii=False)
        self._parts = [part.encode() for part in re.split(f"{_BARE}|{_CHAT}", body)]
        self._marks = re.findall(f"{_BARE}|{_CHAT}", body)
        self._run = secrets.token_hex(5).upper()
        self._count = itertools.count()

    def chat(self, number: int) -> str:
        return f"62812{number % self._chats:08d}@c.us"

    def request(self, number: int | None = None) -> bytes:
        """The next message; chats take turns."""
        number = next(self._count) if number is None else number
        body = self.body(number)
        return b"".join(
            (
                b"POST /api/webhook HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                b"X-Webhook-Hmac-Algorithm: sha512\r\nX-Webhook-Hmac: ",
                hmac.digest(self._key, body, hashlib.sha512).hex().encode(),
                b"\r\nContent-Length: ",
                str(len(body)).encode(),
                b"\r\n\r\n",
                body,
            )
        )

    def body(self, number: int) -> bytes:
        values = {_BARE: f"3EB0{self._run}{number:010X}".encode(), _CHAT: self.chat(number).encode()}
        pieces = [self._parts[0]]
        for mark, part in zip(self._marks, self._parts[1:], strict=True):
            pieces += (values[mark], part)
        return b"".join(pieces)


def _event(text: str) -> dict[str, Any]:
    now = int(time.time())
    return {
        "id": f"evt_{_BARE}",
        "timestamp": now * 1000,
        "event": "message",
        "session": "default",
        "metadata": {},
        "me": {"id": "6281100000000@c.us", "pushName": "Toko Kopi", "lid": "111111111111111@lid"},
        "payload": {
            "id": f"false_{_CHAT}_{_BARE}",
            "timestamp": now,
            "from": _CHAT,
            "fromMe": False,
            "source": "app",
            "body": text,
            "hasMedia": False,
            "media": None,
            "ack": 1,
            "ackName": "SERVER",
            "location": None,
            "vCards": None,
            "replyTo": None,
            "_data": {
                "key": {"remoteJid": _CHAT.replace("@c.us", "@s.whatsapp.net"), "fromMe": False, "id": _BARE},
                "messageTimestamp": now,
                "pushName": "Budi Santoso",
                "broadcast": False,
                "message": {
                    "extendedTextMessage": {"text": text, "previewType": "NONE", "inviteLinkGroupTypeV2": "DEFAULT"},
                    "messageContextInfo": {
                        "deviceListMetadata": {
                            "senderKeyHash": "Qm9nb3NzaWZ5aGFzaA==",
                            "senderTimestamp": str(now - 86400),
                            "recipientKeyHash": "dGhlb3RoZXJoYXNo",
                            "recipientTimestamp": str(now - 3600),
                        },
                        "deviceListMetadataVersion": 2,
                        "messageSecret": "3q2+796tvu/erb7v3q2+796tvu/erb7v3q2+796tvu8=",
                    },
                },
                "status": 2,
                "verifiedBizName": None,
            },
        },
        "engine": "NOWEB",
        "environment": {
            "version": "2026.4.3",
            "engine": "NOWEB",
            "tier": "CORE",
            "browser": None,
            "platform": "linux/x64",
            "worker": {"id": "waha-1"},
        },
    }
