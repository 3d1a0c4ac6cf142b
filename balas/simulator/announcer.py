"""What happens on the phones, as the events that WAHA would post: envelopes, payloads, acks after a send."""

from __future__ import annotations

import random
import threading
import time
from functools import partial
from typing import Any

from balas.simulator.kinds import WahaKind
from balas.simulator.messages import Occurrence, PhoneMessage
from balas.simulator.phones import Phones
from balas.simulator.shapes import ACK_NAMES, payload
from balas.simulator.timetable import Timetable
from balas.simulator.webhooks import VERSION, Webhooks

FILES_URL = "http://localhost:3000/api/files"
_ULID = "0123456789abcdefghjkmnpqrstvwxyz"
Json = dict[str, Any]


class Announcer:
    def __init__(
        self, phones: Phones, kind: WahaKind, webhooks: Webhooks, timetable: Timetable, *, seed: int = 0
    ) -> None:
        self.phones = phones
        self.engine = kind.engine
        self._webhooks = webhooks
        self._timetable = timetable
        self._events = frozenset(kind.events)
        self._acks = tuple(kind.acks)
        self._lock = threading.Lock()
        self._ids = random.Random(f"events:{seed}")  # noqa: S311 the same ids for the same seed

    def __call__(self, occurrence: Occurrence) -> None:
        message = occurrence.message
        event_id = "evt_" + self._new_id()
        for event in self._names(occurrence):
            if event in self._events:
                chat_id = message.chat_id if message else str(occurrence.detail.get("from", ""))
                self._webhooks.post(self._envelope(event, event_id, occurrence), self._new_id(), chat_id)
        if occurrence.event == "message.any" and message and message.source == "api":
            for level, delay in self._acks:
                self._timetable.add(partial(self.phones.acknowledge, message, level), delay)

    def _names(self, occurrence: Occurrence) -> tuple[str, ...]:
        if occurrence.event == "message":
            return ("message", "message.any")  # under one envelope id, as NOWEB and GOWS send them
        if occurrence.event == "message.ack" and occurrence.message and occurrence.message.sender_id:
            return ("message.ack.group",)
        return (occurrence.event,)

    def _new_id(self) -> str:
        with self._lock:
            return "".join(self._ids.choices(_ULID, k=26))

    def _envelope(self, event: str, event_id: str, occurrence: Occurrence) -> Json:
        noweb = self.engine != "WEBJS"
        me: Json = {"id": self.phones.me_id, "pushName": self.phones.me_name}
        if noweb:
            me["lid"] = self.phones.me_lid
        if self.engine == "GOWS":
            me["jid"] = self.phones.me_id.replace("@c.us", ":7@s.whatsapp.net")
        starting = self.phones.status(occurrence.waha_session) in ("STARTING", "SCAN_QR_CODE")
        return {
            "id": event_id,
            "timestamp": int(time.time() * 1000),
            "event": event,
            "session": occurrence.waha_session,
            "metadata": {},
            "me": None if starting else me,
            "payload": self._payload(event, occurrence),
            "engine": self.engine,
            "environment": {
                "version": VERSION,
                "engine": self.engine,
                "tier": "CORE",
                "browser": None if noweb else "/usr/bin/chromium",
                "platform": "linux/x64",
                "worker": {"id": None},
            },
        }

    def _payload(self, event: str, occurrence: Occurrence) -> Json:
        message, detail = occurrence.message, occurrence.detail
        if message is None:
            return self._bare_payload(event, occurrence)
        match event:
            case "message.ack" | "message.ack.group":
                return self._ack(message)
            case "message.edited":
                return self._edited(message, str(detail["action_id"]))
            case "message.revoked":
                return self._revoked(message, str(detail["action_id"]))
            case "message.reaction":
                return self._reaction(message, detail)
            case _:
                return self.message_payload(message)

    def message_payload(self, message: PhoneMessage) -> Json:
        quoted = self.phones.find(message.waha_session, message.reply_to) if message.reply_to else None
        return payload(self.engine, message, quoted, self.phones.me_id, FILES_URL)

    def _bare_payload(self, event: str, occurrence: Occurrence) -> Json:
        name, detail = occurrence.waha_session, occurrence.detail
        if event == "session.status":
            statuses = self.phones.statuses(name)
            return {"name": name, "status": self.phones.status(name), "statuses": statuses, "data": None}
        chat_id = detail["from"]
        if event == "presence.update":
            presence = "typing" if detail["typing"] else "paused"
            one = {"participant": chat_id, "lastKnownPresence": presence, "lastSeen": None}
            return {"id": chat_id, "presences": [one]}
        call = {"id": detail["id"], "from": chat_id, "timestamp": int(time.time())}
        return call | {"isVideo": False, "isGroup": False, "_data": {}}

    def _ack(self, message: PhoneMessage) -> Json:
        ack: Json = {"ack": message.ack, "ackName": ACK_NAMES[message.ack]}
        if self.engine == "WEBJS":
            return self.message_payload(message) | ack
        shown: Json = {"id": message.waha_message_id, "from": message.chat_id}
        if self.engine == "GOWS":
            shown |= {"to": None, "participant": None}
        return shown | {"fromMe": True} | ack

    def _edited(self, message: PhoneMessage, action_id: str) -> Json:
        shown = self.message_payload(message)
        if self.engine != "WEBJS":  # the edit has an id of its own
            shown["id"] = str(shown["id"]).replace(message.bare_id, action_id)
            if "key" in shown["_data"]:
                shown["_data"]["key"]["id"] = action_id
        return shown | {"editedMessageId": message.bare_id}

    def _revoked(self, message: PhoneMessage, action_id: str) -> Json:
        before = self.message_payload(message)
        after = {**before, "body": None if self.engine != "WEBJS" else ""}
        if self.engine != "WEBJS":
            after["id"] = str(after["id"]).replace(message.bare_id, action_id)
            return {"after": after, "before": None, "revokedMessageId": message.bare_id}
        return {"after": after, "before": before, "revokedMessageId": message.bare_id}

    def _reaction(self, message: PhoneMessage, detail: Json) -> Json:
        now = time.time()
        return {
            "id": f"false_{message.chat_id}_{detail['action_id']}",
            "timestamp": round(now, 3) if self.engine == "WEBJS" else int(now),
            "from": message.chat_id,
            "fromMe": False,
            "source": "app",
            "reaction": {"text": detail["emoji"], "messageId": message.waha_message_id},
        }
