"""WAHA's HTTP API as far as Balas uses it; the `Gateway` of production. No message text or number is ever logged."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import nullcontext
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import quote

import httpcore2
import msgspec

from balas import __version__
from balas.crew import Waiting
from balas.errors import GatewayRejected, GatewayUnavailable, SendOutcomeUnknown
from balas.ports import ReadBack, SentMessage, SessionInfo, forbid_inside_transaction
from balas.values import InboundMessage
from balas.waha.addresses import bare_id_of, by_participant, file_path
from balas.waha.bodies import AnswerTooLong, file_of, json_of
from balas.waha.messages import Account, active_chat, parse_message, parse_sent
from balas.waha.paging import entries, pages
from balas.waha.refusals import as_moment, refusal
from balas.waha.sessions import read_session
from balas.waha.transport import Wire, within
from balas.waha.wire import as_object

CONNECT_SECONDS = 5.0
FREE_CONNECTION_SECONDS = 5.0
MOST_MESSAGES = 5_000  # in one reading of a chat: years of messages must not fill the memory
_NO_IDS_SECONDS, _NO_IDS_MAYBE_SECONDS = 600.0, 60.0
_ABSENT = frozenset({400, 404, 500, 501})  # answers that engines give for a message they do not have
Body = TypeVar("Body")
_NOT_SENT = (httpcore2.ConnectError, httpcore2.ConnectTimeout, httpcore2.UnsupportedProtocol)
_BROKEN = (httpcore2.TimeoutException, httpcore2.NetworkError, httpcore2.ProtocolError)


class WahaClient:
    """One pool of connections to one WAHA; safe to share between threads.

    The key goes to `base_url` only.
    """

    def __init__(
        self,
        base_url: str,
        api_key: str,
        *,
        send_timeout_seconds: float = 30.0,
        call_timeout_seconds: float = 10.0,
        max_connections: int = 64,
        waiting: Waiting = nullcontext,
    ) -> None:
        self._send_timeout = send_timeout_seconds
        self._call_timeout = call_timeout_seconds
        self._no_ids_until: dict[str, float] = {}
        self._wire = Wire(
            base_url,
            {
                b"X-Api-Key": api_key.encode(),
                b"User-Agent": f"balas/{__version__}".encode(),
                b"Accept": b"application/json",
                b"Accept-Encoding": b"identity",
            },
            max_connections=max_connections,
            timeouts={
                "connect": CONNECT_SECONDS,
                "read": send_timeout_seconds,
                "write": send_timeout_seconds,
                "pool": FREE_CONNECTION_SECONDS,
            },
            waiting=waiting,
        )

    # ---- sending -----------------------------------------------------------------------------------------------------

    def new_message_id(self, waha_session: str) -> str | None:
        """None where the engine cannot make one, or WAHA is older than 2026.4.3; that is remembered for a while."""
        if self._no_ids_until.get(waha_session, 0.0) > time.monotonic():
            return None
        status, body, headers = self._call("GET", f"api/{_part(waha_session)}/new-message-id")
        if 200 <= status < 300:
            return bare_id_of(as_object(body).get("id"))
        error = refusal(status, headers.get("retry-after"), body, sending=False)
        if status not in (400, 404, 501) and not isinstance(error, GatewayRejected):
            raise error
        pause = _NO_IDS_SECONDS if status == 501 else _NO_IDS_MAYBE_SECONDS
        self._no_ids_until[waha_session] = time.monotonic() + pause
        return None

    def send_text(
        self,
        waha_session: str,
        chat_id: str,
        text: str,
        *,
        message_id: str | None = None,
        reply_to: str | None = None,
        begun_at: float | None = None,
    ) -> SentMessage:
        """What WAHA says it sent. The id may differ from `message_id`: the message was shown all the same."""
        content: dict[str, Any] = {"session": waha_session, "chatId": chat_id, "text": text, "linkPreview": False}
        if message_id is not None:
            content["id"] = message_id
        if reply_to is not None:
            content["reply_to"] = reply_to
        body = self._expect("POST", "api/sendText", content, sending=True, begun_at=begun_at)
        sent = parse_sent(body)
        if sent is None:
            raise SendOutcomeUnknown("WAHA took the message without naming it: look for it before sending again.")
        return sent

    def send_seen(self, waha_session: str, chat_id: str, waha_message_ids: tuple[str, ...] = ()) -> None:
        content: dict[str, Any] = {"session": waha_session, "chatId": chat_id}
        for participant, ids in by_participant(chat_id, waha_message_ids).items():
            more: dict[str, Any] = {"messageIds": ids} if ids else {}
            if participant:
                more["participant"] = participant
            self._expect("POST", "api/sendSeen", content | more)

    def start_typing(self, waha_session: str, chat_id: str) -> None:
        self._expect("POST", "api/startTyping", {"session": waha_session, "chatId": chat_id})

    # ---- reading -----------------------------------------------------------------------------------------------------

    def find_message(self, waha_session: str, chat_id: str, bare_id: str) -> InboundMessage | None:
        """None only after the chat itself could be read and does not hold it; GatewayRejected when nothing can be read.

        Looked up by full id, then by bare id over all chats (which a @lid chat or a group needs; NOWEB and GOWS only),
        then among the newest messages.
        """
        for chat, wanted in (
            (chat_id, f"true_{chat_id}_{bare_id}"),
            (chat_id, f"false_{chat_id}_{bare_id}"),
            ("all", bare_id),
        ):
            path = f"api/{_part(waha_session)}/chats/{_part(chat)}/messages/{_part(wanted)}?downloadMedia=false"
            status, body, headers = self._call("GET", path)
            if status not in _ABSENT and not 200 <= status < 300:
                raise refusal(status, headers.get("retry-after"), body, sending=False)
            found = parse_message(body) if 200 <= status < 300 else None
            if found is not None and found.bare_id == bare_id:
                return found
        newest = self.recent_messages(waha_session, chat_id, limit=50)
        return next((message for message in newest if message.bare_id == bare_id), None)

    def download(self, waha_session: str, message: InboundMessage) -> bytes:
        """The file that came with a message. WAHA keeps it for three minutes, and can often fetch it once more.

        Raises GatewayRejected when it has it no more, or keeps it elsewhere: only WAHA itself is asked.
        """
        path = file_path(message.media.url if message.media else None)
        content = self._file(path) if path else None
        if content is None:
            chat, wanted = _part(message.chat_id), _part(message.waha_message_id)
            path = f"api/{_part(waha_session)}/chats/{chat}/messages/{wanted}?downloadMedia=true"
            found = parse_message(self._expect("GET", path))
            path = file_path(found.media.url if found and found.media else None)
            content = self._file(path) if path else None
        if content is None:
            raise GatewayRejected("WAHA does not have the message's file any more, or keeps it on another server.")
        return content

    def _file(self, path: str) -> bytes | None:
        status, content, headers = self._exchange("GET", path, file_of)
        if status == 200:
            return content
        if status in _ABSENT:
            return None
        raise refusal(status, headers.get("retry-after"), None, sending=False)

    def recent_messages(self, waha_session: str, chat_id: str, limit: int = 20) -> list[InboundMessage]:
        """Newest first; GatewayRejected when WAHA keeps no messages."""
        body = self._expect("GET", f"{_messages_path(waha_session, chat_id)}&limit={limit}")
        if not isinstance(body, list):
            raise GatewayUnavailable("WAHA's list of messages could not be read.")
        return _newest_first(_parsed(body))

    def chats_since(self, waha_session: str, since: datetime) -> list[str]:
        """Chats whose newest message is from `since` or later. Raises GatewayRejected when WAHA keeps no messages.

        WAHA lists the newest first, except perhaps for pinned chats: only a whole page of older ones is the end.
        """
        path = f"api/{_part(waha_session)}/chats/overview"
        active = entries(
            "chats",
            lambda query: self._expect("GET", f"{path}?{query}"),
            lambda item: active_chat(as_object(item), since),
        )
        return list(dict.fromkeys(chat_id for chat_id, _ in active))

    def messages_since(self, waha_session: str, chat_id: str, since: datetime) -> ReadBack:
        """At most `MOST_MESSAGES`, the oldest: the rest is found by the next reading, which begins after them.

        WAHA shows the newest first, so all pages are read.
        """
        path, query = _messages_path(waha_session, chat_id), f"filter.timestamp.gte={int(since.timestamp())}"
        found: dict[tuple[bool, str], InboundMessage] = {}
        is_whole = True
        for page in pages("messages", lambda part: self._expect("GET", f"{path}&{part}&{query}")):
            found |= {(message.from_me, message.bare_id): message for message in _parsed(page)}
            if len(found) > MOST_MESSAGES:
                oldest = _newest_first(list(found.values()))[-MOST_MESSAGES:]
                found, is_whole = {(message.from_me, message.bare_id): message for message in oldest}, False
        return ReadBack(_newest_first(list(found.values()))[::-1], is_whole)

    def sessions(self) -> list[SessionInfo]:
        body = self._expect("GET", "api/sessions?all=true")
        if not isinstance(body, list):
            raise GatewayUnavailable("WAHA's list of sessions could not be read.")
        return [session for item in body if (session := read_session(item)) is not None]

    def ping(self) -> datetime | None:
        status, body, headers = self._call("GET", "ping")
        if 200 <= status < 300:
            return as_moment(headers.get("date"))
        raise refusal(status, headers.get("retry-after"), body, sending=False)

    def close(self) -> None:
        self._wire.close()

    # ---- the wire ----------------------------------------------------------------------------------------------------

    def _expect(
        self,
        method: str,
        path: str,
        content: dict[str, Any] | None = None,
        *,
        sending: bool = False,
        begun_at: float | None = None,
    ) -> object:
        status, body, headers = self._call(method, path, content, sending=sending, begun_at=begun_at)
        if 200 <= status < 300:
            return body
        raise refusal(status, headers.get("retry-after"), body, sending=sending)

    def _call(
        self,
        method: str,
        path: str,
        content: dict[str, Any] | None = None,
        *,
        sending: bool = False,
        begun_at: float | None = None,
    ) -> tuple[int, object, dict[str, str]]:
        """(status, JSON body or None, headers by their names in small letters)."""
        return self._exchange(method, path, json_of, content, sending=sending, begun_at=begun_at)

    def _exchange(
        self,
        method: str,
        path: str,
        read: Callable[[httpcore2.Response], Body],
        content: dict[str, Any] | None = None,
        *,
        sending: bool = False,
        begun_at: float | None = None,
    ) -> tuple[int, Body, dict[str, str]]:
        forbid_inside_transaction("WAHA")
        unclear = SendOutcomeUnknown if sending else GatewayUnavailable
        raw = None if content is None else msgspec.json.encode(content)
        try:
            with (
                within(self._send_timeout if sending else self._call_timeout, begun_at),
                self._wire.call(method.encode(), path, raw) as answer,
            ):
                headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in answer.headers}
                return answer.status, read(answer), headers
        except httpcore2.PoolTimeout as error:
            raise GatewayUnavailable("All connections to WAHA are busy: it answers slowly.") from error
        except _NOT_SENT as error:
            raise GatewayUnavailable(
                f"WAHA cannot be reached ({type(error).__name__}): check WAHA_BASE_URL."
            ) from error
        except _BROKEN as error:
            raise unclear(f"WAHA did not answer properly ({type(error).__name__}).") from error
        except AnswerTooLong as error:
            raise unclear("WAHA's answer is longer than 10 MB.") from error


def _part(value: str) -> str:
    """One path segment; dots alone would climb the path."""
    if value in ("", ".", ".."):
        raise GatewayRejected("WAHA cannot be asked about an empty name.")
    return quote(value, safe="")


def _messages_path(waha_session: str, chat_id: str) -> str:
    return f"api/{_part(waha_session)}/chats/{_part(chat_id)}/messages?downloadMedia=false"


def _parsed(page: list[object]) -> list[InboundMessage]:
    return [message for item in page if (message := parse_message(item, Account())) is not None]


def _newest_first(messages: list[InboundMessage]) -> list[InboundMessage]:
    return sorted(messages, key=lambda message: message.sent_at.timestamp() if message.sent_at else 0.0, reverse=True)
