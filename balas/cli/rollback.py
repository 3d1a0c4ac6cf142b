"""`balas rollback`"""

from __future__ import annotations

from typing import Annotated

import typer


def rollback(
    document: Annotated[str, typer.Argument(help="Its id, or its title or file name when only one has it.")],
    json: Annotated[bool, typer.Option("--json", help="Print the document as JSON.")] = False,
) -> None:
    """Bring the previous version of a document back, in one switch."""
    from balas import audit
    from balas.api.document_schemas import DocumentItem
    from balas.bootstrap import open_runtime
    from balas.knowledge import publishing
    from balas.settings import load_settings
    from balas.telemetry import configure_logging

    configure_logging("ERROR")
    with open_runtime(load_settings()) as runtime, audit.acting(audit.COMMAND):
        found = publishing.roll_back(runtime.database, publishing.named(runtime.database, document))
    if json:
        typer.echo(DocumentItem.of(found).model_dump_json(indent=2))
    else:
        typer.echo(f"{found.title}: version {found.live_version} answers again.")
