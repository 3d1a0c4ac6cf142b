"""How answers came about: reading what was kept of them, and asking the same question again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from balas.conversations import citations
from balas.conversations.archive import Place
from balas.errors import Conflict, NotFound
from balas.models import Analytics, Message, Turn
from balas.rag.question import Question
from balas.rag.talk.source_request import Cited, asks_for_source
from balas.values import Role, Utterance


@dataclass(frozen=True, slots=True)
class TraceFilter:
    since: datetime | None = None  # at this moment or later
    until: datetime | None = None  # earlier than this moment
    outcome: str | None = None  # "answered", "abstained" or "smalltalk"
    conversation_id: int | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that differs; for lists, what is gone and what is new."""

    what: str
    old: Any
    new: Any


def page(
    session: Session, wanted: TraceFilter, after: Place | None, limit: int
) -> Sequence[Row[Analytics, dict[str, Any]]]:
    """Answers with their records, newest first. Those whose texts were blanked or erased are not among them."""
    query = select(Analytics, Turn.answer).join(Turn, Turn.id == Analytics.turn_id).where(Turn.answer.is_not(None))
    if wanted.since is not None:
        query = query.where(Analytics.created_at >= wanted.since)
    if wanted.until is not None:
        query = query.where(Analytics.created_at < wanted.until)
    if wanted.outcome is not None:
        query = query.where(Analytics.outcome == wanted.outcome)
    if wanted.conversation_id is not None:
        query = query.where(Analytics.conversation_id == wanted.conversation_id)
    if after is not None:
        older = (Analytics.created_at < after.at) | (Analytics.id < after.id)
        query = query.where(Analytics.created_at <= after.at, older)
    return session.execute(query.order_by(Analytics.created_at.desc(), Analytics.id.desc()).limit(limit)).all()


def one(session: Session, turn_id: int) -> tuple[Analytics, dict[str, Any]]:
    """Raises `NotFound`."""
    query = select(Analytics, Turn.answer).join(Turn, Turn.id == Analytics.turn_id)
    found = session.execute(query.where(Turn.id == turn_id, Turn.answer.is_not(None))).first()
    if found is None:
        raise NotFound("No trace is kept of this turn: it was never answered, or its texts were blanked or erased.")
    figures, answer = found
    return figures, answer


def question(session: Session, answer: Mapping[str, Any]) -> tuple[Question, int]:
    """The turn as it was asked, and how many messages of its history are blank by now. Raises `Conflict`."""
    asked = answer.get("trace", {}).get("asked")
    if not asked or not asked.get("lines"):
        raise Conflict("This answer is from before questions were kept whole: it cannot be asked again.")
    ids = answer.get("history") or []
    query = select(Message.role, Message.text).where(Message.id.in_(ids), Message.text != "").order_by(Message.id)
    said = session.execute(query).all()
    again = Question(
        lines=tuple(asked["lines"]),
        history=tuple(Utterance(Role(role), text) for role, text in said),
        audiences=frozenset(asked["audiences"]),
        language=asked["language"],
        quoted=asked["quoted"],
        cited=_cited(session, answer, asked),
    )
    return again, len(ids) - len(said)


def _cited(session: Session, answer: Mapping[str, Any], asked: Mapping[str, Any]) -> Cited | None:
    """What the answer before rested on, where the turn asks for its source."""
    turn = session.get(Turn, answer.get("turn_id") or 0)
    if turn is None or not asks_for_source(asked["lines"]):
        return None
    return citations.last_cited(session, turn.conversation_id, turn.id, frozenset(asked["audiences"]))


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Difference]:
    """What differs between two records of one question, the weightiest first. Times and costs always do."""
    before, after = _looked_at(old), _looked_at(new)
    found: list[Difference] = []
    for what in before:
        was, now = before[what], after[what]
        if isinstance(was, list):
            was, now = [one for one in was if one not in now], [one for one in now if one not in was]
        if was != now:
            found.append(Difference(what, was, now))
    return found


def _looked_at(record: Mapping[str, Any]) -> dict[str, Any]:
    trace = record.get("trace") or {}
    lines = trace.get("lines") or []
    hits = [hit for line in lines for hit in line.get("hits") or []]
    return {
        "answer": record.get("text"),
        "abstained": record.get("abstained"),
        "mode": record.get("mode"),
        "language": record.get("language"),
        "sources": [_source(source) for source in record.get("sources") or []],
        "understood": [line.get("rewritten") or line.get("question") for line in lines],
        "passages": list(dict.fromkeys(f"{hit.get('title')}: {hit.get('text')}" for hit in hits)),
        "decision": trace.get("decision"),
        "answerable": trace.get("answerable"),
        "threshold": next((line.get("threshold") for line in lines), None),
        "model": record.get("model"),
        "prompt_version": trace.get("prompt_version"),
        "embeddings": trace.get("embeddings"),
        "knowledge_version": trace.get("knowledge_version"),
        "balas": trace.get("balas"),
    }


def _source(source: Mapping[str, Any]) -> str:
    page = f", p. {source['page']}" if source.get("page") else ""
    rows = f", row {', '.join(map(str, source['rows']))}" if source.get("rows") else ""
    return f"{source.get('title')}{page}{rows}"
