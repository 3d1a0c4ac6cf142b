"""Envelopes, and messages in them, engine by engine.

Numbers are fictional: the account is ...0100, Alice ...0101 writes directly, Bob ...0102 has the hidden id 2000...2.
"""

from __future__ import annotations

import json
from typing import Any

Json = dict[str, Any]

ME, ALICE, BOB = "12025550100@c.us", "12025550101@c.us", "12025550102@c.us"
ME_LID, BOB_LID = "100000000000001@lid", "200000000000002@lid"
GROUP, CHANNEL, STATUS = "120363000000000001@g.us", "120363000000000002@newsletter", "status@broadcast"
SENT_AT, EVENT_AT = 1767225600, 1767225600000
OUR_ANSWER = "We open at *9:00*."
QUESTION = "Hi! What are your opening hours?"
FILES = "http://localhost:3000/api/files/default"
VCARD = "BEGIN:VCARD\nVERSION:3.0\nFN:Jane Test\nTEL;type=CELL;waid=12025550103:+1 202 555 0103\nEND:VCARD"
NAMES = {ALICE: "Alice Test", BOB: "Bob Test", BOB_LID: "Bob Test", ME: "Test Bot"}
ACK_NAMES = {-1: "ERROR", 0: "PENDING", 1: "SERVER", 2: "DEVICE", 3: "READ", 4: "PLAYED"}
FILE_TYPES = {
    "image": ("image/jpeg", "jpeg"),
    "voice": ("audio/ogg; codecs=opus", "oga"),
    "document": ("application/pdf", "pdf"),
}


def to_bytes(event: Json) -> bytes:
    """As WAHA posts it: no blanks, nothing escaped that need not be."""
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()


# ---- envelopes ------------------------------------------------------------------------------------------------------


def envelope(event: str, number: int, payload: Json, engine: str = "NOWEB", *, me: bool = True) -> Json:
    account: Json = {"id": ME, "pushName": "Test Bot"}
    if engine != "WEBJS":
        account["lid"] = ME_LID
    if engine == "GOWS":
        account["jid"] = "12025550100:7@s.whatsapp.net"
    return {
        "id": f"evt_01{number:024d}",
        "timestamp": EVENT_AT + number,
        "event": event,
        "session": "default",
        "metadata": {"tenant": "acme"},
        "me": account if me else None,
        "payload": payload,
        "engine": engine,
        "environment": {
            "version": "2026.7.1",
            "engine": engine,
            "tier": "CORE",
            "browser": "/usr/bin/chromium" if engine == "WEBJS" else None,
            "platform": "linux/x64",
            "worker": {"id": None},
        },
    }


def of_2024(event: Json) -> Json:
    """The envelope before 2025: neither id nor time."""
    return {name: value for name, value in event.items() if name not in ("id", "timestamp")}


# ---- messages, engine by engine -------------------------------------------------------------------------------------


def bare(number: int, prefix: str = "3EB0") -> str:
    return f"{prefix}{number:018d}"


def full_id(number: int, chat: str, sender: str | None, from_me: bool, prefix: str) -> str:
    return f"{str(from_me).lower()}_{chat}_{bare(number, prefix)}" + (f"_{sender}" if sender else "")


def jid(chat_id: str) -> str:
    return chat_id.replace("@c.us", "@s.whatsapp.net")


def noweb(
    number: int,
    body: str | None = None,
    *,
    chat: str = ALICE,
    sender: str | None = None,
    alt: str | None = None,
    from_me: bool = False,
    source: str = "app",
    prefix: str = "3EB0",
    ack: int = 2,
    inner: Json | None = None,
    **more: Any,
) -> Json:
    key: Json = {"remoteJid": jid(chat), "fromMe": from_me, "id": bare(number, prefix)}
    payload: Json = {
        "id": full_id(number, chat, sender, from_me, prefix),
        "timestamp": SENT_AT,
        "from": chat,
        "fromMe": from_me,
        "source": source,
        "body": body,
    }
    if sender:
        payload |= {"to": chat, "participant": sender}
        key["participant"] = jid(sender)
    if alt:
        key |= {"participantAlt" if sender else "remoteJidAlt": jid(alt), "addressingMode": "lid"}
    payload |= {"hasMedia": False, "media": None, "ack": ack, "ackName": ACK_NAMES[ack]}
    payload |= {"location": None, "vCards": None, "replyTo": None}
    payload["_data"] = {
        "key": key,
        "messageTimestamp": SENT_AT,
        "pushName": NAMES[ME if from_me else sender or chat if (sender or chat) in NAMES else ALICE],
        "broadcast": False,
        "message": inner if inner is not None else {"conversation": body},
    }
    return payload | more


def gows(
    number: int,
    body: str | None = None,
    *,
    chat: str = ALICE,
    sender: str | None = None,
    alt: str = "",
    from_me: bool = False,
    source: str = "app",
    prefix: str = "3EB0",
    ack: int = 2,
    inner: Json | None = None,
    info: Json | None = None,
    **more: Any,
) -> Json:
    speaker = "12025550100:7@s.whatsapp.net" if from_me else jid(sender or chat)
    if sender:  # in groups the device is part of it
        speaker, alt = speaker.replace("@", ":3@"), alt.replace("@", ":3@")
    payload: Json = {
        "id": full_id(number, chat, sender, from_me, prefix),
        "timestamp": SENT_AT,
        "from": chat,
        "fromMe": from_me,
        "source": source,
        "body": body,
        "to": sender,
        "participant": sender,
        "hasMedia": False,
        "media": None,
        "ack": ack,
        "location": None,
        "vCards": None,
        "ackName": ACK_NAMES[ack],
        "replyTo": None,
    }
    payload["_data"] = {
        "Info": {
            "Chat": jid(chat),
            "Sender": speaker,
            "IsFromMe": from_me,
            "IsGroup": sender is not None,
            "AddressingMode": "lid" if (sender or chat).endswith("@lid") else "",
            "SenderAlt": jid(alt),
            "RecipientAlt": "",
            "ID": bare(number, prefix),
            "Type": "text",
            "PushName": NAMES[ME if from_me else sender or chat],
            "Timestamp": "2026-01-01T00:00:00Z",
        }
        | (info or {}),
        "Message": inner if inner is not None else {"conversation": body},
        "IsEphemeral": False,
        "IsViewOnce": False,
    }
    return payload | more


def webjs(
    number: int,
    body: str = "",
    *,
    chat: str = ALICE,
    sender: str | None = None,
    from_me: bool = False,
    source: str = "app",
    prefix: str = "3EB0",
    ack: int = 1,
    data: Json | None = None,
    **more: Any,
) -> Json:
    speaker, listener = (ME, chat) if from_me else (chat, ME)
    whole = full_id(number, chat, sender, from_me, prefix)
    payload: Json = {
        "id": whole,
        "timestamp": SENT_AT,
        "from": speaker,
        "fromMe": from_me,
        "participant": sender,
        "source": source,
        "to": listener,
        "body": body,
        "hasMedia": False,
        "media": None,
        "ack": ack,
        "ackName": ACK_NAMES[ack],
        "location": None,
        "vCards": [],
    }
    payload["_data"] = {
        "id": {"fromMe": from_me, "remote": chat, "id": bare(number, prefix), "_serialized": whole},
        "body": body,
        "type": "chat",
        "t": SENT_AT,
        "notifyName": NAMES[ME if from_me else sender or chat],
        "from": speaker,
        "to": listener,
        "ack": ack,
        "mentionedJidList": [],
        "isNewMsg": True,
    } | (data or {})
    return payload | more
