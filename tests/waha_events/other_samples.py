"""What happens to messages, to sessions, and beside them."""

from __future__ import annotations

from typing import Any

from tests.waha_events.messages import (
    ACK_NAMES,
    ALICE,
    BOB,
    BOB_LID,
    EVENT_AT,
    GROUP,
    ME,
    QUESTION,
    SENT_AT,
    Json,
    bare,
    envelope,
    noweb,
    of_2024,
    webjs,
)


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
