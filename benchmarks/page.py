"""Writes what was measured into docs/performance.md, between its marks, and the plots beside it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.figures import Figure, LeftOut, Options, load_average, rounded
from benchmarks.growth import Crowd, Shelf, crowds, shelves
from benchmarks.machine import CORES
from benchmarks.plot import svg

PLOTS = {"performance_chats.svg": "Chats that write at once", "performance_passages.svg": "One search, embedded"}
DOCS = Path(__file__).parents[1] / "docs"


def write_page(figures: Sequence[Figure | LeftOut], options: Options, docs: Path = DOCS) -> None:
    """Measure how cost grows, then replace tables and plots; the words around them stay."""
    people, books = list(crowds(options)), list(shelves(options))
    page = docs / "performance.md"
    text = page.read_text("utf-8")
    for name, content in (("figures", table(figures)), ("growth", growth(people, books))):
        text = replaced(text, name, content)
    page.write_text(text, "utf-8")
    for name, plot in plots(people, books).items():
        (docs / "images" / name).write_text(plot, "utf-8")


def replaced(text: str, name: str, content: str) -> str:
    pattern = f"(<!-- {name}: [^\n]*-->\n).*?(<!-- end of {name} -->)"
    new, count = re.subn(pattern, lambda found: f"{found[1]}{content}\n{found[2]}", text, flags=re.DOTALL)
    if count != 1:
        raise ValueError(f"docs/performance.md has lost its marks of {name}")
    return new


def table(figures: Sequence[Figure | LeftOut]) -> str:
    day = datetime.now(UTC).date()
    lines = [
        f"Measured on {day}, {len(CORES)} cores, load average {load_average()} at the end.",
        "",
        "| figure | ratio of | median (range) | target | absolute |",
        "|---|---|--:|---|---|",
    ]
    for figure in figures:
        if isinstance(figure, LeftOut):
            lines.append(f"| `{figure.name}` | left out: {figure.reason} | | | |")
            continue
        spread = f"{rounded(figure.median):g} ({rounded(min(figure.ratios)):g}–{rounded(max(figure.ratios)):g})"
        absolute = ", ".join(f"{name} {value}" for name, value in figure.more.items())
        lines.append(f"| `{figure.name}` | {figure.of} | {spread} | {figure.target} | {absolute} |")
    return "\n".join(lines)


def growth(people: Sequence[Crowd], books: Sequence[Shelf]) -> str:
    lines = [
        "| chats that write at once | until all are answered, s | messages/s | worker CPU a message, ms | worker MB |",
        "|--:|--:|--:|--:|--:|",
    ]
    for crowd in people:
        cells = (crowd.seconds, crowd.chats / crowd.seconds, crowd.worker_cpu_ms, crowd.worker_mb)
        lines.append(f"| {crowd.chats:,} | " + " | ".join(f"{rounded(cell):g}" for cell in cells) + " |")
    lines += ["", "| passages | hybrid search, ms | flat search of the vectors, ms | ratio |", "|--:|--:|--:|--:|"]
    for shelf in books:
        times = (shelf.ms, shelf.flat_ms, shelf.ms / shelf.flat_ms)
        lines.append(f"| {shelf.passages:,} | " + " | ".join(f"{rounded(time):g}" for time in times) + " |")
    lines += ["", *(f"![{title}](images/{name})" for name, title in PLOTS.items())]
    return "\n".join(lines)


def plots(people: Sequence[Crowd], books: Sequence[Shelf]) -> dict[str, str]:
    found = {}
    if people:
        lines = {
            "until all are answered, s": [(float(crowd.chats), crowd.seconds) for crowd in people],
            "worker CPU a message, ms": [(float(crowd.chats), crowd.worker_cpu_ms) for crowd in people],
        }
        found["performance_chats.svg"] = svg("Chats that write at once", "chats", "", lines)
    if books:
        lines = {
            "hybrid search": [(float(shelf.passages), shelf.ms) for shelf in books],
            "flat, vectors only": [(float(shelf.passages), shelf.flat_ms) for shelf in books],
        }
        found["performance_passages.svg"] = svg("One search, embedded", "passages", "ms", lines)
    return found
