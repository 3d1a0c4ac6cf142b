"""Webhook bodies of every engine and version of WAHA that Balas knows, by name: `<event>.<case>.<engine>`."""

from __future__ import annotations

from tests.waha_events.message_samples import files, groups, hidden_ids, never_answered, own, places_and_contacts, texts
from tests.waha_events.messages import (
    ALICE,
    BOB,
    BOB_LID,
    CHANNEL,
    FILES,
    GROUP,
    ME,
    ME_LID,
    STATUS,
    Json,
    bare,
    envelope,
    gows,
    noweb,
    to_bytes,
    webjs,
)
from tests.waha_events.other_samples import acks, changes, others, reactions, sessions

__all__ = [
    "ALICE",
    "BOB",
    "BOB_LID",
    "CHANNEL",
    "FILES",
    "GROUP",
    "ME",
    "ME_LID",
    "STATUS",
    "Json",
    "all_events",
    "bare",
    "envelope",
    "gows",
    "noweb",
    "to_bytes",
    "webjs",
]


def all_events() -> dict[str, Json]:
    """Every sample by name."""
    makers = (texts, files, places_and_contacts, groups, hidden_ids, own, never_answered)
    more = (reactions, acks, changes, sessions, others)
    return {name: event for make in (*makers, *more) for name, event in make().items()}
