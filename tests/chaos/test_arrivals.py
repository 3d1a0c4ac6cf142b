"""Repeats, pairs, twins and shuffled arrivals: each message is answered once, and each chat in its own order."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from balas.simulator.faults import Chance, Faults
from tests.chaos import storm
from tests.chaos.checker import History, check
from tests.chaos.storm import BookKeeper, index_document, model, model_settings, states_in
from tests.lines.system import started

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(1200)]


def test_shuffled_repeats_and_twins(tmp_path: Path, long: bool) -> None:
    """WAHA's times are whole seconds: what a person writes within one of them is put in the order of arrival."""
    people, bursts, dice, history = storm.chats(100 if long else 15), 12 if long else 2, random.Random(4), History()
    with model() as fake, started(tmp_path, BALAS_BURST_SECONDS="2.5", **model_settings(fake)) as system:
        index_document(system.client)
        system.simulator.set_faults(
            Faults(
                duplicate_webhook=Chance(probability=0.4), shuffle_webhooks=Chance(probability=1.0, seconds=2.0), seed=4
            )
        )
        with BookKeeper(system) as keeper:
            for _ in range(bursts):
                for _ in range(4):
                    begun = time.monotonic()
                    for chat in people:
                        system.says(chat, f"Jam buka? {history.say(chat)}", twin=dice.random() < 0.1)
                    time.sleep(max(0.0, 1.2 - (time.monotonic() - begun)))
                system.wait_until_settled(60)
            time.sleep(2.0)
            finding = check(history, system.phones, states_in(system.runtime.database), keeper.readings)
        assert finding.is_clean, str(finding)
        assert system.books()["answered"] == len(history.said)
