"""What an open page looks at each second: no more than it shows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import delete, event, update

from balas.console.conversations import Inbox, Wanted
from balas.console.wording import LocalTime
from balas.database.session import transaction
from balas.models import Conversation, Message
from balas.values import Role
from tests.console_shop import Shop

ANA, BUDI = "12025550111@c.us", "12025550112@c.us"


def page(shop: Shop, open_id: int | None) -> Inbox:
    inbox = Inbox(SimpleNamespace(database=shop.database), LocalTime(0), open_id, Wanted())  # type: ignore[arg-type]
    inbox.regions()
    return inbox


def differs(inbox: Inbox) -> bool:
    return inbox._look() != inbox._mark


def change(shop: Shop, *statements: Any) -> None:
    with transaction(shop.database) as session:
        for statement in statements:
            session.execute(statement)


@pytest.mark.parametrize("is_open", [True, False])
def test_a_page_is_drawn_again_for_what_it_shows(shop: Shop, is_open: bool) -> None:
    ana = shop.keep(ANA, Role.ASSISTANT, "Buka jam 8.", "3EB1", name="Ana")
    budi = shop.keep(BUDI, Role.ASSISTANT, "Ya.", "3EB2", name="Budi")
    inbox = page(shop, ana if is_open else None)
    assert not differs(inbox)

    change(shop, update(Message).where(Message.conversation_id == budi).values(ack=4))
    assert not differs(inbox)
    change(shop, update(Message).where(Message.conversation_id == ana).values(reaction="👍"))
    assert differs(inbox) is is_open
    inbox.regions()
    ours = datetime.now(UTC) + timedelta(minutes=5)
    change(shop, update(Conversation).where(Conversation.id == ana).values(paused_until=ours))
    assert differs(inbox) is is_open
    shown = {region.id: region.html for region in inbox.regions()}
    assert ("Give back" in shown.get("thread-state", "")) is is_open
    shop.keep(BUDI, Role.USER, "Terima kasih", "3EB3", name="Budi")
    assert differs(inbox)
    inbox.regions()
    assert not differs(inbox)


def test_a_person_who_was_erased_leaves_the_page(shop: Shop) -> None:
    ana = shop.keep(ANA, Role.USER, "Jam buka?", "3EB1", name="Ana")
    shop.keep(BUDI, Role.USER, "Halo", "3EB2", name="Budi")
    inbox = page(shop, None)

    change(
        shop, delete(Message).where(Message.conversation_id == ana), delete(Conversation).where(Conversation.id == ana)
    )

    assert differs(inbox)


@pytest.mark.parametrize("is_open", [True, False])
def test_no_table_is_read_from_end_to_end(shop: Shop, is_open: bool) -> None:
    ana = shop.keep(ANA, Role.USER, "Jam buka?", "3EB1", name="Ana")
    inbox = page(shop, ana if is_open else None)
    asked: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, sql: str, values: Any, *_rest: object) -> None:
        asked.append((sql, values))

    event.listen(shop.database.reader, "before_cursor_execute", note)
    inbox._look()
    event.remove(shop.database.reader, "before_cursor_execute", note)
    with shop.database.reader.connect() as connection:
        plans = [
            row[3] for sql, values in asked for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values)
        ]

    # The newest id is the end of the primary key; of a thread the 200 that are shown are read.
    assert [plan for plan in plans if plan.startswith("SCAN")] in ([], ["SCAN anon_1"])
    assert [plan for plan in plans if "ix_messages_conversation_id" in plan] or not is_open
