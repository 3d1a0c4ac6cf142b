"""`make bench`: `python -m benchmarks [NAME…]`, one JSON line a figure."""

from __future__ import annotations

import argparse
import importlib
import os
import signal
import sys
import time
from pathlib import Path

from benchmarks.figures import Figure, LeftOut, Options

NAMES = ("start", "webhook", "driver", "latency", "throughput", "waiting", "overhead", "ingest", "search", "quality")


def measure(name: str, options: Options) -> list[Figure | LeftOut]:
    """Run one benchmark, printing its figures as they come."""
    found = []
    for figure in importlib.import_module(f"benchmarks.{name}").run(options):
        print(figure.as_json(), flush=True)
        found.append(figure)
    return found


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"all of: {', '.join(NAMES)}")
    parser.add_argument("--repetitions", type=int, help="instead of each benchmark's own number")
    parser.add_argument("--set", type=Path, dest="evaluation_set", help="folder of an evaluation set, for `quality`")
    parser.add_argument("--write-docs", action="store_true", help="measure, and write tables and plots to docs/")
    chosen = parser.parse_args(arguments)
    unknown = [name for name in chosen.names if name not in NAMES]
    if unknown:
        parser.error(f"unknown benchmark {unknown[0]}; there are {', '.join(NAMES)}")
    options = Options(repetitions=chosen.repetitions, evaluation_set=chosen.evaluation_set)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is stopped
    load, cores = os.getloadavg()[0], len(os.sched_getaffinity(0))
    print(f"{cores} cores, load average {load:.1f} before the start", file=sys.stderr, flush=True)
    figures: list[Figure | LeftOut] = []
    for name in chosen.names or NAMES:
        begun = time.monotonic()
        figures += measure(name, options)
        print(f"{name}: {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
    if chosen.write_docs:
        from benchmarks.page import write_page

        write_page(figures, options)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
