from __future__ import annotations

from balas.models.base import Leased

WRITING = 1  # follows the database with the shared index
REBUILDING = 2  # builds another one aside
GATHERING = 3  # gathers unanswered questions by meaning


class IndexLease(Leased):
    """Who may change a search index that all processes share: and who gathers gaps: one row for each kind of work."""

    __tablename__ = "index_leases"
