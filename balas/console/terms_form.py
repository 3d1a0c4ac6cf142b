"""Audience, category and period, as fields of a form and as tags of a document."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.orm import Session

from balas.console.wording import MONTHS
from balas.conversations import audiences
from balas.database.bounds import moment_within
from balas.errors import InvalidRequest
from balas.knowledge.uploads import Terms
from balas.models import Document
from balas.values import PUBLIC, audience_list

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
MAX_AUDIENCES = 512  # characters of all names
MAX_CATEGORY = 64
NOTHING = Terms()


class TermsForm(BaseModel):
    """As sent by the page: dates on the reader's calendar, "" where nothing is given."""

    audience: str | None = None
    category: str = ""
    valid_from: str = ""
    valid_until: str = ""
    form_token: str = ""

    def audiences(self) -> str | None:
        """An empty field is everybody; None: nothing was sent, and it stays as it was."""
        if self.audience is None:
            return None
        names = re.split(r"[\s,;]+", self.audience.strip())
        if wrong := next((name for name in names if name and not _NAME.fullmatch(name)), None):
            raise InvalidRequest(f"“{wrong[:64]}” cannot name an audience: letters, digits, - and _ only.")
        found = audience_list(name for name in names if name)
        if len(found) > MAX_AUDIENCES:
            raise InvalidRequest("These are too many audiences.")
        return found

    def terms(self, offset: int, held: Terms = NOTHING) -> Terms:
        """`offset`: minutes the reader's clock is ahead of UTC. A day that was not touched keeps its exact moment."""
        category = " ".join(self.category.split())
        if len(category) > MAX_CATEGORY:
            raise InvalidRequest(f"A category has at most {MAX_CATEGORY} characters.")
        was = Shown.of(held, offset)
        begins = held.valid_from if self.valid_from == was.valid_from else _moment(self.valid_from, offset, 0)
        ends = held.valid_until if self.valid_until == was.valid_until else _moment(self.valid_until, offset, 1)
        if begins is not None and ends is not None and begins >= ends:
            raise InvalidRequest("“Valid from” must lie before “valid until”.")
        return Terms(category or None, begins, ends)


@dataclass(frozen=True, slots=True)
class Shown:
    """The period as days on the reader's calendar."""

    valid_from: str
    valid_until: str  # the last day

    @classmethod
    def of(cls, terms: Terms, offset: int) -> Shown:
        begins, ends = _days(terms, offset)
        return cls(begins.isoformat() if begins else "", ends.isoformat() if ends else "")


def fields(document: Document | None, offset: int) -> dict[str, str]:
    """What the form shows first."""
    if document is None:
        return {"audience": PUBLIC, "category": "", "valid_from": "", "valid_until": ""}
    shown = Shown.of(Terms(None, document.valid_from, document.valid_until), offset)
    return {
        "audience": document.given_audience.replace(",", ", "),
        "category": document.category or "",
        "valid_from": shown.valid_from,
        "valid_until": shown.valid_until,
    }


def known(session: Session) -> dict[str, list[str]]:
    """Names to choose from."""
    query = select(Document.category).where(Document.category.is_not(None), Document.deleted_at.is_(None))
    return {
        "audiences": [PUBLIC, *(name for name, _ in audiences.sizes(session))],
        "categories": sorted(name for name in session.scalars(query.distinct()) if name),
    }


def tags(document: Document, offset: int, now: datetime) -> list[dict[str, Any]]:
    """What is particular about a document, shortest form; `warn`: it is not found now."""
    begins, ends = _days(Terms(None, document.valid_from, document.valid_until), offset)
    found = []
    if document.audience != PUBLIC:
        found.append({"icon": "users", "text": document.audience.replace(",", ", "), "warn": False})
    if document.category:
        found.append({"icon": "list-tree", "text": document.category, "warn": False})
    if begins and document.valid_from and document.valid_from > now:
        found.append({"icon": "clock", "text": f"valid from {_said(begins, now)}", "warn": True})
    if ends and document.valid_until:
        over = document.valid_until <= now
        word = "was valid until" if over else "valid until"
        found.append({"icon": "clock", "text": f"{word} {_said(ends, now)}", "warn": over})
    return found


def _days(terms: Terms, offset: int) -> tuple[date | None, date | None]:
    ahead, last = timedelta(minutes=offset), timedelta(microseconds=1)
    return (
        (moment_within(terms.valid_from) + ahead).date() if terms.valid_from else None,
        (moment_within(terms.valid_until) + ahead - last).date() if terms.valid_until else None,
    )


def _said(day: date, now: datetime) -> str:
    year = "" if day.year == now.year else f" {day.year}"
    return f"{day.day} {MONTHS[day.month - 1][:3]}{year}"


def _moment(day: str, offset: int, days: int) -> datetime | None:
    """The beginning of the day, or with `days` = 1 its end."""
    if not day:
        return None
    try:
        midnight = datetime.fromisoformat(day).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=UTC)
    except ValueError as error:
        raise InvalidRequest("Write a day as year, month and day.") from error
    return moment_within(midnight, timedelta(days=days, minutes=-offset))
