"""The simulator's own controls, below /_control: people who write, faults, the log, a reset."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from balas.simulator.faults import Dice, Faults
from balas.simulator.messages import Attached, Entry, PhoneFile
from balas.simulator.phones import Phones
from balas.simulator.timetable import Timetable

Json = dict[str, Any]
_SENDING = frozenset(
    "push_name reply_to as_lid twin sender mentions bare_id waha_session".split()  # noqa: SIM905 a list of names
)


def controls(
    phones: Phones, set_faults: Callable[[Faults], Dice], dice: Callable[[], Dice], timetable: Timetable
) -> APIRouter:
    router = APIRouter(prefix="/_control")
    people = People(phones)

    def log(request: Request, content: Json) -> Any:
        query = request.query_params
        return [
            entry_json(entry) for entry in phones.log_since(int(query.get("since", 0)), int(query.get("limit", 1000)))
        ]

    def shown(request: Request, content: Json) -> Any:
        return [
            message.summary() | {"chat_id": message.chat_id}
            for message in phones.shown(request.query_params.get("chat"))
        ]

    def reset(request: Request, content: Json) -> Json:
        timetable.clear()
        phones.reset()
        set_faults(Faults())
        return {}

    for method, path, answer in (
        ("GET", "/log", log),
        ("GET", "/shown", shown),
        ("GET", "/faults", lambda request, content: asdict(dice().faults)),
        ("PUT", "/faults", lambda request, content: asdict(set_faults(Faults.read(content)).faults)),
        ("POST", "/reset", reset),
        ("POST", "/messages", people.write),
        ("POST", "/owner", people.owner),
        ("POST", "/edits", people.edit),
        ("POST", "/revokes", people.revoke),
        ("POST", "/reactions", people.react),
        ("POST", "/calls", people.call),
        ("POST", "/typing", people.typing),
        ("PUT", "/status", people.status),
    ):
        router.add_api_route(path, _endpoint(answer), methods=[method])
    return router


def _endpoint(answer: Callable[[Request, Json], Any]) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> Response:
        try:
            content = json.loads(await request.body() or b"{}")
            if not isinstance(content, dict):
                raise TypeError("a JSON object is needed")
            return JSONResponse(answer(request, content))
        except (ValueError, KeyError, TypeError) as error:
            return JSONResponse({"error": f"{type(error).__name__}: {error}"}, 400)

    return endpoint


def entry_json(entry: Entry) -> Json:
    """An entry of the log as JSON."""
    return {
        "seq": entry.seq,
        "kind": entry.kind,
        "chat_id": entry.chat_id,
        "at": entry.at.isoformat(),
        "detail": entry.detail,
    }


class People:
    """What the people at the phones do, told as JSON."""

    def __init__(self, phones: Phones) -> None:
        self._phones = phones

    def write(self, request: Request, content: Json) -> Json:
        """{chat, text, media?: {mimetype, data: base64, filename?, voice?}, at?: ISO time, ...}."""
        more = {name: content[name] for name in _SENDING & content.keys()}
        more["attached"] = Attached(
            _file(content["media"]) if content.get("media") else None,
            content.get("location"),
            tuple(content.get("vcards", ())),
        )
        if content.get("at"):
            more["at"] = datetime.fromisoformat(content["at"])
        message = self._phones.person_sends(content["chat"], content.get("text", ""), **more)
        return message.summary() | {"chat_id": message.chat_id}

    def owner(self, request: Request, content: Json) -> Json:
        return self._phones.owner_types(content["chat"], content["text"], waha_session=_session(content)).summary()

    def edit(self, request: Request, content: Json) -> Json:
        self._phones.edits(content["chat"], content["bare_id"], content["text"], waha_session=_session(content))
        return {}

    def revoke(self, request: Request, content: Json) -> Json:
        self._phones.revokes(content["chat"], content["bare_id"], waha_session=_session(content))
        return {}

    def react(self, request: Request, content: Json) -> Json:
        self._phones.reacts(content["chat"], content["bare_id"], content["emoji"], waha_session=_session(content))
        return {}

    def call(self, request: Request, content: Json) -> Json:
        self._phones.call(content["chat"], waha_session=_session(content))
        return {}

    def typing(self, request: Request, content: Json) -> Json:
        self._phones.person_types(content["chat"], content.get("typing", True), waha_session=_session(content))
        return {}

    def status(self, request: Request, content: Json) -> Json:
        self._phones.set_status(_session(content), content["status"])
        return {}


def _session(content: Json) -> str:
    return str(content.get("waha_session", "default"))


def _file(media: Json) -> PhoneFile:
    try:
        data = base64.b64decode(media.get("data", ""), validate=True)
    except binascii.Error as error:
        raise ValueError("media.data is not base64") from error
    return PhoneFile(
        media["mimetype"], data, media.get("filename"), bool(media.get("voice")), bool(media.get("downloaded", True))
    )
