"""`balas erase`"""

from __future__ import annotations

from typing import Annotated

import typer

from balas.cli.operating import operating


def erase(
    person: Annotated[str, typer.Argument(metavar="PHONE|USER_ID", help="A number with its country code, or an id.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the receipt as JSON; needs --yes.")] = False,
) -> None:
    """Erase a person: everything said by, to or about them. It cannot be undone."""
    import json as encoder
    import re

    from balas.api.users import erased
    from balas.conversations.erasure import PHONE_DIGITS

    digits = re.sub(r"[\s().-]", "", person).removeprefix("+")
    if not (digits.isascii() and digits.isdecimal()) or len(digits) >= PHONE_DIGITS.stop:
        raise typer.BadParameter("give a number with its country code, such as +628115550101, or a user's id")
    if json and not yes:
        raise typer.BadParameter("--json needs --yes: there is nobody to ask")
    if not yes:
        typer.confirm("Everything of this person will be removed for good. Go on?", abort=True)
    by_phone = person.strip().startswith("+") or len(digits) in PHONE_DIGITS
    with operating() as runtime:
        receipt = erased(runtime, phone=digits) if by_phone else erased(runtime, user_id=int(digits))
    if json:
        typer.echo(encoder.dumps({"receipt_id": receipt.receipt_id, "erased": receipt.erased}))
        return
    typer.echo(f"Erased. Receipt {receipt.receipt_id}:")
    for table, count in receipt.erased.items():
        typer.echo(f"  {table}: {count}")
