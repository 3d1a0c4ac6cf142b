"""The phones behind the simulator: every chat as its owner and the people in it see it. Safe to use from any thread."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from balas.simulator.log import Log
from balas.simulator.messages import WORDS_ALONE, Attached, Entry, Occurrence, PhoneMessage, as_chat_id, lid_of

TYPING_FADES_SECONDS = 25.0
Listener = Callable[[Occurrence], None]


class Phones:
    """Chats, messages and a log of everything. What a person does here WAHA tells by webhook, through the listener."""

    def __init__(
        self,
        me_id: str = "12025550100@c.us",
        waha_sessions: Sequence[str] = ("default",),
        seed: int = 0,
        log_size: int = 10_000,
    ) -> None:
        self.me_id = me_id
        self.me_lid = "100000000000001@lid"
        self.me_name = "Balas"
        self.waha_sessions = tuple(waha_sessions)
        self.log = Log(log_size)
        self._listener: Listener | None = None
        self._seed = seed
        self._lock = threading.RLock()
        self._clear()

    def _clear(self) -> None:
        self._random = random.Random(self._seed)  # noqa: S311 ids of a simulation, the same for the same seed
        self._messages: list[PhoneMessage] = []
        self._places: dict[tuple[str, str], list[int]] = {}
        self._chats: dict[tuple[str, str], list[int]] = {}
        self._typing: dict[tuple[str, str], float] = {}
        self._status = dict.fromkeys(self.waha_sessions, "WORKING")
        self._history: dict[str, list[dict[str, Any]]] = {name: [] for name in self.waha_sessions}

    def reset(self) -> None:
        """Empty phones; the log's numbers go on."""
        with self._lock:
            self._clear()
            self.log.clear()

    def listen(self, listener: Listener) -> None:
        self._listener = listener

    # ---- the log ----------------------------------------------------------------------------------------------------

    def log_since(self, seq: int, limit: int = 1_000) -> list[Entry]:
        return self.log.since(seq, limit)

    def wait(self, seq: int, timeout: float) -> bool:
        return self.log.wait(seq, timeout)

    async def changed(self, seq: int) -> None:
        await self.log.changed(seq)

    # ---- what is shown ----------------------------------------------------------------------------------------------

    def shown(self, chat: str | None = None, waha_session: str | None = None) -> list[PhoneMessage]:
        """Bubbles in the order in which they appeared."""
        chat_id = as_chat_id(chat) if chat else None
        with self._lock:
            if chat_id is not None and waha_session is not None:
                return [self._messages[at] for at in self._chats.get((waha_session, chat_id), ())]
            return [
                message
                for message in self._messages
                if chat_id in (None, message.chat_id) and waha_session in (None, message.waha_session)
            ]

    def chats(self, waha_session: str | None = None) -> list[str]:
        """Chat ids, the one with the newest bubble first."""
        return list(dict.fromkeys(message.chat_id for message in reversed(self.shown(waha_session=waha_session))))

    def find(self, waha_session: str, bare_id: str) -> PhoneMessage | None:
        """The newest bubble with this id."""
        with self._lock:
            places = self._places.get((waha_session, bare_id))
            return self._messages[places[-1]] if places else None

    def typing(self, chat: str, waha_session: str = "default") -> bool:
        with self._lock:
            return self._typing.get((waha_session, as_chat_id(chat)), 0.0) > time.monotonic()

    def status(self, waha_session: str) -> str | None:
        """None for a session that does not exist."""
        return self._status.get(waha_session)

    def statuses(self, waha_session: str) -> list[dict[str, Any]]:
        return self._history[waha_session][-3:]

    # ---- what people do ---------------------------------------------------------------------------------------------

    def person_sends(
        self,
        chat: str,
        text: str,
        *,
        push_name: str | None = None,
        reply_to: str | None = None,
        as_lid: bool = False,
        twin: bool = False,
        attached: Attached = WORDS_ALONE,
        at: datetime | None = None,
        sender: str | None = None,
        mentions: Sequence[str] = (),
        bare_id: str | None = None,
        waha_session: str = "default",
    ) -> PhoneMessage:
        """A person writes to us. `chat` is a number, chat id or group (then `sender` is the person).

        `as_lid`: WAHA names the person by the hidden id; `twin`: it tells the message under both addresses.
        """
        chat_id = as_chat_id(chat)
        person = as_chat_id(sender) if sender else chat_id
        group = chat_id.endswith("@g.us")
        address, other = self._addresses(person, as_lid)
        message = self._show(
            waha_session=waha_session,
            chat_id=chat_id if group else address,
            bare_id=bare_id or self.new_id("3A"),
            from_me=False,
            text=text,
            at=at or datetime.now(UTC),
            sender_id=address if group else None,
            other_address=other,
            push_name=push_name if push_name is not None else "Guest " + person[:12].rpartition("@")[0][-4:],
            reply_to=reply_to,
            mentions=tuple(as_chat_id(item) for item in mentions),
            file=attached.file,
            location=attached.location,
            vcards=attached.vcards,
        )
        self._tell(Occurrence("message", waha_session, message))
        if twin and not group and other:
            self._tell(Occurrence("message", waha_session, replace(message, chat_id=other, other_address=address)))
        return message

    def _addresses(self, person: str, as_lid: bool) -> tuple[str, str | None]:
        """(the address WAHA uses, the other one)."""
        if not person.endswith("@c.us") or not person.partition("@")[0].isdigit():
            return person, None
        return (lid_of(person), person) if as_lid else (person, lid_of(person))

    def owner_types(self, chat: str, text: str, *, waha_session: str = "default") -> PhoneMessage:
        """The owner answers on the phone itself."""
        return self.shows_own(waha_session, as_chat_id(chat), text, source="app")

    def edits(self, chat: str, bare_id: str, text: str, *, waha_session: str = "default") -> None:
        message = self._change(waha_session, bare_id, text=text, edited=True)
        if message:
            detail = {"action_id": self.new_id("3A")}
            self._tell(Occurrence("message.edited", waha_session, message, detail))

    def revokes(self, chat: str, bare_id: str, *, waha_session: str = "default") -> None:
        message = self._change(waha_session, bare_id, revoked=True)
        if message:
            detail = {"action_id": self.new_id("3A")}
            self._tell(Occurrence("message.revoked", waha_session, message, detail))

    def reacts(self, chat: str, bare_id: str, emoji: str, *, waha_session: str = "default") -> None:
        """To a message, mostly one of ours; "" takes the reaction back."""
        message = self._change(waha_session, bare_id, reaction=emoji)
        if message:
            detail = {"action_id": self.new_id("3A"), "emoji": emoji, "from": as_chat_id(chat)}
            self._tell(Occurrence("message.reaction", waha_session, message, detail))

    def call(self, chat: str, *, waha_session: str = "default") -> None:
        self._tell(
            Occurrence("call.received", waha_session, detail={"from": as_chat_id(chat), "id": self.new_id("CA")})
        )

    def person_types(self, chat: str, typing: bool = True, *, waha_session: str = "default") -> None:
        self._tell(Occurrence("presence.update", waha_session, detail={"from": as_chat_id(chat), "typing": typing}))

    def set_status(self, waha_session: str, status: str) -> None:
        with self._lock:
            self._status[waha_session] = status
            stamp = {"status": status, "timestamp": int(time.time() * 1000)}
            self._history.setdefault(waha_session, []).append(stamp)
        self.log.add("fault", "", {"session": waha_session, "status": status})
        self._tell(Occurrence("session.status", waha_session), even_when_down=True)

    # ---- what WAHA does to the phones -------------------------------------------------------------------------------

    def shows_own(
        self,
        waha_session: str,
        chat_id: str,
        text: str,
        *,
        source: str = "api",
        bare_id: str | None = None,
        **more: Any,
    ) -> PhoneMessage:
        message = self._show(
            waha_session=waha_session,
            chat_id=chat_id,
            bare_id=bare_id or self.new_id("3EB0" if source == "api" else "3A"),
            from_me=True,
            text=text,
            at=datetime.now(UTC),
            source=source,
            ack=0 if source == "api" else 1,
            sender_id=self.me_id if chat_id.endswith("@g.us") else None,
            push_name=self.me_name,
            **more,
        )
        self.set_typing(waha_session, chat_id, False)
        self._tell(Occurrence("message.any", waha_session, message))
        return message

    def acknowledge(self, message: PhoneMessage, level: int) -> None:
        """-1 failed, 0 pending, 1 server, 2 device, 3 read, 4 played."""
        with self._lock:
            if message.position >= len(self._messages) or self._messages[message.position].bare_id != message.bare_id:
                return  # the phones were reset
            changed = replace(self._messages[message.position], ack=level)
            self._messages[message.position] = changed
        self.log.add("ack", message.chat_id, {"id": message.waha_message_id, "bare_id": message.bare_id, "ack": level})
        self._tell(Occurrence("message.ack", message.waha_session, changed))

    def set_typing(self, waha_session: str, chat_id: str, typing: bool) -> None:
        with self._lock:
            before = self._typing.pop((waha_session, chat_id), 0.0) > time.monotonic()
            if typing:
                self._typing[waha_session, chat_id] = time.monotonic() + TYPING_FADES_SECONDS
        if before != typing:
            self.log.add("typing", chat_id, {"typing": typing})

    def sees(self, waha_session: str, chat_id: str) -> None:
        """Our side has read the chat: blue ticks at the person's."""
        with self._lock:
            for at in reversed(self._chats.get((waha_session, chat_id), ())):
                message = self._messages[at]
                if not message.from_me:
                    if message.ack >= 3:
                        break
                    self._messages[at] = replace(message, ack=3)
        self.log.add("seen", chat_id, {})

    def new_id(self, prefix: str) -> str:
        with self._lock:
            return f"{prefix}{self._random.getrandbits(72):018X}"

    def _show(self, **fields: Any) -> PhoneMessage:
        with self._lock:
            message = PhoneMessage(position=len(self._messages), **fields)
            self._messages.append(message)
            self._places.setdefault((message.waha_session, message.bare_id), []).append(message.position)
            self._chats.setdefault((message.waha_session, message.chat_id), []).append(message.position)
        self.log.add("message", message.chat_id, {"change": "sent", **message.summary()})
        return message

    def _change(self, waha_session: str, bare_id: str, **fields: Any) -> PhoneMessage | None:
        with self._lock:
            places = self._places.get((waha_session, bare_id))
            if not places:
                return None
            message = replace(self._messages[places[-1]], **fields)
            self._messages[message.position] = message
        self.log.add("message", message.chat_id, {"change": next(reversed(fields)), **message.summary()})
        return message

    def _tell(self, occurrence: Occurrence, *, even_when_down: bool = False) -> None:
        """A session that is not WORKING posts nothing, now or later."""
        if self._listener and (even_when_down or self._status.get(occurrence.waha_session) == "WORKING"):
            self._listener(occurrence)
