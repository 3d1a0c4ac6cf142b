"""/api/audiences: which phone numbers belong to which audience. Everybody belongs to `public`."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query
from pydantic import BaseModel, Field

from balas.api.admission import Area
from balas.api.deps import RuntimeDep, protected_router
from balas.api.idempotency import IdempotentRoute
from balas.api.paging import seal, unseal
from balas.api.parameters import AudienceName, Listing, Phone, Strict
from balas.api.schemas import Page, example
from balas.conversations import audiences
from balas.database.clock import now
from balas.database.session import reading, transaction
from balas.errors import InvalidRequest, NotFound
from balas.values import PUBLIC

MAX_NUMBERS = 10_000

router = protected_router(Area.CONVERSATIONS, route_class=IdempotentRoute)

Name = Annotated[AudienceName, Path(examples=["parents"])]


class AudienceItem(BaseModel):
    model_config = example({"name": "parents", "numbers": 214})

    name: str
    numbers: int = Field(description="How many phone numbers belong to it.")


class AudiencePage(Page):
    model_config = example({"items": [{"name": "parents", "numbers": 214}], "next_cursor": None})

    items: list[AudienceItem]


class Numbers(Strict):
    model_config = example({"phones": ["+62 811-555-0101", "628115550102"]})

    phones: Annotated[list[Phone], Field(min_length=1, max_length=MAX_NUMBERS)]


class NumberList(BaseModel):
    model_config = example({"name": "parents", "phones": ["628115550101", "628115550102"], "next_after": None})

    name: str
    phones: list[str] = Field(description="Digits only, in order.")
    next_after: str | None = Field(description="Pass as `after` for more; null: these were the last.")


class NumbersQuery(Strict):
    after: Annotated[str, Field(max_length=32, description="Only numbers that come after this one.")] = ""
    limit: Annotated[int, Field(ge=1, le=MAX_NUMBERS)] = 1_000


@router.get("/audiences", summary="Audiences and how many numbers each has")
def list_audiences(runtime: RuntimeDep, query: Annotated[Listing, Query()]) -> AudiencePage:
    """By name."""
    key = runtime.secrets.api_key
    after = unseal(key, "audiences", query.cursor).decode() if query.cursor is not None else ""
    with reading(runtime.database) as session:
        # Every page counts all of them: an installation has a handful.
        found = [AudienceItem(name=name, numbers=n) for name, n in audiences.sizes(session) if name > after]
    page = found[: query.limit]
    next_cursor = seal(key, "audiences", page[-1].name.encode()) if len(found) > query.limit else None
    return AudiencePage(items=page, next_cursor=next_cursor)


@router.get("/audiences/{name}", summary="The numbers of an audience")
def get_audience(runtime: RuntimeDep, name: Name, query: Annotated[NumbersQuery, Query()]) -> NumberList:
    with reading(runtime.database) as session:
        found = audiences.numbers(session, name, query.after, query.limit + 1)
    page = list(found[: query.limit])
    return NumberList(name=name, phones=page, next_after=page[-1] if len(found) > query.limit else None)


@router.post("/audiences/{name}", summary="Give numbers an audience")
def add_numbers(runtime: RuntimeDep, name: Name, numbers: Numbers) -> AudienceItem:
    """Numbers are compared by all of their digits. It holds from the next answer on."""
    if name == PUBLIC:
        raise InvalidRequest("Everybody belongs to public: choose another name.")
    with transaction(runtime.database) as session:
        audiences.add(session, name, numbers.phones, now(session))
        return AudienceItem(name=name, numbers=dict(audiences.sizes(session)).get(name, 0))


@router.delete("/audiences/{name}", status_code=204, summary="Take an audience from everybody")
def delete_audience(runtime: RuntimeDep, name: Name) -> None:
    with transaction(runtime.database) as session:
        if not audiences.remove(session, name):
            raise NotFound("No number belongs to this audience.")


@router.delete("/audiences/{name}/{phone}", status_code=204, summary="Take an audience from a number")
def delete_number(runtime: RuntimeDep, name: Name, phone: Annotated[Phone, Path(examples=["628115550101"])]) -> None:
    with transaction(runtime.database) as session:
        if not audiences.remove(session, name, {phone}):
            raise NotFound("This number does not belong to this audience.")
