"""A session as WAHA's API describes it. Pure."""

from __future__ import annotations

from balas.ports import SessionInfo
from balas.waha.addresses import canonical_chat_id
from balas.waha.wire import Json, as_flag, as_object, as_text


def read_session(obj: object) -> SessionInfo | None:
    session = as_object(obj)
    name, status = as_text(session.get("name"), 64), as_text(session.get("status"), 32)
    if not name or not status:
        return None
    engine = session.get("engine")
    engine_name = as_text(engine.get("engine") if isinstance(engine, dict) else engine, 16).upper() or None
    return SessionInfo(
        name=name,
        status=status.upper(),
        engine=engine_name,
        me_id=canonical_chat_id(as_object(session.get("me")).get("id")),
        store_enabled=_store_enabled(engine_name, session.get("config")),
    )


def _store_enabled(engine: str | None, config: object) -> bool | None:
    """NOWEB keeps messages only when told to; the others always do. None when WAHA does not say."""
    if engine in ("WEBJS", "GOWS", "WPP"):
        return True
    if engine != "NOWEB" or not isinstance(config, dict):
        return None
    store: Json = as_object(as_object(config.get("noweb")).get("store"))
    return as_flag(store.get("enabled")) or False
