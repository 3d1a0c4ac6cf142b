"""`balas ingest`"""

from __future__ import annotations

from typing import Annotated

import typer


def ingest(
    places: Annotated[list[str], typer.Argument(metavar="PATH|URL…", help="Files, folders, addresses, .jsonl files.")],
    audience: Annotated[
        str | None, typer.Option(help="Who the documents are for; `public` is everybody. Left out: as it was.")
    ] = None,
    crawl: Annotated[bool, typer.Option("--crawl", help="Read the whole website of each address.")] = False,
    pages: Annotated[int, typer.Option(min=1, max=5000, help="With --crawl: how many pages at most.")] = 200,
    depth: Annotated[int, typer.Option(min=0, max=20, help="With --crawl: how many links away.")] = 5,
    every_hours: Annotated[
        int, typer.Option(min=0, max=8760, help="With --crawl: how often it is read again; 0: only when asked.")
    ] = 24,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Read documents and index them, beside a running `balas up` or without one."""
    from pydantic import TypeAdapter

    from balas import audit
    from balas.api.parameters import Audiences
    from balas.bootstrap import open_runtime
    from balas.cli.arguments import checked
    from balas.cli.ingest_run import IngestRun
    from balas.cli.progress import progress_display
    from balas.knowledge.websites import Wish
    from balas.settings import load_settings
    from balas.telemetry import configure_logging

    configure_logging("ERROR")
    if audience is not None:
        with checked("audience"):
            audience = TypeAdapter[str](Audiences).validate_python(audience)
    with open_runtime(load_settings()) as runtime, progress_display() as display, audit.acting(audit.COMMAND):
        run = IngestRun(runtime, display, audience, places)
        for place in places:
            if crawl and "://" in place:
                run.crawl(Wish(place, audience, pages, depth, every_hours))
            else:
                run.take_in(place)
        run.index()
    if json:
        typer.echo(run.as_json())
    else:
        for line in run.summary():
            typer.echo(line)
    for name, reason in run.failed:
        typer.echo(f"balas: {name}: {reason}", err=True)
    if run.failed or not run.documents:
        raise typer.Exit(1)
