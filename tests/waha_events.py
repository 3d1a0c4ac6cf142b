"""Webhook bodies of every engine and version of WAHA that Balas knows, by name: `<event>.<case>.<engine>`.

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


def message(engine: str, **told: Any) -> Json:
    """`number` makes the id; `chat`, `sender` (in groups), `from_me`, `source`, `body`, and what `_data` repeats."""
    return {"NOWEB": noweb, "GOWS": gows, "WEBJS": webjs}[engine](**told)


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


# ---- the parts that differ ------------------------------------------------------------------------------------------


def texts() -> dict[str, Json]:
    old = webjs(1, "Hi there!")
    for name in ("source", "participant", "media", "ackName", "location"):
        del old[name]
    old["_data"] = {}
    return {
        "message.text.noweb": envelope("message", 1, noweb(1, QUESTION)),
        "message.text.gows": envelope("message", 2, gows(1, QUESTION), "GOWS"),
        "message.text.webjs": envelope("message", 3, webjs(1, QUESTION), "WEBJS"),
        "message.text.envelope-2024": of_2024(envelope("message", 4, old, "WEBJS")),
        "message.reply.noweb": envelope("message", 5, _reply("NOWEB")),
        "message.reply.webjs": envelope("message", 6, _reply("WEBJS"), "WEBJS"),
    }


def _reply(engine: str) -> Json:
    quoted = "3EB0000000000000000BOT"
    told = {"id": quoted, "participant": ME, "body": OUR_ANSWER, "hasMedia": False, "media": None}
    if engine == "WEBJS":
        seen = {"quotedStanzaID": quoted, "quotedParticipant": ME, "quotedMsg": {"type": "chat", "body": OUR_ANSWER}}
        return webjs(2, "And on Sunday?", data=seen, replyTo=told)
    context = {"stanzaId": quoted, "participant": jid(ME), "quotedMessage": {"conversation": OUR_ANSWER}}
    inner = {"extendedTextMessage": {"text": "And on Sunday?", "contextInfo": context}}
    return noweb(2, "And on Sunday?", inner=inner, replyTo=told)


def file_message(engine: str, number: int, kind: str, body: str | None = None, **media: Any) -> Json:
    """`media` overrides parts of WAHA's `media` object; `media=None` leaves it out."""
    mimetype, extension = FILE_TYPES[kind]
    name = f"false_{ALICE}_{bare(number)}" if engine == "WEBJS" else bare(number)
    told: Json | None = {"url": f"{FILES}/{name}.{extension}", "filename": None, "mimetype": mimetype} | media
    if media.get("media", told) is None:
        told = None
    part: Json = {"mimetype": mimetype} | ({"caption": body} if body else {})
    if kind == "document":
        assert told is not None
        told["filename"] = part["fileName"] = "price list.pdf"
    if engine == "WEBJS":
        raw = {"image": "image", "voice": "ptt", "document": "document"}[kind]
        return webjs(number, body or "", data={"type": raw, "mimetype": mimetype}, hasMedia=True, media=told)
    if kind == "voice":
        part |= {"seconds": 3, "ptt" if engine == "NOWEB" else "PTT": True}
    inner: Json = {{"image": "imageMessage", "voice": "audioMessage", "document": "documentMessage"}[kind]: part}
    if kind == "document":
        inner = {"documentWithCaptionMessage": {"message": inner}}
    if engine == "GOWS":
        return gows(number, body, inner=inner, info={"Type": "media"}, hasMedia=True, media=told)
    return noweb(number, body, inner=inner, hasMedia=True, media=told)


def files() -> dict[str, Json]:
    asked = "What is this part called?"
    failure = {
        "code": 13,
        "details": "Error: 13 INTERNAL: failed to download media: download failed with status code 403",
    }
    in_s3 = {
        "url": f"http://localhost:9000/waha/default/{bare(6)}.jpeg",
        "s3": {"Bucket": "waha", "Key": f"default/{bare(6)}.jpeg"},
    }
    told = {
        "message.image.noweb": (7, "NOWEB", file_message("NOWEB", 3, "image", asked)),
        "message.image.gows": (8, "GOWS", file_message("GOWS", 3, "image", asked)),
        "message.image.webjs": (9, "WEBJS", file_message("WEBJS", 3, "image", asked)),
        "message.image.not-downloaded.noweb": (10, "NOWEB", file_message("NOWEB", 4, "image", media=None)),
        "message.image.media-error.gows": (11, "GOWS", file_message("GOWS", 5, "image", url=None, error=failure)),
        "message.image.s3.noweb": (12, "NOWEB", file_message("NOWEB", 6, "image", **in_s3)),
        "message.voice.noweb": (13, "NOWEB", file_message("NOWEB", 7, "voice")),
        "message.voice.gows": (14, "GOWS", file_message("GOWS", 7, "voice")),
        "message.voice.webjs": (15, "WEBJS", file_message("WEBJS", 7, "voice")),
        "message.document.noweb": (16, "NOWEB", file_message("NOWEB", 8, "document", "see page 2")),
        "message.document.webjs": (17, "WEBJS", file_message("WEBJS", 8, "document", "see page 2")),
    }
    return {name: envelope("message", number, payload, engine) for name, (number, engine, payload) in told.items()}


def places_and_contacts() -> dict[str, Json]:
    place: Json = {"live": False, "latitude": "38.8937255", "longitude": "-77.0969763", "name": "Our office"}
    place |= dict.fromkeys(("address", "description", "url", "thumbnail"))
    thumbnail = "<base64 thumbnail>"
    pinned = {"locationMessage": {"degreesLatitude": 38.8937255, "degreesLongitude": -77.0969763, "name": "Our office"}}
    contact = {"contactMessage": {"displayName": "Jane Test", "vcard": VCARD}}
    return {
        "message.location.noweb": envelope("message", 18, noweb(9, inner=pinned, location=place)),
        "message.location.webjs": envelope(
            "message",
            19,
            webjs(9, thumbnail, data={"type": "location"}, location=place | {"thumbnail": thumbnail}),
            "WEBJS",
        ),
        "message.vcard.noweb": envelope("message", 20, noweb(10, inner=contact, vCards=[VCARD])),
    }


def groups() -> dict[str, Json]:
    by_number, by_lid = "@12025550100 what is the return policy?", "@100000000000001 what is the return policy?"

    def mentioning(text: str, who: str, name: str = "mentionedJid") -> Json:
        return {"extendedTextMessage": {"text": text, "contextInfo": {name: [jid(who)]}}}

    return {
        "message.group-mention.noweb": envelope(
            "message", 21, noweb(11, by_number, chat=GROUP, sender=BOB, inner=mentioning(by_number, ME))
        ),
        "message.group-mention-lid.noweb": envelope(
            "message", 22, noweb(12, by_lid, chat=GROUP, sender=BOB_LID, alt=BOB, inner=mentioning(by_lid, ME_LID))
        ),
        "message.group-mention-lid.gows": envelope(
            "message",
            23,
            gows(12, by_lid, chat=GROUP, sender=BOB_LID, alt=BOB, inner=mentioning(by_lid, ME_LID, "mentionedJID")),
            "GOWS",
        ),
        "message.group-mention.webjs": envelope(
            "message",
            24,
            webjs(11, by_number, chat=GROUP, sender=BOB, data={"mentionedJidList": [ME], "author": BOB}),
            "WEBJS",
        ),
        "message.group-no-mention.noweb": envelope("message", 25, noweb(13, "lunch?", chat=GROUP, sender=BOB)),
    }


def hidden_ids() -> dict[str, Json]:
    return {
        "message.lid-sender.noweb": envelope("message", 26, noweb(14, "hello", chat=BOB_LID, alt=BOB)),
        "message.lid-sender-no-alt.noweb": envelope("message", 27, noweb(15, "hello again", chat=BOB_LID)),
        "message.lid-sender.gows": envelope("message", 28, gows(14, "hello", chat=BOB_LID, alt=BOB), "GOWS"),
        "message.lid-sender.webjs": envelope("message", 29, webjs(14, "hello", chat=BOB_LID), "WEBJS"),
        "message.twin-lid-and-phone.1.gows": envelope("message", 30, gows(16, "Oi", chat=BOB_LID, alt=BOB), "GOWS"),
        "message.twin-lid-and-phone.2.gows": envelope("message", 31, gows(16, "Oi", chat=BOB, alt=BOB_LID), "GOWS"),
    }


def own() -> dict[str, Json]:
    taken_over = "This is Sam, I take over."
    inner = {"extendedTextMessage": {"text": OUR_ANSWER}}
    by_phone: Json = {"from_me": True, "prefix": "3A00", "ack": 1}
    long_time = noweb(29, OUR_ANSWER, from_me=True, ack=0, inner=inner)
    long_time["timestamp"] = {"low": SENT_AT, "high": 0, "unsigned": True}
    del long_time["source"]
    return {
        "message.any.own-api.noweb": envelope(
            "message.any", 32, noweb(17, OUR_ANSWER, from_me=True, source="api", ack=0, inner=inner)
        ),
        "message.any.own-phone.noweb": envelope("message.any", 33, noweb(18, taken_over, **by_phone)),
        "message.any.own-phone.webjs": envelope("message.any", 34, webjs(18, taken_over, **by_phone), "WEBJS"),
        "message.any.own-api.gows": envelope(
            "message.any", 35, gows(17, OUR_ANSWER, from_me=True, source="api", ack=1, inner=inner), "GOWS"
        ),
        "message.any.timestamp-long.noweb-2024": of_2024(envelope("message.any", 65, long_time)),
    }


def never_answered() -> dict[str, Json]:
    story = noweb(19, "my story", chat=STATUS, sender=ALICE)
    story["id"] = f"false_{STATUS}_{bare(19)}"
    return {
        "message.status-broadcast.noweb": envelope("message", 36, story),
        "message.newsletter.noweb": envelope("message", 37, noweb(20, "channel post", chat=CHANNEL)),
        "message.waiting.webjs": envelope("message.waiting", 52, webjs(26, data={"type": "ciphertext"}), "WEBJS"),
    }


def reactions() -> dict[str, Json]:
    def reaction(number: int, emoji: str, **more: Any) -> Json:
        payload: Json = {"id": f"false_{ALICE}_{bare(number)}", "timestamp": SENT_AT, "from": ALICE, "fromMe": False}
        return payload | {"source": "app", "reaction": {"text": emoji, "messageId": f"true_{ALICE}_{bare(17)}"}} | more

    in_webjs = reaction(21, "🙏", participant=ALICE, to=ALICE, timestamp=1767225600.853)
    return {
        "message.reaction.noweb": envelope("message.reaction", 38, reaction(21, "👍")),
        "message.reaction-removed.noweb": envelope("message.reaction", 39, reaction(22, "")),
        "message.reaction.webjs": envelope("message.reaction", 40, in_webjs, "WEBJS"),
    }


def acks() -> dict[str, Json]:
    def ack(level: int, **more: Any) -> Json:
        payload: Json = {"id": f"true_{ALICE}_{bare(17)}", "from": ALICE, "fromMe": True}
        return payload | {"ack": level, "ackName": ACK_NAMES[level]} | more

    in_group = {"id": f"true_{GROUP}_{bare(23)}_{ME}", "from": GROUP, "to": GROUP, "participant": BOB_LID}
    told = {
        f"message.ack.{name}.noweb": envelope("message.ack", 41 + at, ack(level))
        for at, (name, level) in enumerate({"error": -1, "server": 1, "device": 2, "read": 3, "played": 4}.items())
    }
    read = ack(3, to=None, participant=None, _data={"MessageIDs": [bare(17)], "Type": "read"})
    return told | {
        "message.ack.read.gows": envelope("message.ack", 46, read, "GOWS"),
        "message.ack.group.webjs": envelope("message.ack.group", 47, ack(3, **in_group), "WEBJS"),
    }


def changes() -> dict[str, Json]:
    new_text = "Hi! What are your opening hours on Friday?"
    edit = {"key": {"id": bare(1)}, "type": 14, "editedMessage": {"conversation": new_text}}
    revoke = {"protocolMessage": {"key": {"id": bare(1)}, "type": 0}}
    after = noweb(25, inner=revoke)
    gone = webjs(1, data={"type": "revoked", "protocolMessageKey": {"id": bare(1)}})
    return {
        "message.edited.noweb": envelope(
            "message.edited",
            48,
            noweb(
                24, new_text, inner={"editedMessage": {"message": {"protocolMessage": edit}}}, editedMessageId=bare(1)
            ),
        ),
        "message.edited.webjs": envelope("message.edited", 49, webjs(1, new_text, editedMessageId=bare(1)), "WEBJS"),
        "message.revoked.noweb": envelope(
            "message.revoked",
            50,
            {"after": after, "before": None, "revokedMessageId": bare(1), "_data": after["_data"]},
        ),
        "message.revoked.webjs": envelope(
            "message.revoked", 51, {"after": gone, "before": webjs(1, QUESTION), "revokedMessageId": bare(1)}, "WEBJS"
        ),
    }


def sessions() -> dict[str, Json]:
    def status(number: int, *names: str, engine: str = "NOWEB", me: bool = True, data: Json | None = None) -> Json:
        past = [{"status": name, "timestamp": EVENT_AT + at} for at, name in enumerate(names)]
        payload = {"name": "default", "status": names[-1], "statuses": past, "data": data}
        return envelope("session.status", number, payload, engine, me=me)

    challenge = {"challenge": "AAAA", "timeout": 60000, "rpId": "web.whatsapp.com", "allowCredentials": []}
    old = of_2024(envelope("session.status", 66, {"name": "default", "status": "WORKING"}))
    del old["metadata"]
    return {
        "session.status.working.noweb": status(53, "STOPPED", "STARTING", "WORKING"),
        "session.status.starting.noweb": status(54, "STARTING", me=False),
        "session.status.scan-qr.noweb": status(55, "STOPPED", "STARTING", "SCAN_QR_CODE", me=False),
        "session.status.failed.noweb": status(56, "STARTING", "WORKING", "FAILED"),
        "session.status.stopped.noweb": status(57, "WORKING", "STOPPED"),
        "session.status.passkey.gows": status(
            58, "STARTING", "SCAN_QR_CODE", "PASSKEY_REQUIRED", engine="GOWS", me=False, data=challenge
        ),
        "session.status.old-2024": old,
    }


def others() -> dict[str, Json]:
    typing = {"participant": ALICE, "lastKnownPresence": "typing", "lastSeen": None}
    call = {"id": "CALL1", "from": ALICE, "timestamp": SENT_AT, "isVideo": False, "isGroup": False, "_data": {}}
    vote = {"id": f"false_{ALICE}_{bare(27)}", "to": "me", "from": ALICE, "fromMe": False, "selectedOptions": ["Yes"]}
    joined = {"type": "join", "timestamp": SENT_AT, "group": {"id": GROUP}, "participants": [{"id": BOB}]}
    told: dict[str, tuple[int, Json]] = {
        "presence.update": (59, {"id": ALICE, "presences": [typing]}),
        "call.received": (60, call),
        "poll.vote": (61, {"vote": vote, "poll": {"id": f"true_{ALICE}_{bare(28)}", "from": "me", "fromMe": True}}),
        "group.v2.participants": (62, joined),
        "group.v2.join": (63, {"group": {"id": GROUP, "subject": "Test group"}, "timestamp": SENT_AT, "_data": {}}),
        "engine.event": (64, {"event": "messages.upsert", "data": {}}),
    }
    return {f"{event}.noweb": envelope(event, number, payload) for event, (number, payload) in told.items()}


def all_events() -> dict[str, Json]:
    """Every sample by name."""
    makers = (texts, files, places_and_contacts, groups, hidden_ids, own, never_answered)
    more = (reactions, acks, changes, sessions, others)
    return {name: event for make in (*makers, *more) for name, event in make().items()}
