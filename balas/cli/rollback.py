"""`balas rollback`"""

from __future__ import annotations

from typing import Annotated

import typer

from balas.cli.operating import operating


def rollback(
    document: Annotated[str, typer.Argument(help="Its id, or its title or file name when only one has it.")],
    json: Annotated[bool, typer.Option("--json", help="Print the document as JSON.")] = False,
) -> None:
    """Bring the previous version of a document back, in one switch."""
    from balas.api.document_schemas import DocumentItem
    from balas.knowledge import publishing

    with operating() as runtime:
        found = publishing.roll_back(runtime.database, publishing.named(runtime.database, document))
    if json:
        typer.echo(DocumentItem.of(found).model_dump_json(indent=2))
    else:
        typer.echo(f"{found.title}: version {found.live_version} answers again.")
