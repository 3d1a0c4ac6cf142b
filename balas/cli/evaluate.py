"""`balas eval`"""

from pathlib import Path
from typing import Annotated

import typer


def evaluate(
    directory: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="corpus.jsonl, queries.jsonl, …")],
    run: Annotated[Path | None, typer.Option(help="Write a line for each query there.")] = None,
    answers: Annotated[bool, typer.Option("--answers", help="Answer each query too.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Measure retrieval and answers on a set of questions, beside the plain pipeline."""
    raise NotImplementedError
