"""The fixed line that answers a turn in which nobody asks anything."""

from __future__ import annotations

from balas.rag.talk.phrases import phrase
from balas.rag.talk.smalltalk import Pleasantry, Smalltalk
from balas.rag.talk.unknown import ASKED, MENTIONING
from balas.rag.trace import Trace
from balas.values import Answer

WORDLESS = frozenset({Smalltalk.EMOJI, Smalltalk.GIBBERISH})  # a detector takes their letters for any language


def answered(told: Pleasantry, language: str, name: str | None, trace: Trace) -> Answer:
    """`language` is spoken where the small talk does not tell; `name` is the assistant's."""
    spoken = told.language or language
    trace.note(decision=f"small talk: {told.kind.value}")
    line = phrase(told.kind.value, spoken)
    if told.kind is Smalltalk.BOT and name:
        line = f"{name}. {line}"
    if told.kind in MENTIONING:
        trace.note(offered=True)
    handover = ASKED if told.kind is Smalltalk.HUMAN else None
    return Answer(line, abstained=False, language=spoken, mode="smalltalk", handover=handover)
