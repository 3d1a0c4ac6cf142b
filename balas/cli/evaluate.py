"""`balas eval`"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from balas.knowledge.evaluation import Evaluation

LABELS = {
    "ndcg_at_10": "nDCG@10",
    "recall_at_5": "recall@5",
    "mrr_at_10": "MRR@10",
    "answer_in_top_4": "answer in the top 4",
    "abstention_auroc": "abstention AUROC",
}
ANSWERS = {
    "answer_contained": "hold the expected answer",
    "contained_where_answered": "of those answered",
    "in_first_sentence": "in the first sentence",
    "visible_at_once": "within 120 characters",
    "refused": "refused",
    "median_characters": "characters, median",
    "most_characters": "characters, most",
    "answered_unanswerable": "unanswerable, answered",
}


def evaluate(
    directory: Annotated[
        Path, typer.Argument(exists=True, file_okay=False, help="Holds corpus.jsonl, queries.jsonl and qrels.jsonl.")
    ],
    run: Annotated[Path | None, typer.Option(help="Write a line for each query there.")] = None,
    answers: Annotated[bool, typer.Option("--answers", help="Answer each query too.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Measure retrieval and answers on a set of questions, beside the plain pipeline."""
    from dataclasses import asdict
    from json import dumps

    from balas.bootstrap import open_answering, open_embedder
    from balas.cli.progress import progress_display
    from balas.knowledge.evaluation import evaluate as measure
    from balas.settings import load_settings
    from balas.telemetry import configure_logging

    settings = load_settings()
    configure_logging(settings.log_level)
    if run is not None:
        run.open("a").close()  # refused now, not after minutes of asking
    embedder = open_embedder(settings)
    with progress_display() as display:
        result = measure(
            directory,
            embedder=embedder,
            run_file=run,
            answers=open_answering(settings, embedder) if answers else None,
            progress=lambda stage, done, total: display.show(done, total, stage),
            cache=settings.model_cache_dir,
        )
    typer.echo(dumps(asdict(result), indent=2) if json else "\n".join(_lines(result)))


def _lines(result: Evaluation) -> list[str]:
    lines = [f"{result.documents} documents, {result.passages} passages, {result.queries} questions", ""]
    lines.append(f"{'':22}{'Balas':>8}{'plain':>8}")
    for name, label in LABELS.items():
        lines.append(f"{label:22}{_figure(result.balas[name]):>8}{_figure(result.plain[name]):>8}")
    if result.answers is not None:
        lines += ["", "Answers"]
        lines += [f"{label:26}{_figure(result.answers[name]):>8}" for name, label in ANSWERS.items()]
    return lines


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f}" if value > 1 else f"{value:.3f}"
