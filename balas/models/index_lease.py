from __future__ import annotations

from balas.models.base import Leased

WRITING = 1  # follows the database with the shared index
REBUILDING = 2  # builds another one aside


class IndexLease(Leased):
    """Who may change a search index that all processes share: one row for each of the two kinds of work."""

    __tablename__ = "index_leases"
