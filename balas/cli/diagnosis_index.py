"""The search index: the embedded engine and whether the documents have outgrown it, or a Qdrant server."""

from __future__ import annotations

import time

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from balas.api.checks import ping_qdrant
from balas.api.checkup import Finding, Health
from balas.cli.diagnosis_database import opened, passages
from balas.database import schema
from balas.database.session import reading
from balas.errors import DatabaseUnavailable
from balas.models import KnowledgeState
from balas.rag.stores.qdrant_server import open_server
from balas.rag.stores.qdrant_state import Identity
from balas.rag.stores.qdrant_store import QdrantStore
from balas.settings import Settings

EMBEDDED_PASSAGES = 50_000  # as many as each process can well derive and hold by itself


def check_index(settings: Settings) -> Finding:
    total, version, lineage = _wanted(settings)
    if settings.qdrant_url is not None:
        return _server(settings, total, version, lineage)
    if total > EMBEDDED_PASSAGES:
        return Finding(
            Health.DEGRADED,
            f"embedded, {total:,} passages: more than the {EMBEDDED_PASSAGES:,} that it is good for",
            advice="run a Qdrant server and set QDRANT_URL",
        )
    return Finding(Health.HEALTHY, f"embedded, {total:,} of {EMBEDDED_PASSAGES:,} passages; each process has its own")


def _wanted(settings: Settings) -> tuple[int, int, str]:
    """Passages, version and lineage of the database; one that is not there yet is not made."""
    with opened(settings) as database:
        try:
            if database is None or schema.current(database) != schema.head():
                return 0, 0, ""
            with reading(database) as session:
                state = session.scalar(select(KnowledgeState).where(KnowledgeState.id == 1))
                return passages(session), state.version if state else 0, state.lineage if state else ""
        except (DBAPIError, DatabaseUnavailable):
            return 0, 0, ""  # said by the check of the database


def _server(settings: Settings, total: int, version: int, lineage: str) -> Finding:
    """Looks at the collection behind the alias, whichever database and model it belongs to."""
    ping_qdrant(settings)
    key = settings.qdrant_api_key
    server = open_server(str(settings.qdrant_url), key.get_secret_value() if key else None)
    try:
        store = QdrantStore(server, {})
        began = time.monotonic()
        store.collection = server.behind_alias()
        if store.collection is None:
            return Finding(Health.HEALTHY, "Qdrant server, without an index yet; the first start builds it")
        store.state = store.look()
        points, latency = store.points(), (time.monotonic() - began) * 1000
    finally:
        server.close()
    detail = f"Qdrant server, {points:,} passages of {store.state.identity.get('model')}, {latency:.0f} ms"
    if problem := _foreign(settings, store.state.identity, lineage):
        return Finding(Health.UNHEALTHY, f"{detail}: {problem}", advice="run balas reindex with these settings")
    behind = version - store.state.version
    if behind < 0:
        return Finding(Health.DEGRADED, f"{detail}, ahead of the database", advice="the next search builds it anew")
    step = "in step" if behind == 0 else f"{behind} changes behind; the next search catches up"
    missing = f" ({total:,} in the database)" if behind == 0 and total != points else ""
    if missing:
        return Finding(Health.DEGRADED, f"{detail}{missing}, {step}", advice="run balas reindex")
    return Finding(Health.HEALTHY, f"{detail}, {step}")


def _foreign(settings: Settings, identity: Identity, lineage: str) -> str:
    from balas.bootstrap import open_embedder  # loads the model, as the check before this one did

    if lineage and identity.get("database") != lineage:
        return "made from another database"
    model = open_embedder(settings).name
    return f"the settings say {model}" if identity.get("model") != model else ""
