"""The checker is shown to bite: each mistake turns it red, and the same run without the mistake is green."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from balas.api import webhook
from balas.api.letterbox import Letterbox
from balas.conversations import books, catching_up, hidden_ids, outcomes, turns
from balas.conversations.inbox import Stored
from balas.database.claims import change, update_where
from balas.errors import GatewayUnavailable, SendOutcomeUnknown
from balas.jobs import sweep
from balas.simulator.faults import Chance, Faults
from balas.waha.client import WahaClient
from tests.chaos import quick, storm
from tests.chaos.checker import WORD, Finding, History, check
from tests.chaos.storm import BookKeeper, index_document, model, model_settings, states_in
from tests.fakes.openai_server import Call, FakeOpenAI, Reply, completion
from tests.lines.system import System, started

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(240)]
Patch = pytest.MonkeyPatch


# ---- what goes wrong outside, in both runs ---------------------------------------------------------------------------


def nothing(system: System, fake: FakeOpenAI, patch: Patch) -> None:
    pass


def unreadable_store(system: System, fake: FakeOpenAI, patch: Patch) -> None:
    """Nothing can be read back, which would make up for a lost letter."""
    system.simulator.set_faults(Faults(store_off=True))


def repeats(system: System, fake: FakeOpenAI, patch: Patch) -> None:
    system.simulator.set_faults(Faults(duplicate_webhook=Chance(probability=1.0)))


def lost_answers(system: System, fake: FakeOpenAI, patch: Patch) -> None:
    system.simulator.set_faults(Faults(lose_response=Chance(count=2)))


def lost_doorbells(system: System, fake: FakeOpenAI, patch: Patch) -> None:
    """Nobody hears of the last message of a chat: no later one takes it along."""
    ring = Letterbox._ring

    def ring_for_others(self: Letterbox, letters: Sequence[dict[str, Any]], stored: Sequence[Any]) -> None:
        heard = [(row, kept) for row, kept in zip(letters, stored, strict=True) if not is_of_the_last_round(row)]
        ring(self, [row for row, _ in heard], [kept for _, kept in heard])

    def is_of_the_last_round(row: dict[str, Any]) -> bool:
        return any(word >= "kata00003x" for word in WORD.findall(row["text"] or ""))

    patch.setattr(Letterbox, "_ring", ring_for_others)


def uneven_model(system: System, fake: FakeOpenAI, patch: Patch) -> None:
    """The first answer of all takes longer than those after it."""

    def say(call: Call) -> Reply:
        if call.is_rewrite:
            return completion("Jam buka?")
        words = WORD.findall(call.last_user)
        time.sleep(2.5 if "kata00000x" in words else 0.0)
        return completion(" ".join(words) or "-")

    fake.default = say


def late_refusal(system: System, fake: FakeOpenAI, patch: Patch) -> None:
    """The first send is held up for longer than its lease, and then cannot be made at all."""
    send, calls = WahaClient.send_text, []

    def send_text(self: WahaClient, *arguments: Any, **options: Any) -> Any:
        calls.append(1)
        if len(calls) == 1:
            time.sleep(quick.SEND_LEASE_SECONDS + 5.0)
            raise GatewayUnavailable("refused")
        return send(self, *arguments, **options)

    patch.setattr(WahaClient, "send_text", send_text)


# ---- the mistakes ----------------------------------------------------------------------------------------------------


def commit_after_the_answer(patch: Patch) -> None:
    """The third letter's process is killed after its 2xx and before its commit."""
    post, letters = Letterbox.post, []

    async def answer_first(self: Letterbox, letter: dict[str, Any]) -> Stored:
        letters.append(letter["bare_id"])
        if len(set(letters)) > 2 and letter["bare_id"] == list(dict.fromkeys(letters))[2]:
            return Stored(0, is_new=True)
        return await post(self, letter)

    patch.setattr(Letterbox, "post", answer_first)


def no_unique_key(patch: Patch) -> None:
    keys = iter(range(1_000_000))
    for module in (webhook, catching_up):
        patch.setattr(module, "dedupe_key", lambda event, raw: f"{next(keys):064d}")


def lease_without_token(patch: Patch) -> None:
    def change_anyway(session: Any, row: Any, row_id: int, token: str, **changes: Any) -> None:
        update_where(session, row, row.id == row_id, **changes)

    assert outcomes.change is change
    patch.setattr(outcomes, "change", change_anyway)


def blind_retry(patch: Patch) -> None:
    send = WahaClient.send_text

    def send_text(self: WahaClient, *arguments: Any, **options: Any) -> Any:
        try:
            return send(self, *arguments, **options)
        except SendOutcomeUnknown:
            return send(self, *arguments, **options)

    patch.setattr(WahaClient, "send_text", send_text)


def prefix_match_on_chats(patch: Patch) -> None:
    patch.setattr(hidden_ids, "key_of_phone", lambda phone: phone[:8])


def sweep_switched_off(patch: Patch) -> None:
    patch.setattr(sweep, "run", lambda runtime: [])


def turns_side_by_side(patch: Patch) -> None:
    patch.setattr(turns, "has_earlier", lambda turn: False)


def books_that_forget(patch: Patch) -> None:
    patch.setattr(books, "OPEN_STATES", ())


CASES: dict[str, tuple[Callable[[Patch], None], Callable[[System, FakeOpenAI, Patch], None], str]] = {
    "commit after the 2xx": (commit_after_the_answer, unreadable_store, "lost"),
    "no unique key": (no_unique_key, repeats, "doubled"),
    "lease without token": (lease_without_token, late_refusal, "doubled"),
    "blind retry of a send": (blind_retry, lost_answers, "doubled"),
    "prefix match on chat ids": (prefix_match_on_chats, nothing, "leaked"),
    "sweep switched off": (sweep_switched_off, lost_doorbells, "lost"),
    "turns side by side": (turns_side_by_side, uneven_model, "out_of_order"),
    "books that forget": (books_that_forget, uneven_model, "unbalanced"),
}


def run(
    folder: Path, patch: Patch, mistake: Callable[[Patch], None] | None, disturb: Callable[..., None], seconds: float
) -> Finding:
    """Three people write two messages each, in turn."""
    quick.shorten(patch.setattr)
    history = History()
    with model() as fake, started(folder, **model_settings(fake)) as system:
        index_document(system.client)
        if mistake is not None:
            mistake(patch)
        disturb(system, fake, patch)
        with BookKeeper(system) as keeper:
            for _ in range(2):
                for chat in storm.chats(3):
                    system.says(chat, f"Jam buka? {history.say(chat)}")
                time.sleep(0.8)
            settle(system, history, seconds, quiet_seconds=9.0 if disturb is late_refusal else 2.0)
        patch.undo()
        return check(history, system.phones, states_in(system.runtime.database), keeper.readings)


def settle(system: System, history: History, seconds: float, quiet_seconds: float) -> None:
    """Until everything is final and nothing new was shown for a while, or nothing moved for `seconds`."""
    quiet_since = moved = time.monotonic()
    shown, patience = 0, 60.0  # the first answer of a process takes long: it imports what models need
    while time.monotonic() < moved + patience:
        system.simulator.settle(0.2)
        if (count := len(system.phones.shown())) != shown:
            shown, quiet_since = count, time.monotonic()
            if any(message.from_me for message in system.phones.shown()):
                moved, patience = time.monotonic(), seconds
        known = states_in(system.runtime.database)
        final = all(known.get(word) in {"answered", "ignored", "dead"} for _, word in history.said)
        if final and time.monotonic() - quiet_since > quiet_seconds:
            return
        time.sleep(0.2)


@pytest.mark.parametrize("name", CASES)
def test_the_mistake_is_found(name: str, tmp_path: Path, monkeypatch: Patch) -> None:
    mistake, disturb, what = CASES[name]
    seconds = quick.SEND_LEASE_SECONDS + 18.0 if disturb is late_refusal else 8.0
    finding = run(tmp_path, monkeypatch, mistake, disturb, seconds)
    assert getattr(finding, what), str(finding)


@pytest.mark.long
@pytest.mark.parametrize("disturb", list({disturb: None for _, disturb, _ in CASES.values()}), ids=lambda d: d.__name__)
def test_without_the_mistake_the_same_run_is_clean(
    disturb: Callable[..., None], tmp_path: Path, monkeypatch: Patch
) -> None:
    finding = run(tmp_path, monkeypatch, None, disturb, 40.0)
    assert finding.is_clean, str(finding)
