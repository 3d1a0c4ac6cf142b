"""`balas password`"""

from __future__ import annotations

import sys

import typer


def password() -> None:
    """Print an argon2id hash of the console's password, to be set as BALAS_ADMIN_PASSWORD in its place."""
    from balas.secret_rules import refuse_sample
    from balas.security.passwords import LONGEST, hashed

    if sys.stdin.isatty():
        given = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    else:
        given = sys.stdin.readline().rstrip("\r\n")
    if not 0 < len(given) <= LONGEST:
        raise typer.BadParameter(f"give a password of 1 to {LONGEST:,} characters, on one line")
    try:
        refuse_sample(given)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    typer.echo(hashed(given))
