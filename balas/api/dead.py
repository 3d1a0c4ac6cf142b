"""GET /api/dead: what could not be answered and why; POST /api/dead/{id}/retry and /api/dead/retry: back in line."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from balas.api.admission import Area
from balas.api.dead_schemas import DeadLetter, DeadPage, Revived, RevivedAll
from balas.api.deps import RuntimeDep, protected_router
from balas.api.idempotency import IdempotentRoute
from balas.api.paging import Pager
from balas.api.parameters import Listing, PathId
from balas.conversations import books, inbox, revival
from balas.conversations.archive import Place
from balas.database.clock import now
from balas.database.session import reading, transaction
from balas.errors import Conflict, NotFound
from balas.ports import JobName, Ring
from balas.runtime import revive_all

router = protected_router(Area.CONVERSATIONS, route_class=IdempotentRoute)


@router.get("/dead", summary="Messages that could not be answered")
def list_dead(runtime: RuntimeDep, query: Annotated[Listing, Query()]) -> DeadPage:
    pager = Pager(runtime.secrets.api_key, "dead", query.limit, query.cursor)
    with reading(runtime.database) as session:
        rows = books.dead_letters(session, pager.after, pager.rows_wanted)
        page, next_cursor = pager.cut(rows, lambda row: Place(row[0].received_at, row[0].id))
        return DeadPage(items=[DeadLetter.of(*row) for row in page], next_cursor=next_cursor)


@router.post("/dead/{inbox_id}/retry", status_code=202, summary="Try to answer a dead letter again")
def retry_dead(runtime: RuntimeDep, inbox_id: PathId) -> Revived:
    with transaction(runtime.database) as session:
        revived = inbox.revive(session, inbox_id, now(session))
    if revived is None:
        raise NotFound("There is no message with this id.")
    if not revived:
        raise Conflict("This message is not dead any more, or nothing in it can be answered.")
    runtime.queue.ring(Ring(JobName.PROCESS_MESSAGE, inbox_id))
    return Revived(id=inbox_id, status="queued")


@router.post("/dead/retry", status_code=202, summary="Try to answer all dead letters again")
def retry_all_dead(runtime: RuntimeDep) -> RevivedAll:
    """Left out are those that hold nothing to answer, and those whose answer may have been shown (`send outcome
    unknown`), or was shown in part: look at the phone, then try these one by one."""
    retried = revive_all(runtime.database, runtime.queue)
    with reading(runtime.database) as session:
        return RevivedAll(retried=retried, left=revival.left(session))
