"""Turn -> retrieval -> answer -> outbox rows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from balas.conversations import hidden_ids, loops, places, responses, spending, turns
from balas.conversations.turns import Overtaken
from balas.database import clock
from balas.database.claims import renew
from balas.database.session import persist, transaction
from balas.errors import BudgetSpent, MinuteSpent, Permanent, Transient
from balas.failpoints import failpoint
from balas.jobs import voice_notes
from balas.models import Turn
from balas.ports import JobName, Reserve, Ring, Settle
from balas.rag.question import Question
from balas.rag.talk.phrases import phrase
from balas.runtime import Runtime
from balas.telemetry import Metrics, logger
from balas.values import SEEN, Answer

# With a quick answer "typing…" would only flicker; send_to_waha shows it before the text.
TYPING_AFTER_SECONDS = 1.0

log = logger("generate_response")


def run(runtime: Runtime, row_id: int) -> Ring | None:
    """Safe to run twice: the turn is claimed, and its answer is saved once."""
    if not runtime.warmed_up.is_set():
        # Turns that loaded what is missing themselves, side by side, would all be later than the first one needs to be.
        with runtime.crew.waiting_to_begin():
            runtime.warmed_up.wait()
    with transaction(runtime.database) as session:
        now = clock.now(session)
        limit = runtime.settings.rate_limit_messages_per_minute
        work = turns.claim_work(session, row_id, now, loops.most_turns(limit))
        if isinstance(work, Overtaken):  # that letter comes first, and leads back to this turn
            return Ring(JobName.PROCESS_MESSAGE, work.letter_id)
        if work is None:
            # A message that came after this doorbell was rung put the turn off.
            wait = turns.seconds_until_due(session, row_id, now)
            return None if wait is None else Ring(JobName.GENERATE_RESPONSE, row_id, delay_seconds=wait)
    failpoint("after_turn_claimed")
    if work.loop is not None:
        return _stop(runtime, work, work.loop)
    tab = spending.Tab()
    try:
        return _worked_out(runtime, work, tab)
    finally:
        if tab.due:  # no answer was saved, as far as we know: parked, given up, or taken from us
            runtime.settle(tab)


def _worked_out(runtime: Runtime, work: turns.Work, tab: spending.Tab) -> Ring | None:
    with runtime.leases.holding(Turn, work.turn_id, work.token):
        _show_attention(runtime, work)
        try:
            if runtime.transcriber is not None and voice_notes.unheard(work):
                return voice_notes.hear(runtime, runtime.transcriber, work, _reserving(runtime, work, tab))
            with runtime.presence.typing(work.waha_session, work.chat_id, TYPING_AFTER_SECONDS):
                answer = _answer(runtime, work, tab)
        except Transient as error:
            return _later(runtime, work, error)
        except Permanent as error:
            return _give_up(runtime, work, str(error))
        failpoint("after_model_answer")
        ring = persist(runtime.database, lambda session: _save(session, work, answer, tab))
    tab.close()
    failpoint("after_answer_saved")
    _count(runtime.metrics, work, answer)
    if runtime.model_returned.is_set():
        # The sweep rings for whoever waited for the model: nobody stands out a pause that has lost its reason.
        persist(runtime.database, lambda session: turns.resume(session, clock.now(session)))
        runtime.model_returned.clear()
    return ring


def _count(metrics: Metrics, work: turns.Work, answer: Answer | None) -> None:
    if answer is None:
        metrics.turns.labels("cancelled").inc()
        return
    metrics.turns.labels(responses.outcome_of(answer)).inc()
    metrics.answer_seconds.observe(max(0.0, (datetime.now(UTC) - work.last_message_at).total_seconds()))
    metrics.tokens.labels("prompt").inc(answer.usage.prompt_tokens)
    metrics.tokens.labels("completion").inc(answer.usage.completion_tokens)
    metrics.cost.inc(answer.usage.cost)


def _save(session: Session, work: turns.Work, answer: Answer | None, tab: spending.Tab) -> Ring | None:
    ring = responses.save(session, work, answer, clock.now(session), tab)
    failpoint("before_answer_committed")
    return ring


def _answer(runtime: Runtime, work: turns.Work, tab: spending.Tab) -> Answer | None:
    lines = tuple(message.text for message in work.messages if message.text.strip())
    if not work.messages:
        return None
    if not lines:
        language = work.language or runtime.library.main_language() or "en"
        return Answer(phrase("media_unreadable", language), abstained=False, language=language, mode="smalltalk")
    quote = next((message.quote for message in reversed(work.messages) if message.quote), None)
    question = Question(
        lines=lines,
        history=work.history,
        audiences=work.audiences,
        language=work.language,
        quoted=quote.text if quote else None,
        cited=work.cited,
        offered=work.offered,
        pictured=any(message.kind in SEEN for message in work.messages),
    )
    return runtime.library.answer(question, reserve=_reserving(runtime, work, tab))


def _reserving(runtime: Runtime, work: turns.Work, tab: spending.Tab) -> Reserve:
    caps = spending.caps_of(runtime.settings)

    def reserve(most: float, ahead: int = 0) -> Settle:
        taken = tab.places(ahead)
        with transaction(runtime.database) as session:
            now = clock.now(session)
            # A turn that is not ours any more, or whose person was erased, pays for nothing and leaves no trace.
            renew(session, Turn, work.turn_id, work.token, now)
            left = spending.NO_CAP
            if not tab.has_begun:
                first = work.attempts == 1
                left = places.room(session, caps.calls_per_minute, taken, now, is_first_try=first)
            key, hidden = hidden_ids.keys_of(session, work.conversation_id)
            held = spending.reserve(session, key, caps, most, now, taken, left, hidden)
        settle = tab.add(now.date(), held, taken)
        failpoint("before_model_call")
        return settle

    return reserve


def _show_attention(runtime: Runtime, work: turns.Work) -> None:
    ids = tuple(message.waha_message_id for message in work.messages)
    if work.attempts == 1 and ids:
        runtime.presence.seen(work.waha_session, work.chat_id, ids)


def _later(runtime: Runtime, work: turns.Work, error: Transient) -> Ring | None:
    log.warning("answer_put_off", error=type(error).__name__, attempts=work.attempts)
    with transaction(runtime.database) as session:
        now = clock.now(session)
        if isinstance(error, MinuteSpent):
            return _in_line(session, runtime.settings.balas_model_calls_per_minute, work, error, now)
        if now + timedelta(seconds=error.retry_after_seconds or 0) < work.deadline_at:
            at = turns.park(session, work, str(error), now, error.retry_after_seconds)
            return Ring(JobName.GENERATE_RESPONSE, work.turn_id, delay_seconds=(at - now).total_seconds())
    # Only a cap of the day says when it ends: not before it does will another message be answered.
    is_day_spent = isinstance(error, BudgetSpent) and error.retry_after_seconds is not None
    return _give_up(runtime, work, str(error), is_day_spent=is_day_spent)


def _stop(runtime: Runtime, work: turns.Work, sign: str) -> Ring | None:
    """Two programs that answer each other end here; a person of the team sees why."""
    log.warning("loop_stopped", conversation_id=work.conversation_id, sign=sign)
    with transaction(runtime.database) as session:
        ring = responses.stop(session, work, sign, clock.now(session))
    runtime.metrics.turns.labels("cancelled").inc()
    return ring


def _in_line(session: Session, per_minute: int, work: turns.Work, error: MinuteSpent, now: datetime) -> Ring | None:
    """To its place in one of the next minutes; where its time ends before, it waits for that: the sweep tells it."""
    place = places.place_in_line(session, per_minute, now, error.retry_after_seconds or 0.0)
    left = (work.deadline_at - now).total_seconds()
    turns.park(session, work, str(error), now, max(1.0, min(place, left)))
    return Ring(JobName.GENERATE_RESPONSE, work.turn_id, delay_seconds=place) if place < left else None


def _give_up(runtime: Runtime, work: turns.Work, reason: str, *, is_day_spent: bool = False) -> Ring | None:
    with transaction(runtime.database) as session:
        ring = responses.give_up(session, work, reason, clock.now(session), is_day_spent=is_day_spent)
    runtime.metrics.turns.labels("dead").inc()
    return ring
