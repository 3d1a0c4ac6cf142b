"""A process that indexes a document, and is killed with signal 9 right before one of its commits."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from pathlib import Path

from sqlalchemy import event

from balas.database.engine import Database
from balas.rag.vectors.embedded_model import EmbeddedModel
from tests.unit.knowledge.desk import Desk


def main(url: str, document_id: int, kill_at: int) -> None:
    database = Database(url)
    commits = 0

    @event.listens_for(database.writer, "commit")
    def _count(_connection: object) -> None:
        nonlocal commits
        commits += 1
        if commits == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    with tempfile.TemporaryDirectory() as folder:
        desk = Desk(database, Path(folder), EmbeddedModel)
        desk.index(document_id)
        desk.close()
    database.close()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
