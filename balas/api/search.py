"""POST /api/search: the passages that answers are made from."""

from __future__ import annotations

from balas.access import Scope
from balas.api.admission import Area
from balas.api.ask_schemas import Hit, SearchAnswer, SearchRequest
from balas.api.deps import CallerDep, RuntimeDep, protected_router
from balas.runtime import Runtime
from balas.values import PUBLIC, Retrieval, audiences_in

router = protected_router(Area.ASK)


@router.post("/search", summary="Find passages")
def search(runtime: RuntimeDep, caller: CallerDep, request: SearchRequest) -> SearchAnswer:
    if request.audience != PUBLIC:
        caller.need(Scope.ASK_AUDIENCES)
    return found(runtime, request)


def found(runtime: Runtime, request: SearchRequest) -> SearchAnswer:
    audiences = frozenset({PUBLIC}) | audiences_in(request.audience)
    retrieval: Retrieval = runtime.library.search(request.query, limit=request.limit, audiences=audiences)
    return SearchAnswer(
        hits=[Hit.of(passage) for passage in retrieval.passages],
        language=retrieval.language,
        answerable=round(retrieval.answerable, 4),
    )
