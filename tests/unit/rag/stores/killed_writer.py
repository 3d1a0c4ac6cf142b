"""Writes documents into an index until it is killed: `python -m tests.unit.rag.stores.killed_writer DIRECTORY`.

Document n has n % 7 + 1 passages. Says "n" once document n is in, "v" once the version follows.
"""

from __future__ import annotations

import sys
from pathlib import Path

from balas.rag.stores.edge_store import open_edge_index
from tests.unit.rag.unit_vectors import DIMENSION, plain_entries


def main() -> None:
    index = open_edge_index(Path(sys.argv[1]), model="test", dimension=DIMENSION)
    for number in range(1, 100_000):
        index.replace_document(number, plain_entries(number, number % 7 + 1, version=1))
        print(number, flush=True)  # noqa: T201 (the test reads it)
        if number % 10 == 0:
            index.version = number
            print(f"v{number}", flush=True)  # noqa: T201 (as above)


if __name__ == "__main__":
    main()
