"""The page Problems names the chats that WAHA does not show."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.testclient import TestClient

from balas.database.session import transaction
from balas.models import UnreadChat, User
from tests.console_shop import Shop


def add_unread(shop: Shop, chat_id: str, **fields: Any) -> None:
    at = datetime.now(UTC).replace(hour=0, minute=7) - timedelta(days=9)
    row = {"since": at, "until": at, "failures": 3, "next_attempt_at": at + timedelta(minutes=2)}
    with transaction(shop.database) as session:
        session.add(UnreadChat(chat_id=chat_id, **{"waha_session": "default", **row, **fields}))


def test_none_is_said_to_be_none(admin: TestClient) -> None:
    page = admin.get("/problems").text
    assert "Chats not read in WAHA" in page
    assert "WAHA shows every chat" in page
    assert "Look into its log" not in page


def test_each_is_named_with_since_when_how_often_and_why(admin: TestClient, shop: Shop) -> None:
    add_unread(shop, "12025550101@c.us")
    page = admin.get("/problems").text
    assert "<b>+1 202-555-0101</b>" in page
    since = datetime.now(UTC) - timedelta(days=9)
    assert (
        f"Session default: not read since {since.day} {since:%B} {since.year}, 00:07; tried 3 times, next at 00:09"
        in page
    )
    assert "WAHA does not show this chat&#39;s messages. Look into its log" in page


def test_a_hidden_id_is_shown_as_its_number_where_that_is_known(admin: TestClient, shop: Shop) -> None:
    with transaction(shop.database) as session:
        session.add(User(user_key="k", phone="12025550102", lid="777@lid", created_at=datetime.now(UTC)))
    add_unread(shop, "777@lid")
    add_unread(shop, "888@lid")
    page = admin.get("/problems").text
    assert "<b>+1 202-555-0102</b>" in page
    assert "777@lid" not in page
    assert "<b>888@lid</b>" in page


def test_what_is_read_in_parts_is_no_failure(admin: TestClient, shop: Shop) -> None:
    add_unread(shop, "12025550101@c.us", failures=0)
    page = admin.get("/problems").text
    assert "More was said than is read at once." in page
    assert "tried" not in page.partition("Chats not read in WAHA")[2].partition("</ul>")[0]


def test_a_session_that_is_not_ours_any_more_is_left_out(admin: TestClient, shop: Shop) -> None:
    add_unread(shop, "12025550101@c.us", waha_session="of-old")
    assert "+1 202-555-0101" not in admin.get("/problems").text
