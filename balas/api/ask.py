"""POST /api/ask: an answer as a chat would get it, without a chat."""

from __future__ import annotations

from balas.api.ask_schemas import AskAnswer, AskRequest
from balas.api.deps import RuntimeDep, protected_router
from balas.conversations import spending
from balas.database import clock
from balas.database.session import reading, transaction
from balas.knowledge import sources
from balas.rag.question import Question
from balas.runtime import Runtime
from balas.values import PUBLIC, Utterance, audiences_in

router = protected_router("answers")


@router.post("/ask", summary="Answer a question from the documents")
def ask(runtime: RuntimeDep, request: AskRequest) -> AskAnswer:
    """`abstained` is true when the documents do not hold the answer; `answer` then says so."""
    return answered(runtime, request)


def answered(runtime: Runtime, request: AskRequest) -> AskAnswer:
    question = Question(
        lines=(request.question,),
        history=tuple(Utterance(line.role, line.text) for line in request.history),
        audiences=frozenset({PUBLIC}) | audiences_in(request.audience),
    )

    def reserve() -> None:
        with transaction(runtime.database) as session:
            spending.reserve(session, None, spending.caps_of(runtime.settings), clock.now(session))

    answer = runtime.library.answer(question, reserve=reserve)
    if answer.sources:
        with reading(runtime.database) as session:
            answer = sources.addressed(session, answer)
    if answer.usage.cost:
        with transaction(runtime.database) as session:
            spending.add_cost(session, answer.usage.cost, clock.now(session))
    return AskAnswer.of(answer)
