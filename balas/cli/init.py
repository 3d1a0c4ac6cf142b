"""`balas init`"""

from __future__ import annotations

from pathlib import Path

import typer

ENV_FILE = Path(".env")


def init() -> None:
    """Ask for the few settings that matter, test each answer, and write `.env`."""
    from balas.cli.init_questions import ask_model, ask_waha

    if ENV_FILE.exists() and not typer.confirm(f"{ENV_FILE} exists; write a new one?", default=False):
        raise typer.Exit(1)
    typer.echo("Enter skips a question; everything can be changed later in .env.\n")
    lines = [*ask_model(), *ask_waha()]
    ENV_FILE.touch(mode=0o600)
    ENV_FILE.chmod(0o600)
    ENV_FILE.write_text("".join(f"{name}={value}\n" for name, value in lines), encoding="utf-8")
    typer.echo(f"\nWrote {ENV_FILE}. Start with: balas up")
