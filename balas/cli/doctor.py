"""`balas doctor`"""

from __future__ import annotations

from typing import Annotated

import typer


def doctor(json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False) -> None:
    """Check every dependency and say what to fix; exit 1 if something is broken."""
    from balas.cli.diagnosis import Verdict, diagnose
    from balas.settings import load_settings
    from balas.telemetry import configure_logging

    configure_logging("ERROR")
    settings = load_settings()
    remarks = []
    for remark in diagnose(settings):
        remarks.append(remark)
        if not json:
            typer.echo(remark.line())
    failed = any(remark.verdict is Verdict.FAILED for remark in remarks)
    if json:
        import json as encoder

        typer.echo(encoder.dumps({"healthy": not failed, "checks": [remark.as_json() for remark in remarks]}, indent=2))
    if failed:
        broken = ", ".join(remark.name for remark in remarks if remark.verdict is Verdict.FAILED)
        typer.echo(f"balas: not well: {broken}", err=True)
        raise typer.Exit(1)
