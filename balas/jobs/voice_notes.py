"""The voice notes of a turn -> text, before the turn is answered.

A step of its own: what was heard is written down like an edit, and the turn begins anew with it. So an answer that is
tried again does not pay for the same note twice, and a spoken "yes" is understood as a written one.
"""

from __future__ import annotations

from functools import partial

from balas.conversations import changes, turns
from balas.database.session import persist
from balas.errors import BudgetSpent, GatewayRejected, LeaseLost, ModelRejected, Transient
from balas.ports import JobName, Reserve, Ring
from balas.rag.model_client import ModelRefusesUs
from balas.rag.transcriber import Transcriber
from balas.runtime import Runtime
from balas.telemetry import logger
from balas.values import SPOKEN, InboundMessage

MOST_TRIES = 3  # a few seconds each; then the person is asked to write

log = logger("voice_notes")


def unheard(work: turns.Work) -> list[InboundMessage]:
    """Those with a file that nobody has listened to."""
    return [one for one in work.messages if one.kind in SPOKEN and one.media is not None and not one.text.strip()]


def hear(runtime: Runtime, transcriber: Transcriber, work: turns.Work, reserve: Reserve) -> Ring:
    """Listen to all of them; raises `Transient` when that may work a little later."""
    for message in unheard(work):
        text = _text(runtime, transcriber, work, message, reserve)
        persist(
            runtime.database,
            partial(changes.hear, work=work, bare_id=message.bare_id, words=text),
        )
    persist(runtime.database, lambda session: turns.begin_anew(session, work))
    return Ring(JobName.GENERATE_RESPONSE, work.turn_id)


def _text(
    runtime: Runtime, transcriber: Transcriber, work: turns.Work, message: InboundMessage, reserve: Reserve
) -> str:
    """What is said; "" where nothing can be heard."""
    try:
        sound = runtime.gateway.download(work.waha_session, message)
        settle = reserve(0.0)
        mimetype = message.media.mimetype if message.media else None
        text = transcriber.transcribe(sound, mimetype, work.language)
        settle(0.0)
    except (LeaseLost, BudgetSpent):
        raise
    except (GatewayRejected, ModelRejected, ModelRefusesUs) as error:
        failure: Exception = error
    except Transient as error:
        if work.attempts < MOST_TRIES:
            raise
        failure = error
    else:
        runtime.metrics.voice_notes.labels("heard" if text else "silent").inc()
        return text
    log.warning("voice_note_not_heard", error=type(failure).__name__, why=str(failure))
    runtime.metrics.voice_notes.labels("failed").inc()
    return ""
