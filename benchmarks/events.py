"""Webhook calls as a WAHA with the NOWEB engine sends them: signed, each message new."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import re
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

_BARE, _CHAT = "@bare@", "@chat@"
# What people ask about `benchmarks.answering.DOCUMENT`, in turn: of one question alone everything would be known.
QUESTIONS = (
    "Jam berapa toko buka pada hari Sabtu?",
    "jam buka?",
    "Hari Minggu buka nggak kak",
    "Halo, mau tanya, toko buka dari pukul berapa sampai pukul berapa hari Senin sampai Jumat?",
    "Ongkos kirim ke Jakarta berapa?",
    "sabtu tutup jam brp",
    "Kalau pesan sebelum pukul 14.00, apakah pesanan dikirim hari itu juga?",
    "berapa ongkir ke jakarta per kilogram ya min",
    "Apakah toko buka pada hari Minggu?",
    "hari jumat tutupnya pukul berapa?",
    "Toko tutup hari apa saja?",
    "Selamat pagi, saya mau ke toko hari Sabtu pukul 16.00, apakah masih buka?",
    "pesanan yg masuk sebelum jam 2 siang kapan dikirim?",
    "Senin buka pukul 08.00?",
    "Jam buka toko hari Sabtu sama dengan hari Senin sampai Jumat atau beda?",
    "ongkos kirim 1 kilogram ke Jakarta",
    "Berapa rupiah ongkos kirim per kilogram ke Jakarta untuk pesanan hari ini?",
    "hari rabu toko buka sampai jam berapa",
    "Kapan paling lambat saya harus pesan supaya dikirim hari itu juga?",
    "min, besok sabtu bukanya jam 8 atau jam 9?",
    "Apakah pesanan dikirim pada hari Sabtu?",
    "Toko masih buka pukul 19.00 di hari Kamis?",
    "jam tutup hari Senin",
    "Saya kerja sampai pukul 17.00 setiap hari, apakah toko masih buka pada hari Selasa setelah itu?",
)


class Events:
    """Makes HTTP requests, ready to be written to a socket; texts take turns."""

    def __init__(self, key: bytes, *, chats: int = 1000, texts: Sequence[str] = QUESTIONS) -> None:
        self._key = key
        self._chats = chats
        self._bodies = [_Body.of(text) for text in texts]
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
        body = self._bodies[number % len(self._bodies)]
        pieces = [body.parts[0]]
        for mark, part in zip(body.marks, body.parts[1:], strict=True):
            pieces += (values[mark], part)
        return b"".join(pieces)


@dataclass(frozen=True, slots=True)
class _Body:
    """A webhook call, cut once where every message differs."""

    parts: list[bytes]
    marks: list[str]

    @classmethod
    def of(cls, text: str) -> _Body:
        # As JSON.stringify writes it: without blanks, letters as they are.
        body = json.dumps(_event(text), separators=(",", ":"), ensure_ascii=False)
        mark = f"{_BARE}|{_CHAT}"
        return cls([part.encode() for part in re.split(mark, body)], re.findall(mark, body))


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
