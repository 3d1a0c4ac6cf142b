"""Every benchmark runs in a tiny form and prints figures of the promised shape; the figures themselves mean nothing."""

from __future__ import annotations

import importlib
import json
import math
import os

import pytest

from benchmarks.__main__ import NAMES
from benchmarks.events import QUESTIONS, Events
from benchmarks.figures import Figure, Options, Pairs
from benchmarks.load import percentile

SERVERS = {"webhook", "latency", "throughput", "waiting"}
FIELDS = {"figure", "ratio", "median", "low", "high", "repetitions", "target", "load"}


@pytest.mark.parametrize(
    "name", sorted(set(NAMES) - SERVERS - {"start", "ingest", "driver"})
)  # driver: it needs a C library
def test_it_measures_in_this_process(name: str) -> None:
    check(name)


@pytest.mark.parametrize("name", ["start"])
def test_it_measures_commands(name: str) -> None:
    check(name)


@pytest.mark.mysql
@pytest.mark.redis
@pytest.mark.parametrize("name", ["webhook"])
def test_it_measures_over_servers(name: str) -> None:
    if "TEST_MYSQL_URL" not in os.environ:
        pytest.skip("TEST_MYSQL_URL is not set: `make test` starts a server and runs this")
    check(name)


def check(name: str) -> None:
    figures = list(importlib.import_module(f"benchmarks.{name}").run(Options(tiny=True)))
    assert figures
    for figure in figures:
        line = json.loads(figure.as_json())
        if "left_out" not in line:
            assert line.keys() >= FIELDS
            assert math.isfinite(line["ratio"])
            assert line["low"] <= line["median"] <= line["high"]


@pytest.mark.parametrize("name", NAMES)
def test_every_name_is_a_benchmark(name: str) -> None:
    assert callable(importlib.import_module(f"benchmarks.{name}").run)


def test_a_ratio_is_of_pairs() -> None:
    pairs = Pairs()
    pairs.add(1.0, 2.0)
    pairs.add(9.0, 3.0)
    pairs.add(4.0, 4.0)
    line = json.loads(Figure("name", "a / b", pairs.ratios, ">= 1").as_json())
    assert (line["ratio"], line["low"], line["high"], line["repetitions"]) == (1.0, 0.5, 3.0, 3)


def test_percentiles_are_values_that_were_measured() -> None:
    values = [float(n) for n in range(1, 201)]
    assert percentile(values, 0.5) == 100.0
    assert percentile(values, 0.99) == 198.0
    assert percentile([3.0], 0.99) == 3.0


def test_messages_ask_in_turn_what_people_ask() -> None:
    events = Events(b"key", chats=1_000_000)
    sent = [json.loads(events.body(number))["payload"] for number in range(len(QUESTIONS) + 1)]
    assert [one["body"] for one in sent] == [*QUESTIONS, QUESTIONS[0]]
    assert all(one["_data"]["message"]["extendedTextMessage"]["text"] == one["body"] for one in sent)
    assert len({one["id"] for one in sent}) == len({one["from"] for one in sent}) == len(sent)
    assert len(set(QUESTIONS)) == len(QUESTIONS)
