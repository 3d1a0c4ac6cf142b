"""`balas init`"""

from __future__ import annotations

from pathlib import Path

import typer

ENV_FILE = Path(".env")


def init() -> None:
    """Ask for the few settings that matter, test each answer, and write `.env`."""
    import os

    from balas.cli.init_questions import ask_model, ask_waha
    from balas.errors import Conflict

    file = ENV_FILE.resolve()
    if not os.access(file if file.exists() else file.parent, os.W_OK):  # told before anything is asked
        raise Conflict(f"{file} cannot be written: start `balas init` in a folder of your own")
    if file.exists() and not typer.confirm(f"{ENV_FILE} exists; write a new one?", default=False):
        raise Conflict(f"{ENV_FILE} stays as it is")
    typer.echo("Enter skips a question; everything can be changed later in .env.\n")
    _write(file, [*ask_model(), *ask_waha()])
    typer.echo(f"\nWrote {ENV_FILE}. Start with: balas up")


def _write(file: Path, lines: list[tuple[str, str]]) -> None:
    """Whole or not at all: a full disk must not cost the settings that were there."""
    new = file.with_name(f"{file.name}.new")
    new.touch(mode=0o600)
    new.chmod(0o600)
    new.write_text("".join(f"{name}={_quoted(value)}\n" for name, value in lines), encoding="utf-8")
    new.replace(file)


def _quoted(value: str) -> str:
    """As it stands where that is read back the same: a quote, `#` or `$` has a meaning in such a file."""
    if value.isascii() and not set(value) & set("'\"#$\\ "):
        return value
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
