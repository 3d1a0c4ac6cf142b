"""What WAHA should not send and sometimes does, to the running product: each has its named end, and nothing is lost."""

from __future__ import annotations

import itertools
import resource
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from balas.database.session import reading
from balas.models import InboxMessage
from balas.security.signatures import sign
from tests.lines.system import System, started
from tests.waha_events import CHANNEL, GROUP, STATUS, all_events, envelope, noweb, to_bytes

numbers = itertools.count(1)
EVENTS = all_events()


def now() -> int:
    return int(time.time())


def post(system: System, body: bytes) -> Any:
    key = system.runtime.secrets.hmac_keys[0]
    return system.client.post("/api/webhook", content=body, headers={"X-Webhook-Hmac": sign(key, body)})


def tell(system: System, name: str = "message", session: str = "default", **payload: Any) -> dict[str, Any]:
    """Post one event; what was answered."""
    number = next(numbers)
    told = {**noweb(number, "Jam buka?"), "timestamp": now(), **payload}
    body = to_bytes({**envelope(name, number, told), "timestamp": now() * 1000, "session": session})
    answer = post(system, body)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    found: dict[str, Any] = answer.json()
    return found


def row_of(system: System, answer: dict[str, Any]) -> InboxMessage:
    with reading(system.runtime.database) as session:
        return session.scalars(select(InboxMessage).where(InboxMessage.request_id == answer["request_id"])).one()


def letters(system: System) -> int:
    """Messages of people in the inbox, whatever became of them."""
    with reading(system.runtime.database) as session:
        query = select(func.count()).where(InboxMessage.counted, InboxMessage.from_me.is_(False))
        return session.scalars(query).one()


def shown(name: str) -> dict[str, Any]:
    """What is special about one of the events that are known, without its id, time and sender."""
    return {key: value for key, value in EVENTS[name]["payload"].items() if key not in {"id", "timestamp", "from"}}


def inside(body: str, inner: dict[str, Any]) -> dict[str, Any]:
    """WhatsApp's own message, as the engine passes it on beside WAHA's."""
    return {"body": body, "_data": noweb(1, body, inner=inner)["_data"]}


ENDS: dict[str, tuple[dict[str, Any], str, str | None, str, str | None]] = {
    "six hours old": ({"timestamp": now() - 6 * 3600 - 5}, "ignored", "stale", "ignored", "stale"),
    "an hour ahead": ({"timestamp": now() + 3600}, "queued", None, "answered", None),
    "year 9999": ({"timestamp": 253402300799}, "queued", None, "answered", None),
    "a story": ({"from": STATUS}, "ignored", "status", "ignored", "status"),
    "a broadcast list": ({"from": "123@broadcast"}, "ignored", "broadcast", "ignored", "broadcast"),
    "a channel": ({"from": CHANNEL}, "ignored", "newsletter", "ignored", "newsletter"),
    "a group": ({"from": GROUP}, "ignored", "group", "ignored", "group"),
    "WhatsApp itself": ({"from": "0@c.us"}, "ignored", "system", "ignored", "system"),
    "another session": ({"session": "elsewhere"}, "ignored", "session", "ignored", "session"),
    "an event of 2030": ({"name": "message.dreamt"}, "ignored", "event", "ignored", "event"),
    "nothing in it": ({"body": "", "_data": {}}, "ignored", "empty", "ignored", "empty"),
    "only emoji": ({"body": "👍👍"}, "queued", None, "answered", None),
    "right to left, zero width": ({"body": "\u202e?akub maj\u200b\u200d\u2066"}, "queued", None, "answered", None),
    "100 KB quoted": ({"replyTo": {"id": "3EB0", "body": "x" * 100_000}}, "queued", None, "answered", None),
    "a chat id of the other world": ({"from": "../../etc/passwd@c.us"}, "dead", "bad chat id", "dead", "bad chat id"),
    "a wildcard": ({"from": "1202%@c.us"}, "dead", "bad chat id", "dead", "bad chat id"),
    "no id": ({"id": None}, "dead", "no id", "dead", "no id"),
    "a formula for a name": ({"notifyName": '=HYPERLINK("http://evil.example")'}, "queued", None, "answered", None),
    "a call": ({"name": "call.received"}, "ignored", "event", "ignored", "event"),
    "a vote": ({"name": "poll.vote"}, "ignored", "event", "ignored", "event"),
    "a file that is not there": ({"body": "", "hasMedia": True, "media": None}, "queued", None, "answered", None),
    "only blanks": ({"body": " \u00a0\n "}, "queued", None, "answered", None),
    "the longest text": ({"body": "Jam buka? " + "ä" * 65_526}, "queued", None, "answered", None),
    "a place": (shown("message.location.noweb"), "queued", None, "answered", None),
    "a contact": (shown("message.vcard.noweb"), "queued", None, "answered", None),
    "a voice message": (shown("message.voice.noweb"), "queued", None, "answered", None),
    "a sticker": (inside("", {"stickerMessage": {"mimetype": "image/webp"}}), "queued", None, "answered", None),
    "seen once": (inside("", {"viewOnceMessageV2": {"message": {"imageMessage": {"mimetype": "image/jpeg"}}}}),
                  "queued", None, "answered", None),
    "soon gone": (inside("Jam buka?", {"ephemeralMessage": {"message": {"conversation": "Jam buka?"}}}),
                  "queued", None, "answered", None),
    "a button": (inside("Jam buka?", {"buttonsResponseMessage": {"selectedDisplayText": "Jam buka?"}}),
                 "queued", None, "answered", None),
    "a reaction": ({"name": "message.reaction", "reaction": {"text": "👍", "messageId": "3EB0"}},
                   "ignored", "reaction", "ignored", "reaction"),
    "an edit of nothing": ({"name": "message.edited", "editedMessageId": "3EB0"},
                           "ignored", "edited", "ignored", "edited"),
    "gone before it came": ({"name": "message.revoked", "revokedMessageId": "3EB0"},
                            "ignored", "revoked", "ignored", "revoked"),
}  # fmt: skip


def test_every_oddity_has_its_end(system: System) -> None:
    """One after the other, so that each is a turn of its own; the first person is answered as if nothing was."""
    for name, (more, status, reason, state, why) in ENDS.items():
        answer = tell(system, **more)
        assert (answer["status"], answer["reason"]) == (status, reason), name
        system.wait_until_settled()
        row = row_of(system, answer)
        assert (row.state, row.reason) == (state, why), name
    books = system.books()
    assert books["received"] == books["answered"] + books["ignored"] + books["dead"]


@contextmanager
def listener() -> Iterator[tuple[int, list[int]]]:
    """A port that counts who connects."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.1)
        callers: list[int] = []
        over = threading.Event()

        def listen() -> None:
            while not over.is_set():
                try:
                    connection, address = server.accept()
                except TimeoutError:
                    continue
                callers.append(address[1])
                connection.close()

        thread = threading.Thread(target=listen)
        thread.start()
        try:
            yield server.getsockname()[1], callers
        finally:
            over.set()
            thread.join()


def addresses(port: int) -> list[str]:
    hosts = ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f000001", "0177.0.0.1", "127.1",
             "0.0.0.0", "user:pw@127.0.0.1", "waha@localhost", "127.0.0.1.nip.io"]  # noqa: S104 nobody listens there  # fmt: skip
    told = [f"http://{host}:{port}/api/files/default/a.jpg" for host in hosts]
    told += [f"{scheme}://127.0.0.1:{port}/a" for scheme in ("https", "ftp", "gopher", "file", "dict", "ldap", "HTTP")]
    return [*told, "file:///etc/passwd", "http://169.254.169.254/latest/meta-data", "http://[fd00:ec2::254]/",
            f"//127.0.0.1:{port}/a", f"http:127.0.0.1:{port}", f"http://127.0.0.1:{port}#@a/", "\\\\127.0.0.1\\a", " ",
            f"http://127.0.0.1:{port}/{'a' * 5000}", f"http://127.0.0.1:{port}/../../api/sessions"]  # fmt: skip


def test_no_address_in_a_message_is_ever_called(system: System) -> None:
    with listener() as (port, callers):
        for address in addresses(port):
            media = {"url": address, "mimetype": "image/jpeg", "filename": "a.jpg"}
            answer = tell(system, body="Jam buka?", hasMedia=True, media=media, mediaUrl=address)
            assert answer["status"] in {"queued", "dead"}
        tell(system, body=f"Jam buka? http://127.0.0.1:{port}/ dan http://localhost:{port}/x")
        books = system.wait_until_settled(60)
        time.sleep(0.3)
    assert callers == []
    assert books["answered"] == len(addresses(port)) + 1


def test_a_flood_of_one_chat_is_stored_whole_and_answered_within_the_limit(data_dir: Path) -> None:
    with started(data_dir, RATE_LIMIT_MESSAGES_PER_MINUTE="10") as system:
        tell(system, body="Jam buka?", **{"from": "12025550177@c.us"})
        system.wait_until_settled()
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        statuses = [tell(system, body=f"Jam buka? {number}")["status"] for number in range(500)]
        books = system.wait_until_settled(60)
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        assert letters(system) == 501
        assert (books["dead"], books["open"]) == (0, 0)
        assert 10 <= statuses.count("queued") <= 30, "the bucket fills while we write"
        assert statuses.count("queued") + statuses.count("ignored") == 500
        assert grown < 60 * 1024, f"{grown} KiB"


def test_a_full_disk_refuses_and_recovers(system: System) -> None:
    """SQLite's own limit stands in for the disk's."""
    writer = system.runtime.database.writer

    def limit(pages: int) -> None:
        connection = writer.raw_connection()
        try:
            connection.cursor().execute(f"PRAGMA max_page_count={pages}")
        finally:
            connection.close()

    limit(1)  # SQLite takes the size it has instead
    stored = refused = 0
    for number in range(400):
        number_of_event = next(numbers)
        told = {**noweb(number_of_event, f"Jam buka? {number} " + "x" * 4_000), "timestamp": now()}
        answer = post(system, to_bytes({**envelope("message", number_of_event, told), "timestamp": now() * 1000}))
        if answer.status_code == 503:
            assert answer.headers["content-type"] == "application/problem+json"
            assert int(answer.headers["retry-after"]) >= 1
            refused += 1
            if refused == 3:
                break
            continue
        stored += 1
    assert refused == 3
    limit(1_000_000_000)
    assert tell(system)["status"] == "queued"
    books = system.wait_until_settled(60)
    assert books["dead"] == 0
    assert letters(system) == stored + 1


def test_a_signed_event_is_never_an_error(system: System) -> None:
    """Deep, doubled, cut: 200 and a dead letter with its bytes, so that WAHA does not repeat it."""
    whole = to_bytes(envelope("message", next(numbers), noweb(1, "x")))
    for body in (b"", b"[]", b"{" * 50_000, whole[:-1], whole + b"}", b"\xff\xfe", b'{"event":' + b"9" * 5_000 + b"}"):
        answer = post(system, body)
        assert (answer.status_code, answer.json()["status"], answer.json()["reason"]) == (200, "dead", "unparseable")
    assert system.books()["dead"] == 7


def test_the_same_event_five_times_at_once_is_one(system: System) -> None:
    body = to_bytes(
        {**envelope("message", 1, {**noweb(1, "Jam buka?"), "timestamp": now()}), "timestamp": now() * 1000}
    )
    with ThreadPoolExecutor(5) as callers:
        answers = list(callers.map(lambda _: post(system, body), range(5)))
    assert [answer.status_code for answer in answers] == [200] * 5
    assert sorted(answer.json()["status"] for answer in answers) == ["duplicate"] * 4 + ["queued"]
    assert len({answer.json()["request_id"] for answer in answers}) == 5
    system.wait_until_settled()
    time.sleep(0.5)
    assert letters(system) == 1
    assert sum(message.from_me for message in system.phones.shown()) == 1
