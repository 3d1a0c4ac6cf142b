from __future__ import annotations

from balas.models.base import Leased

WRITING = 1  # follows the database with the shared index
REBUILDING = 2  # builds another one aside
GATHERING = 3  # gathers unanswered questions by meaning
ASKING = 4  # asks the golden questions after a change of settings


class IndexLease(Leased):
    """Work that one of several processes does: one row for each kind."""

    __tablename__ = "index_leases"
