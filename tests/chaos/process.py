"""Balas as the chaos tests run it: it writes down when each turn was begun, and takes short waits where asked to.

usage: CHAOS_FOLDER=... [CHAOS_QUICK=yes] python -m tests.chaos.process up
"""

from __future__ import annotations

import os
import select
import time
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from balas.conversations import turns
from balas.ports import uptime
from tests.chaos import quick

BEGUN = "turns-begun"


def witness(file: Path) -> None:
    """Each claim of a turn becomes a line of `file`: only what arrives later than that may be answered after it."""
    claim_work = turns.claim_work

    def claim_and_tell(
        session: Session, turn_id: int, now: datetime, most_turns: int
    ) -> turns.Work | turns.Overtaken | None:
        at, work = uptime(), claim_work(session, turn_id, now, most_turns)
        if isinstance(work, turns.Work):
            with file.open("a") as lines:
                lines.write(f"{turn_id} {at}\n")
        return work

    turns.claim_work = claim_and_tell


def begun(folder: Path) -> dict[int, float]:
    """When each turn was begun for the first time, as `uptime`."""
    file, first = folder / BEGUN, dict[int, float]()
    for line in file.read_text().splitlines() if file.exists() else []:
        turn_id, at = line.split()
        first.setdefault(int(turn_id), float(at))
    return first


def pause(seconds: float) -> None:
    select.select([], [], [], seconds)


if __name__ == "__main__":
    from balas.__main__ import main

    if "FAKETIME" in os.environ:  # whose clock_nanosleep does not know steady clocks
        time.sleep = pause
    witness(Path(os.environ["CHAOS_FOLDER"]) / BEGUN)
    if "CHAOS_QUICK" in os.environ:
        quick.shorten()
    main()
