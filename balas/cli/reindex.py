"""`balas reindex`"""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from balas.settings import Settings


def reindex() -> None:
    """Build the search index anew from the database, aside; it takes over when it is whole."""
    from balas.settings import load_settings
    from balas.telemetry import configure_logging

    configure_logging("ERROR")
    settings = load_settings()
    began = time.monotonic()
    passages = _shared(settings) if settings.qdrant_url is not None else _embedded(settings)
    typer.echo(f"The index is new: {passages:,} passages in {time.monotonic() - began:.1f} s.")


def _shared(settings: Settings) -> int:
    """In Qdrant: the collection behind the alias is searched until the new one stands there."""
    from balas.bootstrap import open_runtime
    from balas.cli.progress import progress_display

    with open_runtime(settings) as runtime, progress_display() as display:
        runtime.library.reindex(lambda done, total: display.show(done, total, "documents"))
        runtime.library.open()
        return runtime.library.status().passages or 0


def _embedded(settings: Settings) -> int:
    """In the data folder, beside the former one. A running `balas up` has that one open and would miss the new one."""
    from balas.bootstrap import open_runtime
    from balas.cli.progress import progress_display
    from balas.errors import Conflict
    from balas.security.data_folder import hold

    data = settings.balas_data_dir
    aside = data / "index.new"
    try:
        with hold(data):
            shutil.rmtree(aside, ignore_errors=True)  # of one that was broken off
            with open_runtime(settings, index_dir=aside) as runtime, progress_display() as display:
                runtime.library.open(lambda done, total: display.show(done, total, "documents"))
                passages = runtime.library.status().passages or 0
            _take_over(aside, data / "index")
            # The next command derives its index anew; a command that has it open writes this file again and keeps it.
            (data / "index-of-commands" / "state.json").unlink(missing_ok=True)
    except Conflict as error:
        raise Conflict(
            f"`balas up` runs on {data} and has its index open: stop it, run balas reindex, start it again"
        ) from error
    return passages


def _take_over(aside: Path, current: Path) -> None:
    """If it is killed between the two renames there is no index: the next start derives it from the database."""
    former = current.with_name("index.old")
    shutil.rmtree(former, ignore_errors=True)
    if current.exists():
        current.rename(former)
    aside.rename(current)
    shutil.rmtree(former, ignore_errors=True)
