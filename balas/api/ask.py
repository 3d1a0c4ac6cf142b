"""POST /api/ask: an answer as a chat would get it, without a chat."""

from __future__ import annotations

from balas.access import Scope
from balas.api.admission import Area
from balas.api.ask_schemas import AskAnswer, AskRequest
from balas.api.deps import CallerDep, RuntimeDep, protected_router
from balas.rag.question import Question
from balas.runtime import Runtime
from balas.values import PUBLIC, Utterance, audiences_in

router = protected_router(Area.ASK)


@router.post("/ask", summary="Answer a question from the documents")
def ask(runtime: RuntimeDep, caller: CallerDep, request: AskRequest) -> AskAnswer:
    """`abstained` is true when the documents do not hold the answer; `answer` then says so."""
    if request.audience != PUBLIC:
        caller.need(Scope.ASK_AUDIENCES)
    return answered(runtime, request)


def answered(runtime: Runtime, request: AskRequest) -> AskAnswer:
    question = Question(
        lines=(request.question,),
        history=tuple(Utterance(line.role, line.text) for line in request.history),
        audiences=frozenset({PUBLIC}) | audiences_in(request.audience),
    )
    return AskAnswer.of(runtime.answered(question))
