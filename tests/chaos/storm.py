"""Drives messages through a cluster while something goes wrong, and checks what came of it."""

from __future__ import annotations

import os
import random
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
from sqlalchemy import func, select

from balas.database.engine import Database
from balas.database.session import reading
from balas.models import InboxMessage, OutboxMessage, Turn
from balas.settings import load_settings
from tests.chaos import process
from tests.chaos.checker import FINAL, WORD, Finding, History, Times, check
from tests.chaos.cluster import Cluster
from tests.fakes.openai_server import Behaviour, Call, FakeOpenAI, Reply, completion
from tests.lines.system import System, wait_until

FINAL_SECONDS = 60.0  # after the last fault
PROGRESS_SECONDS = 30.0  # from a kill until somebody is answered, and until an answer under way is written down
DATABASE_BACK_SECONDS = 15.0  # from when the database takes connections until somebody is answered
SENDING_SECONDS = 75.0  # from a kill until a bubble whose send had begun is settled
SHOP = "# Jam buka\n\nToko buka Senin sampai Jumat pukul 08.00 sampai 20.00.\n"


def says_the_words(seconds: float = 0.0, more: str = "") -> Behaviour:
    """A model that says back the unique words of the turn, and nothing else but `more`."""

    def say(call: Call) -> Reply:
        if call.is_rewrite:
            return completion("Jam buka?")
        time.sleep(seconds)
        return completion((" ".join(WORD.findall(call.last_user)) or "-") + more)

    return say


@contextmanager
def model(seconds: float = 0.0, more: str = "") -> Iterator[FakeOpenAI]:
    with FakeOpenAI() as fake:
        fake.default = says_the_words(seconds, more)
        yield fake


def model_settings(fake: FakeOpenAI) -> dict[str, str]:
    return {
        "OPENAI_BASE_URL": fake.url,
        "OPENAI_API_KEY": "key-of-the-fake",
        "BALAS_EMBEDDINGS": "embedded",
        "BALAS_MODEL_CALLS_PER_MINUTE": "0",
    }


def allowed(seconds: float, computing: float = 5.0) -> float:
    """More on a machine with many times the load it can carry, by what is computed meanwhile: that takes as many times
    longer, and the rest is waiting, which does not."""
    return seconds + computing * max(0.0, os.getloadavg()[0] / (os.cpu_count() or 1) - 1)


def seconds_until_answered(cluster: Cluster, since: float, seconds: float) -> float:
    """How long after `since` (monotonic) the next bubble of ours is shown to somebody who wrote."""
    shown = len(cluster.phones.shown())
    wait_until(lambda: any(one.from_me for one in cluster.phones.shown()[shown:]) or None, seconds)
    return time.monotonic() - since


def settling_seconds(database: Database) -> dict[str, float]:
    """By chat, how long its slowest bubble took from being written down until it was known to be on the phone."""
    found: dict[str, float] = {}
    with reading(database) as session:
        query = select(OutboxMessage.chat_id, OutboxMessage.created_at, OutboxMessage.sent_at)
        for chat_id, created_at, sent_at in session.execute(query.where(OutboxMessage.sent_at.is_not(None))):
            found[chat_id] = max(found.get(chat_id, 0.0), (sent_at - created_at).total_seconds())
    return found


def answering_seconds(database: Database) -> dict[str, float]:
    """By chat, how long it took from when its turn was due until the answer was written down."""
    with reading(database) as session:
        query = select(InboxMessage.chat_id, func.min(Turn.due_at), func.min(OutboxMessage.created_at))
        query = query.join(Turn, Turn.id == InboxMessage.turn_id)
        query = query.join(OutboxMessage, OutboxMessage.chat_id == InboxMessage.chat_id)
        rows = session.execute(query.group_by(InboxMessage.chat_id)).all()
    return {str(chat_id): (written - due).total_seconds() for chat_id, due, written in rows}


class BookKeeper:
    """Reads the books again and again while a test runs."""

    def __init__(self, cluster: Cluster | System) -> None:
        self.readings: list[dict[str, Any]] = []
        self._cluster = cluster
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> BookKeeper:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join(5)

    def _run(self) -> None:
        while not self._stopped.wait(1.0):
            books = self._cluster.books()
            if books is not None:
                self.readings.append(books)


def drive(cluster: Cluster, history: History, chats: list[str], messages: int, pause: float, seed: int = 0) -> None:
    """People write, in random turn, each message with a word of its own."""
    dice = random.Random(seed)
    for _ in range(messages):
        chat = dice.choice(chats)
        cluster.phones.person_sends(chat, f"Jam buka? {history.say(chat)}")
        time.sleep(pause)


def chats(count: int) -> list[str]:
    return [f"1202555{number:04d}@c.us" for number in range(count)]


def states(cluster: Cluster) -> dict[str, str]:
    """The final state of each word's message, read from the database itself."""
    with opened(cluster) as database:
        return states_in(database)


@contextmanager
def opened(cluster: Cluster) -> Iterator[Database]:
    """The cluster's database, beside its processes."""
    settings = load_settings(
        {name: value for name, value in cluster.environment.items() if name in {"DATABASE_URL", "BALAS_DATA_DIR"}},
        env_file=None,
    )
    database = Database(settings.sqlalchemy_url, pool_size=1)
    try:
        yield database
    finally:
        database.close()


def states_in(database: Database) -> dict[str, str]:
    found: dict[str, str] = {}
    with reading(database) as session:
        query = select(InboxMessage.text, InboxMessage.state).where(InboxMessage.from_me.is_(False))
        for text, state in session.execute(query):
            for word in re.findall(WORD, text or ""):
                found[word] = state
    return found


def times(cluster: Cluster) -> Times:
    """When what was said was on disk, and when its answer was begun. A message whose process died before it could tell
    of the commit was there when WAHA repeated it."""
    begun_turns, begun = process.begun(cluster.folder), dict[str, float]()
    with opened(cluster) as database, reading(database) as session:
        query = select(InboxMessage.text, InboxMessage.turn_id).where(InboxMessage.turn_id.in_(begun_turns))
        for text, turn_id in session.execute(query):
            for word in WORD.findall(text or ""):
                begun[word] = begun_turns[turn_id]
    return Times(process.on_disk(cluster.folder), begun)


def settle_and_check(cluster: Cluster, history: History, keeper: BookKeeper, seconds: float = 120.0) -> Finding:
    """Wait until the product is ready and everything that was said is in a final state, then look for what must not be.

    `seconds`: for so long nothing may stand still. All must be final after `FINAL_SECONDS`; on a machine with many
    times its load everything takes longer, and may.
    """
    started = moved = time.monotonic()
    cluster.wait_until_ready()
    final = -1
    while time.monotonic() < moved + seconds:
        cluster.simulator.settle(1)
        books, known = cluster.books(), states(cluster)
        count = sum(known.get(word) in FINAL for _, word in history.said)
        if books and books["open"] == 0 and count == len(history.said):
            break
        if count > final:
            final, moved = count, time.monotonic()
        time.sleep(0.5)
    took = time.monotonic() - started
    time.sleep(1.0)  # a second copy would come now
    finding = check(history, cluster.phones, states(cluster), keeper.readings, times(cluster))
    print(  # noqa: T201 figures for docs/reliability.md, shown with -s
        f"{len(history.said)} messages: {finding}; final {took:.0f} s after the last; books read {len(keeper.readings)}"
        f" times; {len(finding.late)} pairs turned round that WAHA brought late"
    )
    assert took <= allowed(FINAL_SECONDS, computing=15.0), f"final after {took:.0f} s"
    return finding


def index_shop(cluster: Cluster, wait: Callable[[], None]) -> None:
    """One document, through the API, so that questions find something."""
    wait()
    with httpx2.Client(
        base_url=cluster.url, headers={"X-API-Key": cluster.environment["BALAS_API_KEY"]}, timeout=30
    ) as client:
        index_document(client)


def index_document(client: httpx2.Client) -> None:
    answer = client.post("/api/documents", json={"title": "Jam buka", "text": SHOP}).raise_for_status()
    path = f"/api/documents/{answer.json()['id']}"
    wait_until(lambda: client.get(path).json()["status"] == "indexed" or None, 60)
