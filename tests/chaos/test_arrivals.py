"""Repeats, pairs, twins and shuffled arrivals: each message is answered once, and each chat in its own order."""

from __future__ import annotations

import random
import time
from pathlib import Path
from typing import Any

import pytest

from balas.simulator.faults import Chance, Faults
from tests.chaos import storm
from tests.chaos.checker import Finding, History, check
from tests.chaos.storm import BookKeeper, index_document, model, model_settings, states_in
from tests.lines.system import started

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(1200)]


def arrive(folder: Path, faults: Faults, people: int, bursts: int) -> tuple[History, Finding, dict[str, Any]]:
    """Everybody writes four messages a burst. WAHA's times are whole seconds: what a person writes within one of them
    is put in the order of arrival."""
    dice, history = random.Random(4), History()
    with model() as fake, started(folder, BALAS_BURST_SECONDS="2.5", **model_settings(fake)) as system:
        index_document(system.client)
        system.simulator.set_faults(faults)
        with BookKeeper(system) as keeper:
            for _ in range(bursts):
                for _ in range(4):
                    begun = time.monotonic()
                    for chat in storm.chats(people):
                        system.says(chat, f"Jam buka? {history.say(chat)}", twin=dice.random() < 0.1)
                    time.sleep(max(0.0, 1.2 - (time.monotonic() - begun)))
                system.wait_until_settled(120)
            time.sleep(2.0)
            finding = check(history, system.phones, states_in(system.runtime.database), keeper.readings)
        print(f"{len(history.said)} messages: {finding}")  # noqa: T201 figures for docs/reliability.md, shown with -s
        return history, finding, system.books()


def test_shuffled_repeats_and_twins(tmp_path: Path, long: bool) -> None:
    faults = Faults(
        duplicate_webhook=Chance(probability=0.4), shuffle_webhooks=Chance(probability=1.0, seconds=2.0), seed=4
    )
    history, finding, books = arrive(tmp_path, faults, *((100, 13) if long else (15, 2)))
    assert finding.is_clean, str(finding)
    assert books["answered"] == len(history.said)


@pytest.mark.long
def test_each_is_told_one_to_five_times_at_once(tmp_path: Path) -> None:
    """And each time as `message` and as `message.any`, and one in ten under two addresses."""
    history, finding, books = arrive(
        tmp_path, Faults(duplicate_webhook=Chance(probability=0.8), most_copies=5, seed=5), 50, 5
    )
    assert finding.is_clean, str(finding)
    assert (len(history.said), books["answered"]) == (1_000, 1_000)
