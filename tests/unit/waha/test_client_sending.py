"""What the client sends, as the phones behind the simulator show it, for every engine."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from balas.ports import Gateway, SentMessage, inside_transaction
from tests.unit.waha.line import ALICE, BOB, GROUP, Line


def test_is_a_gateway(noweb: Line) -> None:
    assert {name for name in vars(Gateway) if not name.startswith("_")} <= set(dir(noweb.client))


def test_sends_with_an_id_where_the_engine_has_one(line: Line) -> None:
    wanted = line.client.new_message_id("default")
    assert (wanted is None) == (line.simulator.engine_name == "WEBJS")
    sent = line.client.send_text("default", ALICE, "We open at *9:00*.", message_id=wanted)
    (shown,) = line.phones.shown(ALICE)
    assert (shown.text, shown.from_me, shown.source, shown.link_preview) == ("We open at *9:00*.", True, "api", False)
    assert sent == SentMessage(f"true_{ALICE}_{shown.bare_id}", shown.bare_id)
    assert wanted in (None, sent.bare_id)


def test_never_asks_for_a_link_preview(line: Line) -> None:
    line.client.send_text("default", ALICE, "see https://example.com")
    assert [body["linkPreview"] for body in line.bodies("/api/sendText")] == [False]


def test_answers_in_groups_and_to_hidden_ids(line: Line) -> None:
    question = line.phones.person_sends(BOB, "hello", as_lid=True)
    assert question.chat_id.endswith("@lid")
    for chat_id in (GROUP, question.chat_id):
        sent = line.client.send_text("default", chat_id, "hi")
        found = line.client.find_message("default", chat_id, sent.bare_id)
        assert found is not None
        assert (found.chat_id, found.from_me, found.text) == (chat_id, True, "hi")


def test_quotes_what_it_answers(line: Line) -> None:
    question = line.phones.person_sends(ALICE, "when?")
    line.client.send_text("default", ALICE, "at nine", reply_to=question.waha_message_id)
    assert line.phones.shown(ALICE)[-1].reply_to == question.bare_id


def test_seen_and_typing_show_on_the_phone(line: Line) -> None:
    question = line.phones.person_sends(ALICE, "when?")
    line.client.send_seen("default", ALICE, (question.waha_message_id,))
    line.client.start_typing("default", ALICE)
    assert line.phones.typing(ALICE)
    assert line.phones.shown(ALICE)[0].ack == 3
    assert line.bodies("/api/sendSeen")[0]["messageIds"] == [question.waha_message_id]


def test_seen_in_a_group_is_told_sender_by_sender(noweb: Line) -> None:
    ids = [noweb.phones.person_sends(GROUP, "x", sender=who).waha_message_id for who in (ALICE, BOB, ALICE)]
    noweb.client.send_seen("default", GROUP, tuple(ids))
    bodies = noweb.bodies("/api/sendSeen")
    assert {(body["participant"], len(body["messageIds"])) for body in bodies} == {(ALICE, 2), (BOB, 1)}  # type: ignore[arg-type]


def test_a_text_of_any_script_arrives_as_it_is(noweb: Line) -> None:
    text = '¿Cuál? 🙏 "quoted" \\ / \u2028 ไทย עברית\n' + "x" * 60_000
    noweb.client.send_text("default", ALICE, text)
    assert noweb.phones.shown(ALICE)[0].text == text


def test_the_missing_ids_of_an_engine_are_remembered(storeless: Line) -> None:
    assert [storeless.client.new_message_id("default") for _ in range(3)] == [None] * 3
    asked = [e for e in storeless.phones.log_since(0) if e.kind == "api"]
    assert len(asked) == 1


def test_is_not_used_inside_a_transaction(noweb: Line) -> None:
    token = inside_transaction.set(True)
    try:
        with pytest.raises(RuntimeError):
            noweb.client.ping()
    finally:
        inside_transaction.reset(token)


def test_threads_share_one_client(noweb: Line) -> None:
    with ThreadPoolExecutor(20) as pool:
        sent = list(pool.map(lambda n: noweb.client.send_text("default", ALICE, f"text {n}"), range(200)))
    assert len({message.bare_id for message in sent}) == 200
    assert sorted(message.text for message in noweb.phones.shown(ALICE)) == sorted(f"text {n}" for n in range(200))
