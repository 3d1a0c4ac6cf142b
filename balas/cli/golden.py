"""`balas golden`: questions whose answers are known."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from balas.cli.operating import operating
from balas.values import MAX_ROW_ID

if TYPE_CHECKING:
    from balas.api.gate_schemas import GateReportItem
    from balas.api.golden_schemas import GoldenItem

app = typer.Typer(
    help="Questions whose answers are known: asked before and after each change of documents, prompts and settings.",
    no_args_is_help=True,
)
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("list")
def list_(
    drafts: Annotated[bool, typer.Option("--drafts", help="Those that nobody has approved yet.")] = False,
    json: Json = False,
) -> None:
    """Show golden questions, newest first."""
    from balas.cli.golden_files import everything

    with operating() as runtime:
        found = [item for item in everything(runtime) if not drafts or not item.approved]
    if json:
        typer.echo(f"[{','.join(item.model_dump_json() for item in found)}]")
        return
    for item in found:
        typer.echo(_line(item))
    typer.echo(f"{len(found)} golden questions, {sum(item.approved for item in found)} of them approved")


@app.command()
def add(
    question: Annotated[str, typer.Argument(help="As a person would ask it.")],
    document: Annotated[str | None, typer.Option(help="Where the answer stands: id, title or file name.")] = None,
    expected: Annotated[str | None, typer.Option(help="What must be said; figures to the letter.")] = None,
    must_abstain: Annotated[bool, typer.Option("--must-abstain", help="No answer may be given.")] = False,
    language: Annotated[str | None, typer.Option(help="ISO 639-1.")] = None,
    audience: Annotated[str, typer.Option(help="Who asks.")] = "public",
) -> None:
    """Add a golden question, approved."""
    from balas.api.golden import added
    from balas.api.golden_schemas import NewGolden
    from balas.cli.arguments import checked
    from balas.knowledge import publishing

    with operating() as runtime:
        document_id = publishing.named(runtime.database, document) if document else None
        with checked():
            request = NewGolden(
                question=question,
                language=language,
                audience=audience,
                document_id=document_id,
                expected=expected,
                must_abstain=must_abstain,
            )
        item = added(runtime, request)
    typer.echo(_line(item))


@app.command()
def approve(
    ids: Annotated[list[int] | None, typer.Argument(min=1, max=MAX_ROW_ID, help="Which drafts.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All drafts.")] = False,
) -> None:
    """Let drafts count."""
    from balas.cli.golden_files import approve_all

    if bool(ids) == everything:
        raise typer.BadParameter("give ids, or --all")
    with operating() as runtime:
        count = approve_all(runtime, None if everything else ids)
    typer.echo(f"{count} approved")


@app.command("import")
def import_(
    path: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="As balas golden export writes it.")],
) -> None:
    """Take golden questions in from a file, a JSON object a line. Those that are there already are passed over."""
    from balas.cli.golden_files import imported

    with operating() as runtime:
        taken, known = imported(runtime, path.read_bytes())
    typer.echo(f"{taken} taken in, {known} were there already")


@app.command()
def export(
    path: Annotated[Path | None, typer.Argument(help="Where to; without it they are printed.")] = None,
) -> None:
    """Write all golden questions, a JSON object a line, documents by file name."""
    from balas.cli.golden_files import exported

    with operating() as runtime:
        lines = exported(runtime)
    if path is None:
        typer.echo("\n".join(lines))
    else:
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


@app.command()
def draft(
    document: Annotated[str | None, typer.Option(help="Only from this one: id, title or file name.")] = None,
    chats: Annotated[
        bool, typer.Option("--chats", help="From answers that were given, in place of documents.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, max=200, help="Of one document, or of all chats.")] = 40,
    json: Json = False,
) -> None:
    """Draft golden questions, for a person to approve. No model is asked."""
    from balas.api.golden_schemas import Drafted, GoldenItem
    from balas.knowledge import publishing, regression

    with operating() as runtime:
        document_id = publishing.named(runtime.database, document) if document else None
        rows, left_out = regression.draft(
            runtime.database, runtime.gate, document_id=document_id, chats=chats, limit=limit
        )
    found = Drafted(items=[GoldenItem.of(row) for row in rows], left_out=left_out)
    if json:
        typer.echo(found.model_dump_json(indent=2))
        return
    for item in found.items:
        typer.echo(_line(item))
    typer.echo(f"{len(rows)} drafted, {left_out} left out; approve them: balas golden approve --all")


@app.command()
def run(
    written: Annotated[
        bool, typer.Option("--written", help="Have the model write: a call each, within the caps.")
    ] = False,
    json: Json = False,
) -> None:
    """Ask all approved ones now. Exit 1 when one fell since the last time."""
    from balas.api.golden import asked

    with operating() as runtime:
        report = asked(runtime, written=written)
    typer.echo(report.model_dump_json(indent=2) if json else "\n".join(_report(report)))
    if report.falls:
        raise typer.Exit(1)


def _line(item: GoldenItem) -> str:
    state = "draft" if not item.approved else "" if item.result is None else "holds" if item.result.passes else "FAILS"
    wanted = "no answer" if item.must_abstain else (item.expected or f"document {item.document_id}")
    return f"{item.id:>5} {state:6} {item.question} → {' / '.join(wanted.split(chr(10)))}"


def _report(report: GateReportItem) -> Iterator[str]:
    after = report.after
    yield f"{after['questions']} asked: {after['passing']} hold"
    yield f"passage among the first four: {after['found']} of {after['found_of']}"
    yield f"answered from there: {after['answered']} of {after['answered_of']}"
    yield f"rightly not answered: {after['silent']} of {after['silent_of']}"
    for fall in report.falls:
        yield f"FELL {fall.golden_id or 'fact'} {fall.question}: {fall.reason}"
