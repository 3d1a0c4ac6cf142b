"""A process that reads a website, and is killed with signal 9 right before one of its commits."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from pathlib import Path

from sqlalchemy import event

from balas.database.engine import Database
from tests.unit.knowledge.small_site import Site
from tests.unit.knowledge.surveyor import Surveyor


def main(url: str, port: int, website_id: int, kill_at: int) -> None:
    database = Database(url)
    commits = 0

    @event.listens_for(database.writer, "commit")
    def _count(_connection: object) -> None:
        nonlocal commits
        commits += 1
        if commits == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    with tempfile.TemporaryDirectory() as folder:
        Surveyor(database, Path(folder), Site(port)).go(website_id)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
