"""The part of WAHA's HTTP API that a chatbot calls, with WAHA's status codes, error bodies and answers per engine."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from balas.simulator import reading
from balas.simulator.messages import as_chat_id
from balas.simulator.shapes import sent
from balas.simulator.waha import Answer, Json, Stop, Waha, not_found
from balas.simulator.webhooks import VERSION


def routes(waha: Waha) -> APIRouter:
    router = APIRouter()
    for method, path, answer in (
        ("POST", "/api/sendText", _send_text),
        ("POST", "/api/sendSeen", _send_seen),
        ("POST", "/api/startTyping", _typing(True)),
        ("POST", "/api/stopTyping", _typing(False)),
        ("PUT", "/api/reaction", _react),
        ("GET", "/api/contacts/check-exists", reading.check_exists),
        ("GET", "/api/files/{name}/{file}", reading.file),
        ("GET", "/api/sessions", _sessions),
        ("GET", "/api/sessions/{name}", _session),
        ("GET", "/api/sessions/{name}/me", _me),
        ("POST", "/api/sessions/{name}/start", _set_status("WORKING")),
        ("POST", "/api/sessions/{name}/stop", _set_status("STOPPED")),
        ("POST", "/api/sessions/{name}/restart", _set_status("WORKING")),
        ("POST", "/api/sessions/{name}/logout", _set_status("SCAN_QR_CODE")),
        ("GET", "/api/version", _version),
        ("GET", "/api/server/version", _version),
        ("GET", "/ping", _ping),
        ("GET", "/health", _health),
        ("GET", "/api/{name}/new-message-id", _new_message_id),
        ("GET", "/api/{name}/lids", reading.lids),
        ("GET", "/api/{name}/lids/pn/{phone}", reading.lid_of_phone),
        ("GET", "/api/{name}/lids/{lid}", reading.phone_of_lid),
        ("GET", "/api/{name}/chats", reading.overview),
        ("GET", "/api/{name}/chats/overview", reading.overview),
        ("GET", "/api/{name}/chats/{chat_id}/messages", reading.messages),
        ("GET", "/api/{name}/chats/{chat_id}/messages/{message_id}", reading.message),
    ):
        router.add_api_route(
            path, _endpoint(waha, answer), methods=[method], status_code=201 if method == "POST" else 200
        )
    return router


def _endpoint(waha: Waha, answer: Answer) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> Response:
        try:
            content = await _content(request) if request.method in ("POST", "PUT") and await request.body() else {}
            shown = answer(waha, request, content)
        except Stop as stop:
            return JSONResponse(stop.body, stop.code)
        if isinstance(shown, Response):
            return shown
        return JSONResponse(shown, 201 if request.method == "POST" else 200)

    return endpoint


async def _content(request: Request) -> Json:
    try:
        content = json.loads(await request.body())
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise Stop(400, message="Unexpected token in JSON", error="Bad Request", statusCode=400)
    return content


def _chat(waha: Waha, content: Json) -> str:
    chat_id = content.get("chatId")
    if not isinstance(chat_id, str) or not chat_id:
        raise Stop(
            500,
            statusCode=500,
            timestamp=datetime.now(UTC).isoformat(),
            exception={"message": "Cannot read properties of undefined (reading 'replace')", "name": "TypeError"},
            request={"path": "/api", "method": "POST", "body": content, "query": {}},
            version={"version": VERSION, "engine": waha.engine, "tier": "CORE"},
        )
    return as_chat_id(chat_id)


# ---- sending --------------------------------------------------------------------------------------------------------


def _send_text(waha: Waha, request: Request, content: Json) -> Json:
    name, chat_id = waha.working(content.get("session", "default")), _chat(waha, content)
    given = content.get("id") if waha.gives_ids and not waha.dice.strikes("other_id") else None
    quoted = str(content.get("reply_to") or "").split("_")
    message = waha.phones.shows_own(
        name,
        chat_id,
        str(content.get("text", "")),
        bare_id=str(given) if given else None,
        reply_to=quoted[2] if len(quoted) > 2 else quoted[0] or None,
        mentions=tuple(content.get("mentions") or ()),
        link_preview=content.get("linkPreview", True) is not False,
    )
    return sent(waha.engine, message)


def _send_seen(waha: Waha, request: Request, content: Json) -> Json:
    waha.phones.sees(waha.working(content.get("session", "default")), _chat(waha, content))
    return {"success": True}


def _typing(typing: bool) -> Answer:
    def answer(waha: Waha, request: Request, content: Json) -> Json:
        waha.phones.set_typing(waha.working(content.get("session", "default")), _chat(waha, content), typing)
        return {"result": True}

    return answer


def _react(waha: Waha, request: Request, content: Json) -> Json:
    waha.working(content.get("session", "default"))
    return {"success": True}


def _new_message_id(waha: Waha, request: Request, content: Json) -> Json:
    waha.working(request.path_params["name"])
    if waha.engine == "WEBJS":
        message = "The method is not implemented by the engine"
        raise Stop(501, message=message, error="Not Implemented", statusCode=501)
    if not waha.gives_ids:
        raise not_found(f"Cannot GET {request.url.path}")
    return {"id": waha.phones.new_id("3EB0")}


# ---- sessions and server --------------------------------------------------------------------------------------------


def _session_shape(waha: Waha, name: str) -> Json:
    status = waha.phones.status(name)
    config = {"metadata": {}, "noweb": {"store": {"enabled": waha.store_enabled, "fullSync": False}}}
    return {
        "name": name,
        "status": status,
        "config": config if waha.engine == "NOWEB" else {"metadata": {}},
        "me": {"id": waha.phones.me_id, "pushName": waha.phones.me_name} if status == "WORKING" else None,
        "engine": {"engine": waha.engine},
    }


def _sessions(waha: Waha, request: Request, content: Json) -> list[Json]:
    shown = [_session_shape(waha, name) for name in waha.phones.waha_sessions]
    return [item for item in shown if request.query_params.get("all") == "true" or item["status"] != "STOPPED"]


def _session(waha: Waha, request: Request, content: Json) -> Json:
    if waha.phones.status(request.path_params["name"]) is None:
        raise not_found("Session not found")
    return _session_shape(waha, request.path_params["name"])


def _me(waha: Waha, request: Request, content: Json) -> Any:
    return _session(waha, request, content)["me"]


def _set_status(status: str) -> Answer:
    def answer(waha: Waha, request: Request, content: Json) -> Json:
        name = request.path_params["name"]
        _session(waha, request, content)
        waha.phones.set_status(name, status)
        return _session_shape(waha, name)

    return answer


def _version(waha: Waha, request: Request, content: Json) -> Json:
    browser = "/usr/bin/chromium" if waha.engine == "WEBJS" else None
    return {"version": VERSION, "engine": waha.engine, "tier": "CORE", "browser": browser, "platform": "linux/x64"}


def _ping(waha: Waha, request: Request, content: Json) -> Json:
    return {"message": "pong"}


def _health(waha: Waha, request: Request, content: Json) -> Json:
    return {"status": "ok", "info": {}, "error": {}, "details": {}}
