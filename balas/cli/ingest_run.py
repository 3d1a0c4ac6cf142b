"""One run of `balas ingest`: take everything in, index it here, and wait for what another process took."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from sqlalchemy import select

from balas.cli.crawl_run import crawl
from balas.cli.progress import Display
from balas.database.session import reading
from balas.errors import BalasError, DocumentRejected
from balas.jobs.line import perform_stage
from balas.knowledge import intake, namesakes
from balas.knowledge.fetcher import Fetcher
from balas.knowledge.folder import Found, files_at
from balas.knowledge.sources import OPEN
from balas.knowledge.uploads import Upload, fetched_page
from balas.knowledge.websites import Wish
from balas.models import Document, DocumentStatus, WebsiteStatus
from balas.ports import JobName, Ring
from balas.runtime import Runtime

TAKEN_TOGETHER = 64
TAKEN_BYTES = 8 * 1024 * 1024
IDS_A_QUERY = 500
LOOK_EVERY_SECONDS = 0.3
PATIENCE_SECONDS = 60.0  # with a model server that is away
LISTED = 50
WORKERS = 2  # one reads and writes while the other one's passages are embedded


class IngestRun:
    def __init__(self, runtime: Runtime, display: Display, audience: str | None, places: Sequence[str]) -> None:
        """`places`: everything that will be taken in, to tell files of the same name apart."""
        self._runtime = runtime
        self._singly = namesakes.known_by(runtime.database, [Path(place) for place in places if "://" not in place])
        self._display = display
        self._audience = audience
        self._buffer: list[Upload] = []
        self._interrupted = threading.Event()
        self._waiting: dict[int, None] = {}  # in the order taken in
        self.documents: dict[int, Document] = {}
        self.unchanged: set[int] = set()
        self.failed: list[tuple[str, str]] = []
        self.skipped: list[tuple[str, str]] = []
        self.websites: list[dict[str, Any]] = []

    def take_in(self, place: str) -> None:
        """Take in a file, a folder or an address; what cannot be read is noted, and the rest goes on."""
        try:
            if "://" in place:
                fetcher = Fetcher(trusted=self._runtime.settings.intranet_hosts)
                self._add(fetched_page(fetcher.fetch(place), audience=self._audience))
            else:
                single = self._singly.get(Path(place).resolve())
                for found in [single] if single else files_at(Path(place)):
                    self._take_file(found)
        except (BalasError, OSError) as error:
            self.failed.append((place, _reason(error)))
        self._commit()

    def crawl(self, wish: Wish) -> None:
        """Read a whole website; its pages are indexed with everything else."""
        try:
            website, documents, counts = crawl(self._runtime, self._display, wish)
        except BalasError as error:
            self.failed.append((wish.address, str(error)))
            return
        if website.status == WebsiteStatus.FAILED:
            self.failed.append((wish.address, website.error or "failed"))
        self.websites.append({"id": website.id, "url": website.address, "status": website.status, "pages": counts})
        for document in documents:
            self.documents[document.id] = document
            if document.status in OPEN:
                self._waiting[document.id] = None
            elif website.began_at is not None and document.updated_at < website.began_at:
                self.unchanged.add(document.id)  # the rest was indexed while other pages were still being read

    def index(self) -> None:
        """Index what waits; return when every document is indexed or failed."""
        pending = list(self._waiting)
        total = len(pending)
        give_up_at = None
        while pending:
            worker = threading.Thread(target=self._work, args=(pending,), daemon=True)
            worker.start()
            try:
                while worker.is_alive():
                    worker.join(LOOK_EVERY_SECONDS)
                    pending = self._look(pending, total)
            except KeyboardInterrupt:
                self._interrupted.set()  # what was begun is finished; the rest stays in the queue
                raise
            if pending:
                give_up_at = give_up_at or time.monotonic() + PATIENCE_SECONDS
                pending = self._without_hopeless(pending, patient=time.monotonic() < give_up_at)
                time.sleep(LOOK_EVERY_SECONDS)

    def as_json(self) -> str:
        documents = [self._described(document) for document in self.documents.values()]
        lists = {"failed": self.failed, "skipped": self.skipped}
        notes = {key: [{"name": name, "reason": reason} for name, reason in found] for key, found in lists.items()}
        found = {"documents": documents, "websites": self.websites, **notes}
        return json.dumps(found, ensure_ascii=False, indent=2)

    def summary(self) -> list[str]:
        indexed = [one for one in self.documents.values() if one.status == DocumentStatus.INDEXED]
        lines = [f"{one.title} ({_count(one.chunk_count, 'passage')})" for one in indexed[:LISTED]]
        lines += [f"… and {len(indexed) - LISTED} more"] if len(indexed) > LISTED else []
        lines += [f"skipped {name}: {reason}" for name, reason in self.skipped]
        for site in self.websites:
            states = ", ".join(f"{number:,} {state}" for state, number in site["pages"].items() if number)
            lines.append(f"{site['url']}: {states or 'no pages'}")
        counts = [f"{_count(len(indexed), 'document')} indexed"]
        counts += [f"{len(self.unchanged)} of them unchanged"] if self.unchanged else []
        counts += [f"{len(self.skipped)} skipped"] if self.skipped else []
        counts += [f"{len(self.failed)} failed"] if self.failed else []
        return [*lines, ", ".join(counts)]

    def _take_file(self, found: Found) -> None:
        try:
            self._add(found.uploads(self._audience))
        except (DocumentRejected, OSError) as error:
            unread = isinstance(error, DocumentRejected) and error.status == 415 and not found.was_named
            (self.skipped if unread else self.failed).append((found.name, _reason(error)))

    def _add(self, uploads: Sequence[Upload]) -> None:
        self._buffer += uploads
        if len(self._buffer) >= TAKEN_TOGETHER or sum(len(one.content) for one in self._buffer) >= TAKEN_BYTES:
            self._commit()

    def _commit(self) -> None:
        for received in intake.take_in(self._runtime.database, self._buffer):
            document = received.document
            self.documents[document.id] = document
            if received.waits:
                self._waiting[document.id] = None
            elif document.id not in self._waiting:
                self.unchanged.add(document.id)
        self._buffer = []
        if self.documents:
            self._display.show(0, max(1, len(self.documents)), f"took in {_count(len(self.documents), 'document')}")

    def _work(self, ids: Sequence[int]) -> None:
        with ThreadPoolExecutor(WORKERS) as workers:
            list(workers.map(self._index_one, ids))

    def _index_one(self, document_id: int) -> None:
        if not self._interrupted.is_set():
            perform_stage(self._runtime, Ring(JobName.INGEST_DOCUMENT, document_id))

    def _look(self, pending: Sequence[int], total: int) -> list[int]:
        """The documents that are still open, by the database; the others are noted as done."""
        rows = self._rows(pending)
        still = [row.id for row in rows if row.status in OPEN and row.deleted_at is None]
        for row in rows:
            self.documents[row.id] = row
            if row.status == DocumentStatus.FAILED:
                self.failed.append((row.name, row.error or "failed"))
        begun = [row for row in rows if row.id in still and row.progress > 0]
        done = total - len(still) + sum(row.progress for row in begun)
        phase = (begun[0].phase if begun else None) or "indexing"
        self._display.show(done, total, f"{begun[0].title}: {phase}" if begun else phase)
        return still

    def _without_hopeless(self, pending: Sequence[int], *, patient: bool) -> list[int]:
        waits = {row.id: row for row in self._rows(pending) if row.status == DocumentStatus.RECEIVED and row.error}
        if patient:
            return list(pending)
        self.failed += [(row.name, f"{row.error} It stays in line.") for row in waits.values()]
        return [document_id for document_id in pending if document_id not in waits]

    def _rows(self, ids: Sequence[int]) -> list[Document]:
        rows: list[Document] = []
        with reading(self._runtime.database) as session:
            for start in range(0, len(ids), IDS_A_QUERY):
                some = select(Document).where(Document.id.in_(ids[start : start + IDS_A_QUERY]))
                rows += session.scalars(some.order_by(Document.id))
        return rows

    def _described(self, document: Document) -> dict[str, Any]:
        fields = ("id", "title", "name", "status", "error")
        described = {name: getattr(document, name) for name in fields}
        return described | {"chunks": document.chunk_count, "unchanged": document.id in self.unchanged}


def _reason(error: Exception) -> str:
    return str(error) if isinstance(error, BalasError) else f"it cannot be read ({type(error).__name__})"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
