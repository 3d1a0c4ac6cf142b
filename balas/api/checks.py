"""What each dependency must do to count as healthy; for /health and `balas doctor`."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from urllib.parse import urlsplit

import httpx2
from sqlalchemy import select, update

from balas.api import clocks
from balas.api.checkup import Check, Finding, Health
from balas.conversations import catching_up, inbox, turns, unread_chats, waha_sessions
from balas.conversations.unread_chats import Backlog
from balas.database import clock
from balas.database.session import reading, transaction
from balas.errors import DatabaseUnavailable, IndexUnavailable, Transient
from balas.models import InboxMessage
from balas.ports import SessionInfo
from balas.runtime import Runtime
from balas.settings import Settings

OPENAI_BASE_URL = "https://api.openai.com/v1"
CALL_SECONDS = 1.8
QDRANT_PORT = 6333
SILENT_HOURS = 24
WAITS_SECONDS = 30.0  # the sweep rings every five seconds


# It matches no row, and a read-only server refuses it all the same.
_WRITES_NOTHING = update(InboxMessage).where(InboxMessage.id < 0).values(pending=False)


def dependency_checks(runtime: Runtime) -> dict[str, Check]:
    """The five dependencies of /health by name."""
    return {
        "database": partial(check_database, runtime),
        "redis": partial(check_redis, runtime),
        "qdrant": partial(check_index, runtime),
        "waha": partial(check_waha, runtime),
        "model": partial(check_answering, runtime),
    }


def check_database(runtime: Runtime) -> Finding:
    """Reads from the table that the webhook writes: a server without our schema is of no use."""
    kind, is_read = runtime.database.url.get_backend_name(), False
    try:
        with reading(runtime.database) as session:
            session.execute(select(InboxMessage.id).limit(1)).first()
            is_read = True
            wrong_clock = clocks.databases_clock(session)
        runtime.database.check_disk()
        if not runtime.database.is_sqlite:  # its only writer may be busy
            with transaction(runtime.database) as session:
                session.execute(_WRITES_NOTHING)
    except DatabaseUnavailable as error:
        # the driver's words name hosts and accounts
        return Finding(
            Health.UNHEALTHY, f"{kind} {'takes no writes' if is_read else 'does not answer'}", advice=str(error)
        )
    return Finding(Health.HEALTHY, kind, notes=wrong_clock)


def check_redis(runtime: Runtime) -> Finding:
    if runtime.settings.redis_url is None:
        return Finding(Health.HEALTHY, "in process")
    runtime.queue.ping()
    runtime.throttle.ping()
    waiting = _waiting_seconds(runtime)
    if waiting > WAITS_SECONDS:
        return Finding(
            Health.DEGRADED, f"redis; messages wait for a worker since {waiting:.0f} s: is `balas worker` running?"
        )
    return Finding(Health.HEALTHY, "redis")


def _waiting_seconds(runtime: Runtime) -> float:
    try:
        with reading(runtime.database) as session:
            since = inbox.waits_since(session)
            return (clock.now(session) - since).total_seconds() if since else 0.0
    except DatabaseUnavailable:
        return 0.0  # said by the database's own check


def check_index(runtime: Runtime) -> Finding:
    """Being behind is no fault: the next search catches up before it answers."""
    server = runtime.settings.qdrant_url
    engine = "embedded" if server is None else "server"
    status = runtime.library.status()  # asks the server, where the index is one and is open
    if status.index_version is None:
        if server is not None:
            ping_qdrant(runtime.settings)
        return Finding(Health.HEALTHY, f"{engine}, opens with the first question")
    behind = max(0, status.version - status.index_version)
    step = "in step" if behind == 0 else f"{behind} changes behind"
    return Finding(Health.HEALTHY, f"{engine}, {status.passages} passages, {step}")


def ping_qdrant(settings: Settings) -> None:
    """Without its client, which takes a second to import. Raises `IndexUnavailable`."""
    key = settings.qdrant_api_key
    headers = {"api-key": key.get_secret_value()} if key else {}
    try:
        answer = httpx2.get(f"{qdrant_address(settings)}/collections", headers=headers, timeout=CALL_SECONDS)
    except httpx2.HTTPError as error:
        raise IndexUnavailable(f"Qdrant cannot be reached ({type(error).__name__}): check QDRANT_URL.") from error
    if answer.status_code in {401, 403}:
        raise IndexUnavailable("Qdrant does not accept the key: set QDRANT_API_KEY.")
    if answer.status_code != 200:
        raise IndexUnavailable(f"Qdrant answers {answer.status_code}: check QDRANT_URL.")


def qdrant_address(settings: Settings) -> str:
    """With the port that Qdrant's client takes where none is given."""
    parts = urlsplit(settings.qdrant_url or "")
    return parts.geturl() if parts.port else parts._replace(netloc=f"{parts.netloc}:{QDRANT_PORT}").geturl()


@dataclass(frozen=True, slots=True)
class Sessions:
    """What there is to say about the configured sessions of WAHA."""

    problems: tuple[str, ...]  # nothing is received or sent
    limits: tuple[str, ...]  # works, but a setting of WAHA takes something away
    notes: tuple[str, ...]  # what the engine cannot do, and a clock that is wrong


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of sessions from webhooks and from reading back; empty while the database is away."""

    not_working: Mapping[str, tuple[str, datetime | None]] = field(default_factory=dict)
    deaf: Mapping[str, datetime] = field(default_factory=dict)
    unread: Mapping[str, Backlog] = field(default_factory=dict)


def told_of_sessions(runtime: Runtime) -> Told:
    names = runtime.settings.waha_sessions
    try:
        with reading(runtime.database) as session:
            return Told(
                waha_sessions.not_working(session, names),
                catching_up.deaf_sessions(session, names),
                unread_chats.backlogs(session, names),
            )
    except DatabaseUnavailable:
        return Told()


def look_at_sessions(runtime: Runtime) -> Sessions:
    told_time = runtime.gateway.ping()
    found = {session.name: session for session in runtime.gateway.sessions()}
    told = told_of_sessions(runtime)
    wanted = runtime.settings.waha_sessions
    present = [found[name] for name in wanted if name in found]
    return Sessions(
        problems=tuple(line for name in wanted for line in session_problems(name, found.get(name), told)),
        limits=tuple(line for session in present for line in session_limits(session)),
        notes=(
            *clocks.wahas_clock(told_time),
            *(line for session in present for line in session_notes(session)),
            *(unread_note(name, told.unread[name]) for name in wanted if name in told.unread),
            *(line for name in wanted for line in silence(name, runtime.heard_at(name), time.time())),
        ),
    )


def check_waha(runtime: Runtime) -> Finding:
    name = "simulator" if runtime.waha_is_simulated else "WAHA"
    try:
        sessions = look_at_sessions(runtime)
    except Transient as error:
        last = [f"session {one} last said {said[0]}" for one, said in told_of_sessions(runtime).not_working.items()]
        return Finding(Health.UNHEALTHY, "; ".join([str(error), *last]))
    if unwell := [*sessions.problems, *sessions.limits]:
        return Finding(Health.DEGRADED, f"{name}: {'; '.join(unwell)}", notes=sessions.notes)
    count = len(runtime.settings.waha_sessions)
    return Finding(Health.HEALTHY, f"{name}, {count} session(s) WORKING", notes=sessions.notes)


def session_problems(name: str, session: SessionInfo | None, told: Told) -> Iterator[str]:
    """Why nothing is received or sent over this session."""
    if session is None:
        yield f"session {name} does not exist: create and start it in WAHA, or set WAHA_SESSION"
    elif session.status != "WORKING":
        status, since = told.not_working.get(name, ("", None))
        known = f" since {since:%Y-%m-%d %H:%M} UTC" if since and status == session.status else ""
        yield f"session {name} is {session.status}, not WORKING{known}"
    elif name in told.deaf:
        yield f"session {name} is WORKING but its webhooks do not arrive: check the hook URL"


def session_limits(session: SessionInfo) -> Iterator[str]:
    """What a setting of WAHA keeps us from."""
    if session.store_enabled is False:
        yield (
            f"session {session.name}: its store is off, so missed messages and doubtful sends cannot be looked up; "
            "set config.noweb.store.enabled to true"
        )


def session_notes(session: SessionInfo) -> Iterator[str]:
    """What its engine cannot do."""
    if session.engine == "WEBJS":
        yield f"session {session.name}: WEBJS cannot name a message before it is sent; GOWS and NOWEB can"


def unread_note(name: str, backlog: Backlog) -> str:
    """What WAHA does not show; it is tried again by itself."""
    chats = "1 chat" if backlog.chats == 1 else f"{backlog.chats} chats"
    return (
        f"{chats} of session {name} cannot be read in WAHA, since {backlog.since:%Y-%m-%d %H:%M} UTC: what no webhook "
        "told is answered once it can; look into WAHA's log, and restart the session if it lasts"
    )


def silence(name: str, heard_at: float, now: float) -> Iterator[str]:
    """With its store off, WAHA does not show what its webhooks missed: only the silence can be seen."""
    hours = (now - heard_at) / 3_600
    if hours >= SILENT_HOURS:
        yield f"session {name}: no webhook for {hours:.0f} hours: write to it; if nothing comes, check the hook URL"


def check_model(settings: Settings) -> Finding:
    """Asks the server for its list of models, which costs nothing; a server without such a list is healthy too."""
    if not (settings.answers_by_model or settings.embeds_with_openai):
        return Finding(Health.HEALTHY, "extractive answers, bundled embeddings")
    what = settings.openai_model if settings.answers_by_model else settings.openai_embedding_model
    try:
        response = httpx2.get(
            f"{settings.openai_base_url or OPENAI_BASE_URL}/models",
            headers=model_headers(settings),
            timeout=CALL_SECONDS,
        )
    except httpx2.HTTPError as error:
        return Finding(Health.UNHEALTHY, f"the model server does not answer ({type(error).__name__})")
    if response.status_code in {401, 403}:
        return Finding(Health.UNHEALTHY, "the model server does not accept the key; set OPENAI_API_KEY")
    if response.status_code in {500, 502, 503, 504}:
        return Finding(Health.UNHEALTHY, f"the model server answers {response.status_code}")
    return Finding(Health.HEALTHY, what)


def check_answering(runtime: Runtime) -> Finding:
    """A server that lists its models may still refuse to answer: an unpaid bill, a key without rights."""
    found = check_model(runtime.settings)
    if found.health is not Health.HEALTHY or not runtime.settings.answers_by_model:
        return found
    try:
        with reading(runtime.database) as session:
            reason = turns.put_off(session, clock.now(session))
    except DatabaseUnavailable:
        return found  # said by the database's own check
    return found if reason is None else Finding(Health.UNHEALTHY, f"answers are put off: {reason}")


def model_headers(settings: Settings) -> dict[str, str]:
    key = settings.openai_api_key
    return {"Authorization": f"Bearer {key.get_secret_value()}"} if key else {}
