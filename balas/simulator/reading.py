"""What the simulated WAHA tells about its chats: messages, numbers behind hidden ids, files."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from balas.simulator.messages import LIDS_START, PhoneMessage, as_chat_id, lid_of
from balas.simulator.shapes import file_name
from balas.simulator.waha import Json, Stop, Waha, not_found


def messages(waha: Waha, request: Request, content: Json) -> list[Json]:
    name, chat_id = waha.readable(request.path_params["name"]), request.path_params["chat_id"]
    query = request.query_params
    if chat_id == "all" and waha.engine == "WEBJS":
        raise Stop(501, message="Not implemented", error="Not Implemented", statusCode=501)
    chosen = waha.phones.shown(None if chat_id == "all" else chat_id, name)
    if (wanted := query.get("filter.fromMe")) is not None:
        chosen = [message for message in chosen if message.from_me == (wanted == "true")]
    since = float(query.get("filter.timestamp.gte", 0))
    until = float(query.get("filter.timestamp.lte", 1e12))
    chosen = [message for message in chosen if since <= int(message.at.timestamp()) <= until]
    newest = sorted(chosen, key=lambda message: (message.at, message.position), reverse=True)
    start = int(query.get("offset", 0))
    return [waha.announcer.message_payload(message) for message in newest[start : start + int(query.get("limit", 10))]]


def message(waha: Waha, request: Request, content: Json) -> Json:
    name, chat_id = waha.readable(request.path_params["name"]), request.path_params["chat_id"]
    wanted = request.path_params["message_id"]
    if chat_id == "all" and waha.engine == "WEBJS":
        raise Stop(501, message="Not implemented", error="Not Implemented", statusCode=501)
    for message in reversed(waha.phones.shown(None if chat_id == "all" else chat_id, name)):
        bare_is_enough = waha.engine != "WEBJS"
        if wanted == message.waha_message_id or (bare_is_enough and wanted == message.bare_id):
            return waha.announcer.message_payload(message)
    raise not_found("Message not found")


def overview(waha: Waha, request: Request, content: Json) -> list[Json]:
    name = waha.readable(request.path_params["name"])
    start = int(request.query_params.get("offset", 0))
    chats = waha.phones.chats(name)[start : start + int(request.query_params.get("limit", 20))]
    return [_chat_overview(waha, waha.phones.shown(chat_id, name)[-1]) for chat_id in chats]


def _chat_overview(waha: Waha, newest: PhoneMessage) -> Json:
    shown = waha.announcer.message_payload(newest)
    return {"id": newest.chat_id, "name": newest.push_name, "picture": None, "lastMessage": shown, "_chat": {}}


def _known_lids(waha: Waha, name: str) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for message in waha.phones.shown(waha_session=name):
        address, other = message.sender_id or message.chat_id, message.other_address
        if other and not message.from_me:
            lid, phone = (address, other) if address.endswith("@lid") else (other, address)
            pairs[lid] = phone
    return pairs


def lids(waha: Waha, request: Request, content: Json) -> list[Json]:
    name = waha.readable(request.path_params["name"])
    return [{"lid": lid, "pn": phone} for lid, phone in _known_lids(waha, name).items()]


def phone_of_lid(waha: Waha, request: Request, content: Json) -> Json:
    name = waha.readable(request.path_params["name"])
    lid = request.path_params["lid"].removesuffix("@lid") + "@lid"
    return {"lid": lid, "pn": _known_lids(waha, name).get(lid)}


def lid_of_phone(waha: Waha, request: Request, content: Json) -> Json:
    phone = as_chat_id(request.path_params["phone"])
    known = phone.partition("@")[0].isdigit() and int(phone.partition("@")[0]) < LIDS_START
    return {"lid": lid_of(phone) if known else None, "pn": phone}


def check_exists(waha: Waha, request: Request, content: Json) -> Json:
    return {"numberExists": True, "chatId": as_chat_id(request.query_params.get("phone", ""))}


def file(waha: Waha, request: Request, content: Json) -> Response:
    for message in waha.phones.shown(waha_session=request.path_params["name"]):
        name = message.waha_message_id if waha.engine == "WEBJS" else message.bare_id
        if message.file and file_name(message, name) == request.path_params["file"]:
            return Response(message.file.content, media_type=message.file.mimetype)
    raise not_found("File not found")
