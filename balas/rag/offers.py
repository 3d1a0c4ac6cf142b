""" "Yes, please" right after we offered a person is a wish for one."""

from __future__ import annotations

from balas.rag.phrases import primary
from balas.rag.question import Question
from balas.rag.smalltalk import Pleasantry, Smalltalk
from balas.rag.unknown import language_of_offer
from balas.rag.wishes import Reply, reply_to_offer
from balas.values import Role

KINDS = {Reply.ACCEPTED: Smalltalk.HUMAN, Reply.REFUSED: Smalltalk.OK}


def reply_in(question: Question) -> Pleasantry | None:
    """What a turn says to our offer of a person; None when none was made, or something else is said."""
    offered = _language_of_offer(question)
    told = reply_to_offer(question.lines, offered) if offered is not None else None
    return None if told is None else Pleasantry(KINDS[told[0]], told[1] or offered)


def _language_of_offer(question: Question) -> str | None:
    """Who asks over the API brings texts alone: of the last of them its words tell."""
    last = question.history[-1] if question.history else None
    if question.offered is None:
        return language_of_offer(last.text) if last is not None and last.role is Role.ASSISTANT else None
    return primary(question.language) if question.offered else None
