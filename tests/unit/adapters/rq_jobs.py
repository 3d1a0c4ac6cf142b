"""What a test's worker runs.

usage: python -m tests.unit.adapters.rq_jobs REDIS_URL    (a worker until a signal ends it)
"""

from __future__ import annotations

import os
import sys
import threading
import time

from redis import Redis
from rq.serializers import JSONSerializer

from balas.adapters.rq_queue import QUEUE_NAME
from balas.adapters.rq_worker import ConcurrentWorker


def breaks(row_id: int) -> None:
    raise RuntimeError(f"row {row_id}")


def takes(seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        time.sleep(0.01)


if __name__ == "__main__":
    connection = Redis.from_url(sys.argv[1])
    ConcurrentWorker(
        [QUEUE_NAME], threading.Event(), connection=connection, serializer=JSONSerializer, concurrency=4
    ).work(logging_level="CRITICAL")
    os._exit(0)  # as `balas worker` does where a thread still waits
