"""What a test's worker runs."""

from __future__ import annotations

import time


def breaks(row_id: int) -> None:
    raise RuntimeError(f"row {row_id}")


def takes(seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        time.sleep(0.01)
