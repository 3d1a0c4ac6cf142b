"""What a query may hold: types and models; unknown names are refused."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Self

from fastapi import Path
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from balas.api.paging import DEFAULT_LIMIT, MAX_LIMIT
from balas.database.bounds import moment_within
from balas.knowledge.uploads import Terms
from balas.values import MAX_ROW_ID, Role, audience_list, audiences_in

_LOST_PLUS = re.compile(r"(:\d\d(?:\.\d+)?) (\d\d:?\d\d)$")
_ADDRESS = re.compile(r"@(c\.us|s\.whatsapp\.net)$")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_NUMBER = re.compile(r"\+?[0-9 .()/\-]*[0-9][0-9 .()/\-]*")


def digits_of(phone: str) -> str:
    """ "+62 811-555" and "62811555@c.us" are both 62811555. Raises ValueError for what is no number."""
    number = _ADDRESS.sub("", phone.strip())
    if not _NUMBER.fullmatch(number):
        raise ValueError("write the whole number with its country code, for example +62 811 555 0101")
    return re.sub(r"[^0-9]", "", number)


def _with_plus(value: object) -> object:
    # the "+" of an offset, when it was not escaped in the address, arrives as a space
    return _LOST_PLUS.sub(r"\1+\2", value) if isinstance(value, str) else value


def _whole_day(value: object, days: int) -> object:
    """A bare date as a moment: its beginning, or with `days` = 1 its end."""
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            return datetime.fromisoformat(value).replace(tzinfo=UTC) + timedelta(days=days)
        except (ValueError, OverflowError):
            return value
    return value


def printable(text: str) -> str:
    if "\x00" in text:
        raise ValueError("no text holds the character NUL")
    return text


Phone = Annotated[
    str,
    Field(
        max_length=64,
        description="The whole number with its country code; only the digits count.",
        examples=["+62 811-555-0101"],
    ),
    AfterValidator(digits_of),
]
Moment = Annotated[datetime, BeforeValidator(_with_plus), AfterValidator(moment_within)]
Since = Annotated[Moment, Field(description="At this moment or later (ISO 8601).", examples=["2026-03-01T00:00:00Z"])]
Until = Annotated[Moment, Field(description="Before this moment (ISO 8601).", examples=["2026-04-01T00:00:00Z"])]
ValidFrom = Annotated[
    Moment,
    BeforeValidator(lambda value: _whole_day(value, 0)),
    Field(description="Found from this moment on; a date: from its beginning, UTC.", examples=["2026-03-01"]),
]
ValidUntil = Annotated[
    Moment,
    BeforeValidator(lambda value: _whole_day(value, 1)),
    Field(
        description="From this moment on it is not found any more; a date: to its end, UTC.", examples=["2026-12-31"]
    ),
]
AudienceName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$", examples=["parents"])]
Audiences = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9_-]{1,64}(,[A-Za-z0-9_-]{1,64}){0,31}$",
        max_length=512,
        description="`public` is everybody; any other name, only the people who belong to it. Several names are "
        "separated by commas.",
        examples=["public"],
    ),
    AfterValidator(lambda text: audience_list(audiences_in(text))),
]
AUDIENCE_LEFT_OUT = "Left out: it stays as it was, and something new is for everybody."
GivenAudience = Annotated[Audiences | None, Field(description=AUDIENCE_LEFT_OUT, examples=["staff"])]
Category = Annotated[
    str,
    BeforeValidator(lambda text: " ".join(text.split()) if isinstance(text, str) else text),
    Field(
        min_length=1, max_length=64, description="A name of your own by which you group documents.", examples=["fees"]
    ),
    AfterValidator(printable),
]
RowId = Annotated[int, Field(ge=1, le=MAX_ROW_ID)]
# 0 may be asked for, and is not found, like any id that no row has
PathId = Annotated[int, Path(ge=0, le=MAX_ROW_ID, examples=[1])]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Listing(Strict):
    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT, description="How many items a page holds.")] = DEFAULT_LIMIT
    cursor: Annotated[
        str | None, Field(description="The `next_cursor` of the page before; left out: the first page.")
    ] = None


class TermsFields(Strict):
    """What may be given with a document beside its content."""

    category: Category | None = None
    valid_from: ValidFrom | None = None
    valid_until: ValidUntil | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.valid_from is not None and self.valid_until is not None and self.valid_from >= self.valid_until:
            raise ValueError("valid_from must lie before valid_until")
        return self

    def terms(self) -> Terms:
        return Terms(self.category, self.valid_from, self.valid_until)

    def said(self) -> Terms | None:
        """None where nothing is given: a new version keeps what the one before had."""
        return self.terms() if self.model_fields_set & TermsFields.model_fields.keys() else None


class MessageQuery(Listing):
    phone: Phone | None = None
    role: Annotated[Role | None, Field(description="Who wrote it.", examples=["user"])] = None
    conversation_id: RowId | None = None
    since: Since | None = None
    until: Until | None = None
    q: Annotated[
        str | None,
        AfterValidator(lambda text: text if text is None else printable(text)),
        Field(min_length=1, max_length=500, description="Part of the text, taken literally.", examples=["refund"]),
    ] = None


class ConversationQuery(Listing):
    phone: Phone | None = None
    user_id: RowId | None = None
    waiting: Annotated[
        bool | None,
        Field(description="`true`: only those that wait for a person of the team; `false`: only the others."),
    ] = None


class UserQuery(Listing):
    phone: Phone | None = None


class SpanQuery(Strict):
    since: Since | None = None
    until: Until | None = None
