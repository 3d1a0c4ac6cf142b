"""The document line of one process, on a real database with the real model: hand in, index, search."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import cast

from balas.choices import ChangeGate
from balas.conversations.leases import LeaseKeeper
from balas.crew import Crew
from balas.database.clock import now
from balas.database.engine import Database
from balas.database.session import reading, transaction
from balas.jobs import ingest_document
from balas.knowledge import intake, sources
from balas.knowledge.gate import Gate
from balas.knowledge.library import Answers, Library
from balas.knowledge.rehearsal import Rehearsal
from balas.knowledge.uploads import Upload, uploaded_file
from balas.models import Document
from balas.ports import Gateway, Ring, Throttle
from balas.rag.embeddings import Embedder
from balas.rag.index import PassageIndex
from balas.rag.seams import Searches
from balas.rag.stores.edge_store import open_edge_index
from balas.rag.stores.shared_index import SharedIndex, open_aside, open_shared_index
from balas.runtime import Runtime, Secrets
from balas.settings import Settings
from balas.telemetry import Metrics
from balas.waha.presence import Presence

PUBLIC = frozenset({"public"})


@dataclass
class Doorbells:
    rung: list[Ring] = field(default_factory=list)

    def ring(self, *rings: Ring) -> None:
        self.rung += rings

    def depth(self) -> int:
        return 0

    def ping(self) -> None: ...

    def close(self) -> None: ...


class Desk:
    def __init__(
        self, database: Database, folder: Path, embedder: Callable[[], Embedder], *, qdrant_url: str | None = None
    ) -> None:
        """With `qdrant_url` the index is one that several desks share."""

        def opened(model: Embedder, lineage: str) -> PassageIndex:
            if qdrant_url is not None:
                return open_shared_index(
                    qdrant_url, None, model=model.name, dimension=model.dimension, database=lineage
                )
            return open_edge_index(folder / "index", model=f"{model.name} {lineage}", dimension=model.dimension)

        def aside(model: Embedder, lineage: str) -> SharedIndex:
            return open_aside(str(qdrant_url), None, model=model.name, dimension=model.dimension, database=lineage)

        self.database = database
        self.library = Library(
            database,
            open_embedder=embedder,
            open_index=opened,
            open_retriever=_retriever,
            chain=lambda searches, model: cast(Answers, None),
            open_aside=aside if qdrant_url else None,
        )
        self.queue = Doorbells()
        self.runtime = Runtime(
            settings=Settings(balas_data_dir=folder),
            secrets=Secrets("key", "password", (b"k" * 32,), "waha", "signing"),
            database=database,
            queue=self.queue,
            throttle=cast(Throttle, None),
            gateway=cast(Gateway, None),
            library=self.library,
            gate=Gate(database, cast(Rehearsal, None), ChangeGate.OFF, {}),
            leases=LeaseKeeper(database),
            presence=cast(Presence, None),
            crew=Crew(),
            metrics=Metrics(),
            waha_is_simulated=True,
            started=Event(),
            model_returned=Event(),
        )

    def close(self) -> None:
        self.runtime.leases.close()
        self.library.close()

    def take(self, *uploads: Upload) -> list[int]:
        """The ids, in order; nothing is indexed yet."""
        return [received.document.id for received in intake.take_in(self.database, uploads)]

    def hand_in(self, name: str, text: str, *, audience: str = "public") -> int:
        return self.take(*uploaded_file(name, text.encode(), audience=audience))[0]

    def index(self, document_id: int) -> Ring | None:
        return ingest_document.run(self.runtime, document_id)

    def add(self, name: str, text: str, *, audience: str = "public") -> int:
        """Hand in and index."""
        document_id = self.hand_in(name, text, audience=audience)
        self.index(document_id)
        assert self.row(document_id).status == "indexed", self.row(document_id).error
        return document_id

    def delete(self, document_id: int) -> None:
        with transaction(self.database) as session:
            sources.remove(session, document_id, now(session))

    def row(self, document_id: int) -> Document:
        with reading(self.database) as session:
            return session.get_one(Document, document_id)

    def found(self, query: str, audiences: frozenset[str] = PUBLIC, limit: int = 20) -> list[str]:
        """The texts that a search finds, best first."""
        return [passage.text for passage in self.library.search(query, limit=limit, audiences=audiences).passages]


def _retriever(index: PassageIndex, model: Embedder) -> Searches:
    from balas.rag.retriever import Retriever

    return Retriever(index, model)
