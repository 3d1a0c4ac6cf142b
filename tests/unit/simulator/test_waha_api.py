"""The simulated API as any HTTP client sees it, where the client of Balas does not look."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta

import httpx2
import pytest
from fastapi import FastAPI

from balas.simulator.app import create_simulator
from balas.simulator.faults import Chance, Faults
from balas.simulator.messages import Attached, PhoneFile, lid_of
from balas.waha.messages import parse_sent
from tests.unit.simulator.reached import ALICE, HEADERS, Reached, running
from tests.unit.simulator.serving import serving


def test_everything_wants_the_key(noweb: Reached) -> None:
    http, phones, _ = noweb
    for path in ("/api/sessions", "/ping", "/_control/log", "/api/files/default/x.bin", "/nowhere"):
        for key in (b"wrong", b"", "ü".encode(), b"\xff"):
            answer = http.get(path, headers={b"X-Api-Key": key})
            assert (answer.status_code, answer.json()) == (401, {"message": "Unauthorized", "statusCode": 401})
    assert http.get("/ping?x-api-key=key", headers={"X-Api-Key": "key"}).status_code == 200
    assert [entry.detail["status"] for entry in phones.log_since(0) if entry.kind == "api"] == [401] * 8


def test_the_key_in_the_query(noweb: Reached) -> None:
    url = str(noweb[0].base_url)
    assert httpx2.get(f"{url}/ping?x-api-key=key", trust_env=False).json() == {"message": "pong"}
    assert httpx2.get(f"{url}/ping", trust_env=False).status_code == 401


def test_no_documentation_is_served(noweb: Reached) -> None:
    assert [noweb[0].get(path).status_code for path in ("/docs", "/redoc", "/openapi.json")] == [404] * 3


@pytest.mark.parametrize("engine", ["NOWEB", "GOWS", "WEBJS"])
def test_send_text_answers_in_the_engines_shape(engine: str) -> None:
    with running(engine=engine) as (http, phones, _):
        answer = http.post("/api/sendText", json={"session": "default", "chatId": "12025550101", "text": ""})
        assert answer.status_code == 201
        body = answer.json()
        bare = phones.shown(ALICE)[0].bare_id
        place = {"NOWEB": lambda: body["key"]["id"], "GOWS": lambda: body["id"], "WEBJS": lambda: body["id"]["id"]}
        assert place[engine]() in (bare, f"true_{ALICE}_{bare}")
        sent = parse_sent(body)
        assert sent is not None
        assert sent.waha_message_id == f"true_{ALICE}_{bare}"


def test_the_same_id_twice_is_shown_twice(noweb: Reached) -> None:
    http, phones, _ = noweb
    new_id = http.get("/api/default/new-message-id").json()["id"]
    for _ in range(2):
        http.post("/api/sendText", json={"session": "default", "chatId": ALICE, "text": "x", "id": new_id})
    assert [message.bare_id for message in phones.shown(ALICE)] == [new_id, new_id]


def test_a_link_preview_is_the_default(noweb: Reached) -> None:
    http, phones, _ = noweb
    for more in ({}, {"linkPreview": False}):
        http.post("/api/sendText", json={"session": "default", "chatId": ALICE, "text": "x"} | more)
    assert [message.link_preview for message in phones.shown(ALICE)] == [True, False]


def test_errors_look_like_wahas(noweb: Reached) -> None:
    http, phones, _ = noweb
    assert http.post("/api/sendText", content=b"{").json()["statusCode"] == 400
    assert http.post("/api/sendText", content=b"[]").status_code == 400
    broken = http.post("/api/sendText", json={"session": "default", "text": "private"})
    assert (broken.status_code, broken.json()["request"]["body"]["text"]) == (500, "private")
    missing = http.post("/api/sendText", json={"session": "nowhere", "chatId": ALICE, "text": "x"})
    assert (missing.status_code, "We didn't find a session" in missing.json()["message"]) == (404, True)
    phones.set_status("default", "STARTING")
    waiting = http.post("/api/sendText", json={"session": "default", "chatId": ALICE, "text": "x"})
    assert waiting.status_code == 422
    assert {name: waiting.json()[name] for name in ("session", "status", "expected")} == {
        "session": "default",
        "status": "STARTING",
        "expected": ["WORKING"],
    }
    assert phones.shown() == []


def test_ids_by_engine_and_age() -> None:
    for options, status in (({}, 200), ({"engine": "GOWS"}, 200), ({"engine": "WEBJS"}, 501), ({"ids": False}, 404)):
        with running(**options) as (http, _, _):
            assert http.get("/api/default/new-message-id").status_code == status


def test_an_engine_without_ids_ignores_them() -> None:
    with running(engine="WEBJS") as (http, phones, _):
        http.post("/api/sendText", json={"session": "default", "chatId": ALICE, "text": "x", "id": "3EB0OURS"})
        assert phones.shown(ALICE)[0].bare_id != "3EB0OURS"


def test_lists_of_messages_are_filtered(noweb: Reached) -> None:
    http, phones, _ = noweb
    start = datetime.now(UTC).replace(microsecond=0)
    for minute in range(6):
        phones.person_sends(ALICE, str(minute), at=start + timedelta(minutes=minute))
    phones.shows_own("default", ALICE, "own")

    def texts(query: str, chat: str = ALICE) -> list[str]:
        return [item["body"] for item in http.get(f"/api/default/chats/{chat}/messages?{query}").json()]

    assert texts("limit=2&filter.fromMe=false") == ["5", "4"]
    assert texts("limit=2&offset=2&filter.fromMe=false") == ["3", "2"]
    since = int((start + timedelta(minutes=4)).timestamp())
    assert texts(f"limit=9&filter.timestamp.gte={since}") == ["5", "4"]
    assert texts(f"limit=9&filter.timestamp.lte={since}&filter.fromMe=false") == ["4", "3", "2", "1", "0"]
    assert texts("limit=100&filter.fromMe=true", "all") == ["own"]
    assert [chat["id"] for chat in http.get("/api/default/chats/overview").json()] == [ALICE]


def test_webjs_cannot_list_all_chats() -> None:
    with running(engine="WEBJS") as (http, _, _):
        assert http.get("/api/default/chats/all/messages").status_code == 501


def test_a_store_can_be_off(noweb: Reached) -> None:
    http, _, simulator = noweb
    simulator.set_faults(Faults(store_off=True))
    for path in (f"chats/{ALICE}/messages", f"chats/{ALICE}/messages/x", "chats/overview", "lids/1@lid"):
        answer = http.get(f"/api/default/{path}")
        assert (answer.status_code, "Enable NOWEB store" in answer.json()["message"]) == (400, True)


def test_numbers_behind_hidden_ids(noweb: Reached) -> None:
    http, phones, _ = noweb
    phones.person_sends(ALICE, "x", as_lid=True)
    lid = lid_of(ALICE)
    assert http.get(f"/api/default/lids/{lid.replace('@', '%40')}").json() == {"lid": lid, "pn": ALICE}
    assert http.get(f"/api/default/lids/{lid.partition('@')[0]}").json()["pn"] == ALICE
    assert http.get("/api/default/lids/77%40lid").json() == {"lid": "77@lid", "pn": None}
    assert http.get("/api/default/lids").json() == [{"lid": lid, "pn": ALICE}]
    assert http.get("/api/default/lids/pn/12025550101").json()["lid"] == lid


def test_files_are_served(noweb: Reached) -> None:
    http, phones, _ = noweb
    sent = phones.person_sends(ALICE, "", attached=Attached(PhoneFile("application/pdf", b"%PDF", "a.pdf")))
    url = http.get(f"/api/default/chats/{ALICE}/messages/{sent.bare_id}").json()["media"]["url"]
    answer = http.get(url.removeprefix("http://localhost:3000"))
    assert (answer.content, answer.headers["content-type"]) == (b"%PDF", "application/pdf")
    assert http.get("/api/files/default/none.pdf").status_code == 404


def test_sessions_start_and_stop(noweb: Reached) -> None:
    http, phones, _ = noweb
    assert http.post("/api/sessions/default/stop").status_code == 201
    assert phones.status("default") == "STOPPED"
    assert http.get("/api/sessions").json() == []
    assert http.get("/api/sessions?all=true").json()[0]["status"] == "STOPPED"
    assert http.get("/api/sessions/default/me").json() is None
    http.post("/api/sessions/default/start")
    assert http.get("/api/sessions/default").json()["me"]["id"] == "12025550100@c.us"
    assert http.get("/api/sessions/nowhere").status_code == 404


def test_the_rest_of_the_server(noweb: Reached) -> None:
    http, _, _ = noweb
    assert http.get("/health").json()["status"] == "ok"
    assert http.get("/api/version").json()["engine"] == "NOWEB"
    exists = http.get("/api/contacts/check-exists?phone=12025550101&session=default").json()
    assert exists == {"numberExists": True, "chatId": ALICE}


def test_a_hang_is_applied_or_not_and_others_are_served_meanwhile(noweb: Reached) -> None:
    http, phones, simulator = noweb
    body = {"session": "default", "chatId": ALICE, "text": "x"}
    for name, shown_at_once in (("hang_before", 0), ("hang_after", 1)):
        phones.reset()
        simulator.set_faults(Faults(**{name: Chance(count=1, seconds=1.0)}))  # type: ignore[arg-type]
        slow = threading.Thread(target=lambda: http.post("/api/sendText", json=body))
        slow.start()
        time.sleep(0.3)
        assert http.get("/ping").status_code == 200
        shown = len(phones.shown())
        assert slow.is_alive()
        assert shown == shown_at_once
        slow.join()
        assert len(phones.shown()) == 1


def test_a_lost_answer_is_a_closed_connection(noweb: Reached) -> None:
    http, phones, simulator = noweb
    simulator.set_faults(Faults(lose_response=Chance(count=1)))
    with pytest.raises(httpx2.RemoteProtocolError):
        http.post("/api/sendText", json={"session": "default", "chatId": ALICE, "text": "x"})
    assert len(phones.shown()) == 1
    assert [e.detail for e in phones.log_since(0) if "fault" in e.detail] == [{"fault": "lose_response"}]


def test_the_log_of_the_wire_tells_every_call(noweb: Reached) -> None:
    http, phones, _ = noweb
    http.post("/api/startTyping", json={"session": "default", "chatId": ALICE})
    (entry,) = [entry for entry in phones.log_since(0) if entry.kind == "api"]
    assert entry.chat_id == ALICE
    assert {name: entry.detail[name] for name in ("method", "path", "status")} == {
        "method": "POST",
        "path": "/api/startTyping",
        "status": 201,
    }
    assert entry.detail["body"] == {"session": "default", "chatId": ALICE}
    assert entry.detail["ms"] >= 0


def test_below_a_path_of_another_application() -> None:
    simulator, phones = create_simulator(api_key="key", webhook_url=None, hmac_key=None)
    product = FastAPI()
    product.mount("/simulator", simulator.app)
    with serving(product) as url, httpx2.Client(base_url=f"{url}/simulator", headers=HEADERS, trust_env=False) as http:
        answer = http.post("/api/sendText", json={"session": "default", "chatId": ALICE, "text": "x"})
        assert answer.status_code == 201
        assert http.get("/api/sessions", headers={"X-Api-Key": "no"}).status_code == 401
        paths = [entry.detail["path"] for entry in phones.log_since(0) if entry.kind == "api"]
        assert paths == ["/api/sendText", "/api/sessions"]
        simulator.set_faults(Faults(lose_response=Chance(count=1)))
        assert http.post("/api/sendText", json={"session": "default", "chatId": ALICE, "text": "x"}).status_code == 504
    simulator.close()
