"""Document -> parse -> chunk -> embed -> index."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

from balas.database.clock import now
from balas.database.session import reading, transaction
from balas.errors import BalasError, DocumentRejected, ModelRejected, ModelUnavailable
from balas.knowledge import indexer, publishing, sources, vectors
from balas.knowledge.indexer import Passages, Work
from balas.knowledge.reporter import Reporter
from balas.models import Document
from balas.ports import JobName, Ring
from balas.runtime import Runtime

READERS = 2  # most formats are read in a process of their own, which mostly waits for its start


def run(runtime: Runtime, row_id: int) -> Ring | None:
    """Safe to run twice: a document is claimed, built aside, and switched live in one transaction."""
    with transaction(runtime.database) as session:
        works = indexer.take(session, row_id, now(session))
    if not works:
        return None
    report = Reporter(runtime.database, works)
    with ExitStack() as leases:
        for work in works:
            leases.enter_context(runtime.leases.holding(Document, work.document_id, work.token))
        read = _read_all(runtime, works, report)
        if not read:
            return _next(runtime)
        for slices in indexer.slices(read):
            with transaction(runtime.database) as session:
                indexer.stage(session, slices)
        try:
            vectors.embed_missing(runtime.database, runtime.library.embedder, indexer.texts(read), report.indexed)
            if runtime.gate.is_armed():
                report.weighed()
            publishing.publish(runtime.database, runtime.gate, read)
        except ModelUnavailable as error:
            return _put_off(runtime, [work for work, _ in read], error)
        except ModelRejected as error:
            _fail(runtime, [work for work, _ in read], error)
            return None
    return _next(runtime)


def _read_all(runtime: Runtime, works: Sequence[Work], report: Reporter) -> list[tuple[Work, Passages]]:
    with reading(runtime.database) as session:
        contents = sources.contents_of(session, {work.document_id: work.version for work in works})
    with ThreadPoolExecutor(READERS) as readers:
        found = readers.map(lambda work: _read(runtime, work, contents.pop(work.document_id), report), works)
        return [(work, passages) for work, passages in zip(works, found, strict=True) if passages is not None]


def _read(runtime: Runtime, work: Work, content: bytes, report: Reporter) -> Passages | None:
    try:
        return indexer.read(work, content, report.read)
    except DocumentRejected as error:
        _fail(runtime, [work], error)
        return None


def _fail(runtime: Runtime, works: Sequence[Work], error: BalasError) -> None:
    with transaction(runtime.database) as session:
        indexer.fail(session, works, str(error), now(session))


def _put_off(runtime: Runtime, works: Sequence[Work], error: ModelUnavailable) -> Ring:
    with transaction(runtime.database) as session:
        delay = indexer.put_off(session, works, str(error), now(session), error.retry_after_seconds)
    return Ring(JobName.INGEST_DOCUMENT, works[0].document_id, delay_seconds=delay)


def _next(runtime: Runtime) -> Ring | None:
    """Documents of one upload share few doorbells: each rings for the next that waits."""
    with reading(runtime.database) as session:
        waiting = sources.unfinished(session, now(session), 1)
    return Ring(JobName.INGEST_DOCUMENT, waiting[0]) if waiting else None
