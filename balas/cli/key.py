"""`balas key`: keys of the HTTP API that open a part of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from balas.cli.operating import operating
from balas.values import MAX_ROW_ID

if TYPE_CHECKING:
    from balas.api.keys import KeyItem

app = typer.Typer(
    help="Keys of the HTTP API that open a part of it, beside the first one, which opens everything.",
    no_args_is_help=True,
)
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="Who it is for.")],
    scope: Annotated[
        list[str],
        typer.Option(
            help="ask, ask:audiences, figures, knowledge:read, knowledge:write, conversations:read, "
            "conversations:write or admin; give it once for each."
        ),
    ],
    days: Annotated[int | None, typer.Option(help="How long it opens; without it until it is revoked.")] = None,
    json: Json = False,
) -> None:
    """Give out a key. It is printed now and never again."""
    from balas.api.keys import NewKey, add_key
    from balas.cli.arguments import checked

    with checked():
        wanted = NewKey.model_validate({"name": name, "scopes": scope, "days": days})
    with operating() as runtime:
        issued = add_key(runtime, wanted)
    if json:
        typer.echo(issued.model_dump_json())
        return
    typer.echo(_line(issued), err=True)
    typer.echo(issued.key)


@app.command("list")
def list_(json: Json = False) -> None:
    """Show the keys that were given out, newest first; never the keys themselves."""
    from balas.api.keys import list_keys
    from balas.api.paging import MAX_LIMIT
    from balas.api.parameters import Listing

    found: list[KeyItem] = []
    with operating() as runtime:
        cursor = None
        while True:
            page = list_keys(runtime, Listing(limit=MAX_LIMIT, cursor=cursor))
            found += page.items
            if (cursor := page.next_cursor) is None:
                break
    if json:
        typer.echo(f"[{','.join(item.model_dump_json() for item in found)}]")
        return
    for item in found:
        typer.echo(_line(item))
    typer.echo("No key was given out." if not found else f"{len(found)} keys")


@app.command()
def revoke(key_id: Annotated[int, typer.Argument(metavar="ID", min=1, max=MAX_ROW_ID, help="As listed.")]) -> None:
    """Revoke a key: it opens nothing any more."""
    from balas.api.keys import revoke_key

    with operating() as runtime:
        revoke_key(runtime, key_id)
    typer.echo(f"Key {key_id} is revoked.")


def _line(item: KeyItem) -> str:
    if item.revoked_at is not None:
        state = f"revoked {item.revoked_at:%Y-%m-%d}"
    elif item.expires_at is not None:
        state = f"until {item.expires_at:%Y-%m-%d}"
    else:
        state = "until revoked"
    used = f"last used {item.last_used_at:%Y-%m-%d}" if item.last_used_at else "never used"
    return f"{item.id}  {item.name}  [{', '.join(item.scopes)}]  {state}, {used}"
