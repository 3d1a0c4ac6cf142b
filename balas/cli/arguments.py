"""Turns what the API's models refuse into wrong usage of a command."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer

NAMES = "names of letters, digits, - and _ (64 of them at most), a comma between two names: parents,staff"
WORDED = {
    "string_too_short": "it may not be empty",
    "string_too_long": "it may hold {max_length} characters at most",
}
POSITIONAL = frozenset({"question", "query"})


@contextmanager
def checked(*only: str) -> Iterator[None]:
    """Names the argument that a model refuses; `only` names it where a bare type was checked."""
    from pydantic import ValidationError

    try:
        yield
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)[0]
        name = str([*found["loc"], *only][0]) if found["loc"] or only else ""
        hint = name if name in POSITIONAL or not name else f"--{name.replace('_', '-')}"
        raise typer.BadParameter(_worded(name, found), param_hint=f"'{hint}'" if hint else None) from error


def _worded(name: str, found: Any) -> str:
    if name == "audience":
        return NAMES
    worded = WORDED.get(found["type"])
    return worded.format(**found["ctx"]) if worded else str(found["msg"]).removeprefix("Value error, ")
