"""`balas ingest` against the bare embedder on the same passages, both as commands from start to end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from sqlalchemy import create_engine, select

from balas.models import DocumentChunk
from balas.rag.index import embedded_text
from benchmarks.figures import Figure, Options, Pairs, rounded
from benchmarks.processes import base_environment, product
from benchmarks.texts import document

DOCUMENTS = 24
SECTIONS = 12


def run(options: Options) -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="balas-bench-") as temporary:
        folder = Path(temporary)
        source = folder / "documents"
        source.mkdir()
        for number in range(int(options.pick(DOCUMENTS, 2))):
            (source / f"{number}.md").write_text(document(number, SECTIONS), "utf-8")
        passages = folder / "passages.json"
        pairs = Pairs()
        for number in range(options.times(3)):
            data = folder / f"run{number}"
            ours = _ingest(data, source)
            texts = _passages(data)
            passages.write_text(json.dumps(texts), "utf-8")
            pairs.add(len(texts) / ours, len(texts) / _embed(passages))
    more = {"passages": len(texts), "per_second": rounded(median(pairs.ours))}
    yield Figure("ingest", "passages/s, `balas ingest` / the bare embedder", pairs.ratios, ">= 0.9", more)


def _ingest(folder: Path, source: Path) -> float:
    return _timed([sys.executable, "-m", "balas", "ingest", str(source)], product(folder).environment)


def _embed(passages: Path) -> float:
    return _timed([sys.executable, "-m", "benchmarks.bare_embedder", str(passages)], base_environment())


def _timed(command: list[str], environment: dict[str, str]) -> float:
    begun = time.perf_counter()
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{command[2]} failed: {done.stderr[-500:]}")
    return time.perf_counter() - begun


def _passages(folder: Path) -> list[str]:
    """What was embedded, read back from the database."""
    engine = create_engine(f"sqlite:///{os.fspath(folder)}/data/balas.sqlite3")
    with engine.connect() as connection:
        rows = connection.execute(select(DocumentChunk.heading, DocumentChunk.text)).all()
    engine.dispose()
    return list(dict.fromkeys(embedded_text(row.heading, row.text) for row in rows))
