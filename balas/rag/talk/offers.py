""" "Yes, please" right after we offered a person is a wish for one."""

from __future__ import annotations

from balas.rag.question import Question
from balas.rag.talk.phrases import primary
from balas.rag.talk.smalltalk import Pleasantry, Smalltalk, smalltalk
from balas.rag.talk.unknown import language_of_mention, language_of_offer
from balas.rag.talk.wishes import Reply, asks_for_help, is_only_fine, reply_to_offer
from balas.values import Role

KINDS = {Reply.ACCEPTED: Smalltalk.HUMAN, Reply.REFUSED: Smalltalk.OK}


def reply_in(question: Question) -> Pleasantry | None:
    """What a turn says to our offer of a person; None when something else is said.

    Where none was made, "yes, please" asks for nothing: what was asked before it has had its answer."""
    offered = _language_of_offer(question)
    spoken = offered or (primary(question.language) if question.language else None)
    told = reply_to_offer(question.lines, spoken)
    if told is None:
        return None
    reply, language = told
    if offered is not None and not (_is_mentioned(question) and is_only_fine(question.lines)):
        return Pleasantry(KINDS[reply], language or offered)
    asks = "?" in question.text or asks_for_help(question.text)
    if asks or all(smalltalk(line, spoken) for line in question.lines if line.strip()):
        return None
    return Pleasantry(Smalltalk.OK, language or spoken)


def _language_of_offer(question: Question) -> str | None:
    """Who asks over the API brings texts alone: of the last of them its words tell."""
    last = question.history[-1] if question.history else None
    if question.offered is None:
        is_ours = last is not None and last.role is Role.ASSISTANT
        return (language_of_offer(last.text) or language_of_mention(last.text)) if last and is_ours else None
    return primary(question.language) if question.offered else None


def _is_mentioned(question: Question) -> bool:
    """Did we say so beside something else? An "ok" is an answer to that."""
    return bool(question.history) and language_of_mention(question.history[-1].text) is not None
