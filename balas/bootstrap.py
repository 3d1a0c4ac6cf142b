"""Settings -> Runtime: the only file that chooses what stands behind the seams."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from secrets import randbits
from typing import TYPE_CHECKING

from balas import failpoints
from balas.adapters.local_throttle import LocalThrottle
from balas.adapters.thread_queue import ThreadQueue
from balas.conversations.leases import LeaseKeeper
from balas.crew import HANDS, HANDS_BESIDE_WEB, Crew, Waiting
from balas.database import schema
from balas.database.engine import Database
from balas.jobs.line import perform
from balas.jobs.sweeper import Sweeper
from balas.knowledge.answer_conditions import answer_conditions
from balas.knowledge.gate import Gate
from balas.knowledge.library import Answers, Library
from balas.knowledge.rehearsal import Rehearsal, Tools
from balas.ports import JobName, Queue, Throttle, unreserved
from balas.rag.embeddings import Embedder, OpenAIEmbedder
from balas.rag.generator import Generator
from balas.rag.index import PassageIndex
from balas.rag.model_client import ModelServer, Prices
from balas.rag.prompt_templates import Style
from balas.rag.question import Question
from balas.rag.seams import Searches
from balas.rag.stores.scratch import Scratch
from balas.rag.stores.shared_index import IndexIdentity, open_aside, open_shared_index
from balas.rag.transcriber import TIMEOUT_SECONDS, Transcriber
from balas.runtime import Runtime, Secrets, secrets_of
from balas.security import data_folder
from balas.security.redaction import keyed_hash
from balas.settings import Settings
from balas.simulator.app import Simulator, create_simulator
from balas.simulator.kinds import WahaKind
from balas.telemetry import Metrics
from balas.waha.client import WahaClient
from balas.waha.presence import Presence

if TYPE_CHECKING:
    from balas.rag.quoting.extractive import Extractor

DRAIN_SECONDS = 20.0


@contextmanager
def open_runtime(settings: Settings, *, index_dir: Path | None = None) -> Iterator[Runtime]:
    """Everything a process needs, closed at the end. Without `index_dir` the search index is a temporary one."""
    failpoints.arm(settings.test_failpoint)
    data_folder.make(settings.balas_data_dir)
    with data_folder.writing(settings.balas_data_dir):
        secrets = secrets_of(settings)
    database = Database(settings.sqlalchemy_url, settings.database_pool_size)
    schema.migrate(database)
    scratch = Scratch("index")
    crew = Crew(HANDS if settings.redis_url else HANDS_BESIDE_WEB)
    gateway = WahaClient(settings.waha_base_url or _simulator_url(settings), secrets.waha_api_key, waiting=crew.waiting)
    metrics = Metrics()
    runtime: Runtime
    queue = _queue(settings, lambda job, row_id: perform(runtime, job, row_id))
    model_returned = threading.Event()
    writer = _writer(settings, crew.waiting, model_returned)
    library = _library(settings, database, index_dir or scratch.path, crew, writer)
    runtime = Runtime(
        settings=settings,
        secrets=secrets,
        database=database,
        queue=queue,
        throttle=_throttle(settings, secrets, metrics),
        gateway=gateway,
        library=library,
        gate=_gate(settings, database, library, writer),
        leases=LeaseKeeper(database),
        presence=Presence(gateway),
        crew=crew,
        metrics=metrics,
        waha_is_simulated=settings.waha_base_url is None,
        started=threading.Event(),
        transcriber=_transcriber(settings, crew.waiting),
        model_returned=model_returned,
    )
    try:
        yield runtime
    finally:
        runtime.close()
        scratch.close()


def _queue(settings: Settings, perform: Callable[[JobName, int], None]) -> Queue:
    if settings.redis_url is None:
        return ThreadQueue(perform)
    from balas.adapters.rq_queue import RqQueue  # noqa: PLC0415 only with Redis

    return RqQueue(settings.redis_url.get_secret_value())


def _throttle(settings: Settings, secrets: Secrets, metrics: Metrics) -> Throttle:
    if settings.redis_url is None:
        return LocalThrottle(settings.rate_limit_messages_per_minute)
    from balas.adapters.redis_throttle import RedisThrottle  # noqa: PLC0415 only with Redis

    return RedisThrottle(
        settings.redis_url.get_secret_value(),
        settings.rate_limit_messages_per_minute,
        key_of=lambda key: keyed_hash(secrets.hmac_keys[-1], key),
        on_away=metrics.throttle_open.inc,
    )


def _library(settings: Settings, database: Database, index_dir: Path, crew: Crew, writer: Generator | None) -> Library:
    """Its parts are imported and opened with the first use: `--help` and the webhook never pay for them."""

    def open_index(embedder: Embedder, lineage: str) -> PassageIndex:
        if settings.qdrant_url is not None:
            return open_shared_index(*_qdrant(settings), **_identified(embedder, lineage))
        return _local_index(index_dir, embedder, lineage)

    kept: list[Extractor] = []  # one for all answers: it remembers vectors

    def chain(searches: Searches, embedder: Embedder) -> Answers:
        kept.extend([] if kept else [_extractor(embedder)])
        return _chain(settings, searches, kept[0], embedder, writer)

    return Library(
        database,
        open_embedder=lambda: open_embedder(settings, crew.waiting),
        open_index=open_index,
        open_retriever=_retriever,
        chain=chain,
        warm_up=writer.connect if writer else lambda: None,
        on_close=writer.close if writer else lambda: None,
        open_aside=None
        if settings.qdrant_url is None
        else lambda embedder, lineage: open_aside(*_qdrant(settings), **_identified(embedder, lineage)),
    )


def _local_index(folder: Path, embedder: Embedder, lineage: str = "") -> PassageIndex:
    from balas.rag.stores.edge_store import open_edge_index  # noqa: PLC0415 the vector engine comes with it

    return open_edge_index(folder, model=embedder.name, dimension=embedder.dimension, lineage=lineage)


def _retriever(index: PassageIndex, embedder: Embedder) -> Searches:
    from balas.rag.retriever import Retriever  # noqa: PLC0415 numpy comes with it

    return Retriever(index, embedder)


def _gate(settings: Settings, database: Database, library: Library, writer: Generator | None) -> Gate:
    """Always over an index of this process, whatever is searched otherwise: a change is tried where nobody looks."""

    def chain(searches: Searches, embedder: Embedder, writer: Generator | None = None) -> Answers:
        return _chain(settings, searches, _extractor(embedder), embedder, writer)

    tools = Tools(
        open_embedder=lambda: library.embedder,
        open_index=_local_index,
        open_retriever=_retriever,
        quoting=chain,
        writing=(lambda searches, embedder: chain(searches, embedder, writer)) if writer else None,
    )
    return Gate(database, Rehearsal(database, tools), settings.balas_change_gate, answer_conditions(settings))


def _qdrant(settings: Settings) -> tuple[str, str | None]:
    assert settings.qdrant_url is not None  # noqa: S101 narrows the type
    key = settings.qdrant_api_key
    return settings.qdrant_url, key.get_secret_value() if key else None


def _identified(embedder: Embedder, lineage: str) -> IndexIdentity:
    return {"model": embedder.name, "dimension": embedder.dimension, "database": lineage}


def open_embedder(settings: Settings, waiting: Waiting = nullcontext) -> Embedder:
    """The bundled model, built on first use, or a server's."""
    if settings.embeds_with_openai:
        return OpenAIEmbedder(
            settings.openai_embedding_model,
            api_key=_openai_key(settings),
            base_url=settings.openai_base_url,
            waiting=waiting,
        )
    from balas.rag.vectors.embedded_model import EmbeddedModel  # noqa: PLC0415 numpy and onnxruntime come with it

    return EmbeddedModel(settings.model_cache_dir)


def open_answering(settings: Settings, embedder: Embedder) -> Callable[[Searches], Callable[[str], str | None]]:
    """For evaluations: what answers a question over a given search; None when it abstains."""
    writer, extractor = _writer(settings), _extractor(embedder)

    def over(searches: Searches) -> Callable[[str], str | None]:
        answers = _chain(settings, searches, extractor, embedder, writer)

        def answered(text: str) -> str | None:
            answer = answers.answer(Question(lines=(text,), audiences=frozenset({"public"})), reserve=unreserved)
            return None if answer.abstained else answer.text

        return answered

    return over


def _chain(
    settings: Settings, searches: Searches, extractor: Extractor, embedder: Embedder, writer: Generator | None
) -> Answers:
    from balas.rag.approved import Approvals  # noqa: PLC0415 the retriever comes with it
    from balas.rag.chain import AnswerChain  # noqa: PLC0415 numpy comes with it

    return AnswerChain(
        searches,
        writer,
        extractor=extractor,
        name=settings.balas_assistant_name,
        approvals=Approvals(embedder),
        when_unknown=settings.balas_when_unknown,
    )


def _extractor(embedder: Embedder) -> Extractor:
    from balas.rag.quoting.extractive import Extractor  # noqa: PLC0415 numpy comes with it
    from balas.rag.vectors.remembered_vectors import remembered  # noqa: PLC0415 likewise

    return Extractor(remembered(embedder))


def _writer(
    settings: Settings, waiting: Waiting = nullcontext, returned: threading.Event | None = None
) -> Generator | None:
    """What writes answers; None: they are quoted."""
    if not settings.answers_by_model:
        return None
    server = ModelServer(
        settings.openai_model,
        _openai_key(settings),
        settings.openai_base_url,
        prices=Prices(settings.balas_model_price_input, settings.balas_model_price_output),
    )
    style = Style(settings.balas_assistant_name, settings.balas_tone, settings.balas_answer_length)
    return Generator(server, style=style, returned=returned, waiting=waiting)


def _transcriber(settings: Settings, waiting: Waiting) -> Transcriber | None:
    model, key = settings.openai_transcription_model or "", _openai_key(settings)
    server = ModelServer(model, key, settings.openai_base_url, timeout_seconds=TIMEOUT_SECONDS)
    return Transcriber(server, waiting) if model else None


def _openai_key(settings: Settings) -> str:
    # A server of one's own often wants none, but the client library wants something to send.
    return settings.openai_api_key.get_secret_value() if settings.openai_api_key else "none"


def open_simulator(runtime: Runtime, engine: str = "NOWEB") -> Simulator | None:
    """The stand-in for WAHA, to be mounted at /simulator; None when a real one is configured."""
    if not runtime.waha_is_simulated:
        return None
    settings = runtime.settings
    simulator, _ = create_simulator(
        api_key=runtime.secrets.waha_api_key,
        webhook_url=f"{settings.own_address}/api/webhook",
        hmac_key=runtime.secrets.hmac_keys[0],
        kind=WahaKind(engine, waha_sessions=settings.waha_sessions),
        # Message ids must differ from those of the last start, which the inbox remembers.
        seed=randbits(64),
    )
    return simulator


def _simulator_url(settings: Settings) -> str:
    return f"{settings.own_address}/simulator"


@contextmanager
def working(runtime: Runtime, seconds_left: Callable[[], float] = lambda: DRAIN_SECONDS) -> Iterator[None]:
    """Let this process work on jobs: the sweep runs, and at the end what was begun is finished, in `seconds_left`."""
    sweeper = Sweeper(runtime)
    sweeper.start()
    try:
        yield
    finally:
        deadline = time.monotonic() + seconds_left()
        sweeper.stop()
        if isinstance(runtime.queue, ThreadQueue):
            runtime.queue.drain(deadline - time.monotonic())
        sweeper.wait(deadline - time.monotonic())
