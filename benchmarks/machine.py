"""Cores, memory and CPU time of processes, and how long this disk takes to write."""

from __future__ import annotations

import os
import time
from pathlib import Path
from statistics import median

CORES = tuple(sorted(os.sched_getaffinity(0)))
# What is measured has a core of its own; load, stand-ins and databases share the others.
SERVER_CORES = frozenset(CORES[:1])
OTHER_CORES = frozenset(CORES[1:] or CORES)
EVERY_CORE = frozenset(CORES)


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_mb(pid: int, kind: str = "Rss") -> float:
    """`Rss`, or `Pss`, which counts pages shared with other processes by their share."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(f"{kind}:")).split()[1]) / 1024


def fdatasync_seconds(folder: Path, times: int = 30) -> float:
    """Median time until four kilobytes appended to a file are on the disk."""
    path, taken = folder / "fdatasync", []
    with path.open("wb") as file:
        for _ in range(times):
            begun = time.perf_counter()
            file.write(b"x" * 4096)
            file.flush()
            os.fdatasync(file.fileno())
            taken.append(time.perf_counter() - begun)
    path.unlink()
    return median(taken)
