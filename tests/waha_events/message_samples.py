"""Messages: texts, files, places and contacts, groups, hidden ids, our own, and those that are never answered."""

from __future__ import annotations

from typing import Any

from tests.waha_events.messages import (
    ALICE,
    BOB,
    BOB_LID,
    CHANNEL,
    FILE_TYPES,
    FILES,
    GROUP,
    ME,
    ME_LID,
    OUR_ANSWER,
    QUESTION,
    SENT_AT,
    STATUS,
    VCARD,
    Json,
    bare,
    envelope,
    gows,
    jid,
    noweb,
    of_2024,
    webjs,
)


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
