"""A process ends although a thread of it never does."""

from __future__ import annotations

import subprocess
import sys

WAITS_FOR_EVER = """
import threading
from balas.cli.ending import Ending

threading.Thread(target=threading.Event().wait).start()
print("begun", flush=True)
Ending().leave()
raise SystemExit("not left")
"""


def test_a_thread_that_waits_for_ever_does_not_keep_the_process() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WAITS_FOR_EVER], capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == 0
    assert done.stdout.startswith("begun\n")
    assert "left_while_threads_wait" in done.stdout + done.stderr


def test_nor_does_a_log_that_nobody_reads_any_more() -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", WAITS_FOR_EVER], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(30) == 0
