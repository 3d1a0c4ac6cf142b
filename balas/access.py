"""API keys that were given out beside the first one: each with scopes, shown once, kept as a digest."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from balas import audit
from balas.audit import Action
from balas.database.claims import update_where
from balas.database.clock import now
from balas.errors import NotFound
from balas.models import ApiKey

USE_IS_WRITTEN_EVERY = timedelta(hours=1)  # so that not every request writes
_PREFIX = "balas_"
_KEY = re.compile(rb"balas_[A-Za-z0-9_-]{43}")


class Scope(StrEnum):
    ASK = "ask"  # search, and ask as anybody would
    ASK_AUDIENCES = "ask:audiences"  # the same on behalf of an audience, with what is for it alone
    FIGURES = "figures"  # books and figures, without a text or a number
    KNOWLEDGE_READ = "knowledge:read"  # documents, websites, approved answers, golden questions
    KNOWLEDGE_WRITE = "knowledge:write"
    CONVERSATIONS_READ = "conversations:read"  # people, their messages, audiences, traces, gaps, dead letters
    CONVERSATIONS_WRITE = "conversations:write"
    ADMIN = "admin"  # keys and the log of what operators did, and everything else


def issue(session: Session, name: str, scopes: Collection[Scope], lasts: timedelta | None = None) -> tuple[ApiKey, str]:
    """A new key: its row, and the key itself, which cannot be shown a second time."""
    key = _PREFIX + secrets.token_urlsafe(32)
    at = now(session)
    row = ApiKey(
        digest=_digest(key.encode()),
        name=name,
        scopes=",".join(scope for scope in Scope if scope in scopes),
        created_at=at,
        expires_at=None if lasts is None else at + lasts,
    )
    session.add(row)
    session.flush()
    audit.record(session, Action.KEY_ISSUED, row.id)
    return row, key


def revoke(session: Session, key_id: int) -> None:
    """From the commit on the key opens nothing. Raises `NotFound`, also for a key that is revoked already."""
    if not update_where(session, ApiKey, ApiKey.id == key_id, ApiKey.revoked_at.is_(None), revoked_at=now(session)):
        raise NotFound("There is no key with this id that is not revoked already.")
    audit.record(session, Action.KEY_REVOKED, key_id)


def page(session: Session, *, limit: int, before_id: int | None = None) -> list[ApiKey]:
    """Newest first, those before `before_id`; revoked and expired ones too."""
    query = select(ApiKey).order_by(ApiKey.id.desc()).limit(limit)
    if before_id is not None:
        query = query.where(ApiKey.id < before_id)
    return list(session.scalars(query))


def is_one_of_ours(key: bytes) -> bool:
    """Whether it has the form of a key given out here: anything else is not looked up."""
    return _KEY.fullmatch(key) is not None


def find(session: Session, keys: Iterable[bytes]) -> ApiKey | None:
    """The first of them that opens something at this moment.

    A plain digest, found by an index, is enough: a key is 256 random bits, so neither helps to guess one.
    """
    digests = [_digest(key) for key in keys]
    opening = or_(ApiKey.expires_at.is_(None), ApiKey.expires_at > now(session))
    query = select(ApiKey).where(ApiKey.digest.in_(digests), ApiKey.revoked_at.is_(None), opening)
    return session.scalars(query.order_by(ApiKey.id).limit(1)).first()


def is_use_unwritten(key: ApiKey, at: datetime) -> bool:
    return key.last_used_at is None or key.last_used_at <= at - USE_IS_WRITTEN_EVERY


def write_use(session: Session, key_id: int) -> None:
    update_where(session, ApiKey, ApiKey.id == key_id, last_used_at=now(session))


def scopes_of(key: ApiKey) -> frozenset[Scope]:
    return frozenset(Scope(scope) for scope in key.scopes.split(","))


def allows(key: ApiKey, scope: Scope) -> bool:
    given = scopes_of(key)
    return scope in given or Scope.ADMIN in given or (scope is Scope.ASK and Scope.ASK_AUDIENCES in given)


def _digest(key: bytes) -> str:
    return hashlib.sha256(key).hexdigest()
