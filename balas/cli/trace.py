"""`balas trace`"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from balas.values import MAX_ROW_ID

if TYPE_CHECKING:
    from balas.api.trace_schemas import Replay, TraceItem

EXCERPT = 160


def trace(
    turn_id: Annotated[
        int, typer.Argument(metavar="ID", min=1, max=MAX_ROW_ID, help="The turn, as GET /api/traces lists it.")
    ],
    replay: Annotated[bool, typer.Option("--replay", help="Ask the same again now, and show what differs.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print what the API answers.")] = False,
) -> None:
    """Show how an answer came about, and with --replay what would be answered now."""
    from balas.api.traces import kept, replayed
    from balas.bootstrap import open_runtime
    from balas.cli.index_folder import kept_index
    from balas.settings import load_settings
    from balas.telemetry import configure_logging

    configure_logging("ERROR")
    settings = load_settings()
    with kept_index(settings.balas_data_dir) as folder, open_runtime(settings, index_dir=folder) as runtime:
        again = replayed(runtime, turn_id) if replay else None
        found = again.old if again else kept(runtime, turn_id)
    if json:
        typer.echo((again or found).model_dump_json(indent=2))
    else:
        typer.echo("\n".join(_compared(again) if again else _told(found)))


def _told(found: TraceItem) -> list[str]:
    lines = [found.question, "", found.answer, ""]
    lines += [f"— {one.title}{f', p. {one.page}' if one.page else ''}: “{one.quote}”" for one in found.sources]
    for line in found.trace.get("lines") or []:
        lines += [
            "",
            f"Understood as: {line.get('rewritten') or line['question']}  (answerable {line['answerable']:.2f})",
        ]
        lines += [_hit(rank, hit) for rank, hit in enumerate(line["hits"], 1)]
    lines += [f"check {one['check']}: {'kept' if one.get('kept') else 'left out'}" for one in found.trace["checks"]]
    facts = [found.outcome, found.mode, str(found.trace.get("decision")), f"{found.cost:.5f} spent"]
    return [*lines, "", f"({', '.join(facts)})"]


def _hit(rank: int, hit: dict[str, Any]) -> str:
    scores = f"meaning {hit['dense']:.2f}, words {hit['words']:.2f}, letters {hit['characters']:.2f}"
    return f"{rank}. {hit['title']}  {hit['score']:.2f} ({scores})  {' '.join(hit['text'].split())[:EXCERPT]}"


def _compared(found: Replay) -> list[str]:
    lines = [found.old.question, "", f"then: {found.old.answer}", f"now:  {found.new.answer}"]
    if not found.differences:
        return [*lines, "", "Nothing differs."]
    for one in found.differences:
        if one.what != "answer":
            lines += ["", f"{one.what}:", *_shown("-", one.old), *_shown("+", one.new)]
    return lines


def _shown(mark: str, value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [f"  {mark} {' '.join(str(one).split())[:EXCERPT]}" for one in values]
