from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from balas.console.thread import BUSINESS_SIDE, CUSTOMER_SIDE, Look, Said, bare, items, split_source_line, with_phone
from balas.console.wording import LocalTime
from balas.values import Role
from tests.console_shop import Shop

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LOOK = Look(CUSTOMER_SIDE, "Toko", "Sari", LocalTime(0), NOW, "/trace/{id}")


def said(key: str, role: Role, text: str, minutes: int, **more: object) -> Said:
    return Said(key, key, role, text, NOW + timedelta(minutes=minutes), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("whole", "part"),
    [("true_6281@c.us_3EB0A1", "3EB0A1"), ("true_1@g.us_3A_62@c.us", "3A"), ("3EB0", "3EB0"), (None, "")],
)
def test_the_part_that_all_names_share(whole: str | None, part: str) -> None:
    assert bare(whole) == part


def test_a_day_stands_above_its_first_message() -> None:
    drawn = items(
        [said("a", Role.USER, "x", -24 * 60), said("b", Role.USER, "y", 0), said("c", Role.USER, "z", 1)], LOOK
    )
    kinds = ["day" if name.startswith("day") else "said" for name, _ in drawn]
    assert kinds == ["day", "said", "day", "said", "said"]
    assert "Yesterday" in drawn[0][1]
    assert "Today" in drawn[2][1]


def test_sides_depend_on_who_looks() -> None:
    answer = [said("a", Role.ASSISTANT, "x", 0)]
    assert 'class="bubble theirs"' in items(answer, LOOK)[1][1]
    for_business = Look(BUSINESS_SIDE, "Toko", "Sari", LocalTime(0), NOW, "/trace/{id}")
    assert 'class="bubble mine"' in items(answer, for_business)[1][1]


@pytest.mark.parametrize(
    ("ack", "shown"), [(0, "waiting"), (1, "sent"), (2, "delivered"), (3, "read"), (4, "read"), (-1, "failed")]
)
def test_ticks_show_how_far_a_message_got(ack: int, shown: str) -> None:
    assert f"ticks-{shown}" in items([said("a", Role.USER, "x", 0, ack=ack)], LOOK)[1][1]


def test_a_reply_shows_what_it_answers() -> None:
    drawn = items([said("a", Role.ASSISTANT, "first", 0), said("b", Role.USER, "and?", 1, reply_to="a")], LOOK)
    assert "<b>Toko</b><span>first</span>" in drawn[2][1]


def test_the_source_line_stands_apart() -> None:
    context = {"sources": [{"title": "Price list", "page": 2}]}
    assert split_source_line("85.000\n\nSource: Price list, p. 2", context) == ("85.000", "Source: Price list, p. 2")
    assert split_source_line("85.000\n\nAnything else?", context) == ("85.000\n\nAnything else?", "")


def test_naughty_text_is_text() -> None:
    naughty = '<img src=x onerror="alert(1)">'
    quoting = [said("a", Role.OPERATOR, naughty, 0, reaction="<b>"), said("b", Role.USER, naughty, 1, reply_to="a")]
    html = "".join(part for _, part in items(quoting, LOOK))
    assert "<img" not in html
    assert "<b>" + "</" not in html
    assert html.count("&lt;img") == 3


def test_after_a_restart_the_archive_fills_in_for_the_phone(shop: Shop) -> None:
    kept = [said("A1", Role.USER, "before", -5, row_id=1), said("B1", Role.ASSISTANT, "yes", -4, row_id=2)]
    sent = shop.phones.person_sends("6281", "after", bare_id="C1", at=NOW)
    assert [one.text for one in with_phone(kept, [sent])] == ["before", "yes", "after"]


def test_what_is_in_both_is_shown_once_with_its_trace(shop: Shop) -> None:
    kept = [said("C1", Role.USER, "hello", 0, row_id=7, context={"mode": "smalltalk"})]
    sent = shop.phones.person_sends("6281", "hello", bare_id="C1", at=NOW)
    (one,) = with_phone(kept, [sent])
    assert (one.row_id, one.context, one.ack) == (7, {"mode": "smalltalk"}, sent.ack)


def test_a_message_shown_twice_is_two_bubbles(shop: Shop) -> None:
    twice = [shop.phones.person_sends("6281", "hello", bare_id="C1", at=NOW) for _ in range(2)]
    assert [one.key for one in with_phone([], twice)] == ["C1", "C1-2"]


def test_odd_ids_do_not_become_selectors(shop: Shop) -> None:
    sent = shop.phones.person_sends("6281", "hello", bare_id='x" onload="y', at=NOW)
    assert with_phone([], [sent])[0].key == f"phone-{sent.position}"
