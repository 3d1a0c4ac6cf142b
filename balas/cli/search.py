"""`balas search`"""

from __future__ import annotations

from typing import Annotated

import typer

EXCERPT = 240


def search(
    query: Annotated[str, typer.Argument(help="What to look for.")],
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many passages.")] = 5,
    audience: Annotated[str, typer.Option(help="Whose documents are searched besides the public ones.")] = "public",
    json: Annotated[bool, typer.Option("--json", help="Print what POST /api/search answers.")] = False,
) -> None:
    """Show the passages that an answer would be made from, with their scores."""
    from balas.api.ask_schemas import SearchRequest
    from balas.api.search import found
    from balas.bootstrap import open_runtime
    from balas.cli.arguments import checked
    from balas.cli.index_folder import kept_index
    from balas.settings import load_settings
    from balas.telemetry import configure_logging

    configure_logging("ERROR")
    with checked():
        request = SearchRequest(query=query, limit=limit, audience=audience)
    settings = load_settings()
    with kept_index(settings.balas_data_dir) as folder, open_runtime(settings, index_dir=folder) as runtime:
        answer = found(runtime, request)
    if json:
        typer.echo(answer.model_dump_json(indent=2))
        return
    for rank, hit in enumerate(answer.hits, 1):
        page = f", p. {hit.page}" if hit.page else ""
        scores = f"meaning {hit.dense:.2f}, words {hit.words:.2f}, letters {hit.characters:.2f}"
        typer.echo(f"{rank}. {hit.title}{page}  {hit.score:.2f} ({scores})")
        text = " ".join(hit.text.split())
        typer.echo(f"   {text[:EXCERPT]}{'…' if len(text) > EXCERPT else ''}")
    if not answer.hits:
        typer.echo("Nothing is indexed yet: balas ingest PATH")
