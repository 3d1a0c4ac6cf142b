"""`balas ask`"""

from __future__ import annotations

from typing import Annotated, Any

import typer


def ask(
    question: Annotated[str, typer.Argument(help="As a person would write it in a chat.")],
    audience: Annotated[str, typer.Option(help="Whose documents are used besides the public ones.")] = "public",
    json: Annotated[bool, typer.Option("--json", help="Print what POST /api/ask answers.")] = False,
) -> None:
    """Answer a question from the documents, with sources and how the answer came about."""
    from balas.api.ask import answered
    from balas.api.ask_schemas import AskRequest
    from balas.bootstrap import open_runtime
    from balas.cli.arguments import checked
    from balas.cli.index_folder import kept_index
    from balas.settings import load_settings
    from balas.telemetry import configure_logging

    configure_logging("ERROR")
    with checked():
        request = AskRequest(question=question, audience=audience)
    settings = load_settings()
    with kept_index(settings.balas_data_dir) as folder, open_runtime(settings, index_dir=folder) as runtime:
        answer = answered(runtime, request)
    if json:
        typer.echo(answer.model_dump_json(indent=2))
        return
    typer.echo(answer.answer)
    for source in answer.sources:
        page = f", p. {source.page}" if source.page else ""
        page += f", {source.heading.partition(' › ')[0]}" if source.rows and source.heading else ""
        page += f", row {', '.join(map(str, source.rows))}" if source.rows else ""
        address = f" ({source.url})" if source.url else ""
        typer.echo(f"\n— {source.title}{page}{address}: “{source.quote}”")
    typer.echo(f"\n({', '.join(_facts(answer.trace, abstained=answer.abstained))})")


def _facts(trace: dict[str, Any], *, abstained: bool) -> list[str]:
    facts = ["no answer in the documents" if abstained else f"{trace.get('mode')}", f"language {trace.get('language')}"]
    if trace.get("decision"):
        facts.append(str(trace["decision"]))
    times = trace.get("times") or {}
    return facts + [f"{stage} {milliseconds:.0f} ms" for stage, milliseconds in times.items()]
