"""Unanswered questions -> gaps: those of one meaning together, a batch at a time."""

from __future__ import annotations

from collections.abc import Sequence

from balas.conversations import gaps
from balas.database import clock
from balas.database.claims import update_where
from balas.database.session import reading, transaction
from balas.knowledge import vectors
from balas.knowledge.index_lease import lease
from balas.models import GapQuestion
from balas.models.index_lease import GATHERING
from balas.rag.approved import as_compared
from balas.rag.vectors.clusters import Clusters
from balas.runtime import Runtime

LIMIT = 100
REMEMBERED = 5_000  # earlier questions that new ones are compared with


def run(runtime: Runtime) -> int:
    """Gather a batch; how many. One process at a time: two would begin two gaps for one meaning."""
    with reading(runtime.database) as session:
        if not gaps.ungathered(session, 1):
            return 0
    with lease(runtime.database, GATHERING) as held:
        if held is None:
            return 0
        with reading(runtime.database) as session:
            waiting = gaps.ungathered(session, LIMIT)
        if not waiting:
            return 0  # another process was at it
        embedder = runtime.library.embedder
        found = embedder.embed_queries([as_compared(question.text) for question in waiting])
        held.check()
        return _gather(runtime, embedder.name, waiting, [vectors.packed(vector) for vector in found])


def _gather(runtime: Runtime, model: str, waiting: Sequence[GapQuestion], found: Sequence[bytes]) -> int:
    with transaction(runtime.database) as session:
        now = clock.now(session)
        known = gaps.gathered(session, model, len(found[0]), REMEMBERED)
        members = ((row.gap_id or 0, row.id, vectors.unpacked(row.vector or b"")) for row in known)
        clusters, changed = Clusters(model, members), set()
        for question, data in zip(waiting, found, strict=True):
            vector = vectors.unpacked(data)
            gap_id = clusters.nearest(vector) or gaps.open_gap(session, now)
            if gaps.place(session, question.id, gap_id, model, data):
                clusters.put(gap_id, question.id, vector)
                changed.add(gap_id)
        for gap_id in sorted(changed):
            for question_id, closeness in clusters.closeness(gap_id).items():
                update_where(session, GapQuestion, GapQuestion.id == question_id, closeness=closeness)
        gaps.tidy(session)
    return len(waiting)
