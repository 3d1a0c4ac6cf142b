"""Messages as each engine of WAHA writes them, fields in its order. Pure."""

from __future__ import annotations

from typing import Any

from balas.simulator.messages import PhoneMessage

ENGINES = ("NOWEB", "GOWS", "WEBJS")
ACK_NAMES = {-1: "ERROR", 0: "PENDING", 1: "SERVER", 2: "DEVICE", 3: "READ", 4: "PLAYED"}
_EXTENSIONS = {"audio/ogg": "oga", "image/jpeg": "jpeg", "application/pdf": "pdf", "image/png": "png"}
Json = dict[str, Any]


def jid(chat_id: str | None) -> str:
    """WhatsApp's own spelling inside `_data`."""
    return (chat_id or "").replace("@c.us", "@s.whatsapp.net")


def payload(engine: str, message: PhoneMessage, quoted: PhoneMessage | None, me_id: str, files_url: str) -> Json:
    """The message object of webhooks and of the API."""
    shape = {"NOWEB": _noweb, "GOWS": _gows, "WEBJS": _webjs}[engine]
    return shape(message, quoted, me_id, files_url)


def _noweb(message: PhoneMessage, quoted: PhoneMessage | None, me_id: str, files_url: str) -> Json:
    shown = _head(message)
    shown["from"], shown["fromMe"] = message.chat_id, message.from_me
    shown["source"], shown["body"] = message.source, message.text or None
    if message.sender_id:
        shown |= {"to": message.chat_id, "participant": message.sender_id}
    shown |= _media(message, files_url, message.bare_id)
    shown |= {"ack": message.ack, "ackName": ACK_NAMES[message.ack], "location": message.location}
    shown |= {"vCards": list(message.vcards) or None, "replyTo": _reply(quoted, me_id)}
    key: Json = {"remoteJid": jid(message.chat_id), "fromMe": message.from_me, "id": message.bare_id}
    by_lid = (message.sender_id or message.chat_id).endswith("@lid")
    if message.sender_id:
        key["participant"] = jid(message.sender_id)
    if by_lid and message.other_address:
        key["participantAlt" if message.sender_id else "remoteJidAlt"] = jid(message.other_address)
        key["addressingMode"] = "lid"
    shown["_data"] = {
        "key": key,
        "messageTimestamp": int(message.at.timestamp()),
        "pushName": message.push_name,
        "broadcast": False,
        "message": _protobuf(message, quoted, me_id, "mentionedJid", "stanzaId", "ptt"),
    }
    return shown


def _gows(message: PhoneMessage, quoted: PhoneMessage | None, me_id: str, files_url: str) -> Json:
    shown = _head(message)
    shown["from"], shown["fromMe"] = message.chat_id, message.from_me
    shown["source"], shown["body"] = message.source, message.text or None
    shown |= {"to": message.sender_id, "participant": message.sender_id}
    shown |= _media(message, files_url, message.bare_id)
    shown |= {"ack": message.ack, "location": message.location, "vCards": list(message.vcards) or None}
    shown |= {"ackName": ACK_NAMES[message.ack], "replyTo": _reply(quoted, me_id)}
    sender = message.sender_id or (me_id if message.from_me else message.chat_id)
    shown["_data"] = {
        "Info": {
            "Chat": jid(message.chat_id),
            "Sender": jid(sender),
            "IsFromMe": message.from_me,
            "IsGroup": message.sender_id is not None,
            "AddressingMode": "lid" if sender.endswith("@lid") else "",
            "SenderAlt": "" if message.from_me else jid(message.other_address),
            "RecipientAlt": "",
            "ID": message.bare_id,
            "Type": "media" if message.file else "text",
            "PushName": message.push_name,
            "Timestamp": message.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        },
        "Message": _protobuf(message, quoted, me_id, "mentionedJID", "stanzaID", "PTT"),
        "IsEphemeral": False,
        "IsViewOnce": False,
    }
    return shown


def _webjs(message: PhoneMessage, quoted: PhoneMessage | None, me_id: str, files_url: str) -> Json:
    sender, recipient = (me_id, message.chat_id) if message.from_me else (message.chat_id, me_id)
    if message.sender_id:
        sender = message.chat_id
    shown = _head(message)
    shown |= {"from": sender, "fromMe": message.from_me, "participant": message.sender_id, "source": message.source}
    shown |= {"to": recipient, "body": message.text} | _media(message, files_url, message.waha_message_id)
    shown |= {"ack": message.ack, "ackName": ACK_NAMES[message.ack], "location": message.location}
    shown["vCards"] = list(message.vcards)
    if quoted:
        shown["replyTo"] = _reply(quoted, me_id)
    data: Json = {
        "id": webjs_id(message),
        "body": message.text,
        "type": _webjs_type(message),
        "t": int(message.at.timestamp()),
        "notifyName": message.push_name,
        "from": sender,
        "to": recipient,
        "ack": message.ack,
        "mentionedJidList": list(message.mentions),
        "isNewMsg": True,
    }
    if quoted:
        data |= {"quotedStanzaID": quoted.bare_id, "quotedMsg": {"type": "chat", "body": quoted.text}}
    if message.sender_id:
        data["author"] = message.sender_id
    shown["_data"] = data
    return shown


def webjs_id(message: PhoneMessage) -> Json:
    return {
        "fromMe": message.from_me,
        "remote": message.chat_id,
        "id": message.bare_id,
        "_serialized": message.waha_message_id,
    }


def _webjs_type(message: PhoneMessage) -> str:
    if message.revoked:
        return "revoked"
    if message.file:
        return "ptt" if message.file.voice else _kind(message.file.mimetype)
    if message.location:
        return "location"
    return "vcard" if message.vcards else "chat"


def _head(message: PhoneMessage) -> Json:
    return {"id": message.waha_message_id, "timestamp": int(message.at.timestamp())}


def _kind(mimetype: str) -> str:
    main = mimetype.partition("/")[0]
    return main if main in ("image", "video", "audio") else "document"


def _media(message: PhoneMessage, files_url: str, name: str) -> Json:
    if not message.file:
        return {"hasMedia": False, "media": None}
    if not message.file.downloaded:
        return {"hasMedia": True, "media": None}
    url = f"{files_url}/{message.waha_session}/{file_name(message, name)}"
    return {
        "hasMedia": True,
        "media": {"url": url, "filename": message.file.filename, "mimetype": message.file.mimetype},
    }


def file_name(message: PhoneMessage, name: str) -> str:
    mimetype = message.file.mimetype.partition(";")[0] if message.file else ""
    return f"{name}.{_EXTENSIONS.get(mimetype, 'bin')}"


def _reply(quoted: PhoneMessage | None, me_id: str) -> Json | None:
    if quoted is None:
        return None
    participant = me_id if quoted.from_me else quoted.sender_id or quoted.chat_id
    return {"id": quoted.bare_id, "participant": participant, "body": quoted.text, "hasMedia": False, "media": None}


def _protobuf(
    message: PhoneMessage, quoted: PhoneMessage | None, me_id: str, mentions: str, stanza: str, voice: str
) -> Json:
    """WhatsApp's own message; NOWEB and GOWS differ in the case of some names."""
    context: Json = {}
    if message.mentions:
        context[mentions] = [jid(item) for item in message.mentions]
    if quoted:
        participant = me_id if quoted.from_me else quoted.sender_id or quoted.chat_id
        context |= {stanza: quoted.bare_id, "participant": jid(participant)}
        context["quotedMessage"] = {"conversation": quoted.text}
    if message.file:
        file: Json = {"mimetype": message.file.mimetype}
        if message.file.voice:
            file[voice] = True
        if message.text:
            file["caption"] = message.text
        if message.file.filename:
            file["fileName"] = message.file.filename
        return {f"{_kind(message.file.mimetype)}Message": file | ({"contextInfo": context} if context else {})}
    if message.location:
        return {"locationMessage": {"name": message.location.get("name")}}
    if message.vcards:
        return {"contactMessage": {"vcard": message.vcards[0]}}
    if context or message.source == "api":
        return {"extendedTextMessage": {"text": message.text} | ({"contextInfo": context} if context else {})}
    return {"conversation": message.text}


def sent(engine: str, message: PhoneMessage) -> Json:
    """What sendText answers."""
    if engine == "WEBJS":
        return {"_data": {"id": webjs_id(message), "body": message.text, "type": "chat"}, "id": webjs_id(message)}
    if engine == "GOWS":
        return {"id": message.waha_message_id, "_data": {"ID": message.bare_id, "Chat": jid(message.chat_id)}}
    return {
        "key": {"remoteJid": jid(message.chat_id), "fromMe": True, "id": message.bare_id},
        "message": {"extendedTextMessage": {"text": message.text}},
        "messageTimestamp": str(int(message.at.timestamp())),
        "status": "PENDING",
    }
