"""Who was erased: what they said before the erasure is refused when WAHA sends or lists it again."""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import bindparam, exists, select
from sqlalchemy.orm import Session

from balas.database.claims import update_where
from balas.database.insertions import insert_once
from balas.database.statements import execute
from balas.models import Tombstone
from balas.values import ChatKind, InboundMessage, MessageEdited, MessageRevoked, WebhookEvent

# A bubble whose send had begun at the erasure is told as our own a moment later.
OWN_GRACE = timedelta(seconds=60)
HAS_ANY = exists().select_from(Tombstone)
_ERASED = select(Tombstone.erased_at).where(Tombstone.address_hash.in_(bindparam("hashes", expanding=True)))


def put(
    session: Session, keys: tuple[bytes, ...], addresses: Iterable[str], receipt_id: str, erased_at: datetime
) -> None:
    """`keys`: the webhook's, which every process has, newest first. A tombstone is known as long as its key is."""
    for address in sorted(addresses):
        marked = _hash(keys[0], address)
        row = {"address_hash": marked, "receipt_id": receipt_id, "erased_at": erased_at}
        insert_once(session, Tombstone, [row])
        update_where(session, Tombstone, Tombstone.address_hash == marked, erased_at=erased_at, receipt_id=receipt_id)


def refuses(
    session: Session,
    keys: tuple[bytes, ...],
    said: InboundMessage | MessageEdited | MessageRevoked,
    said_at: datetime,
) -> bool:
    """Whether this was said before its person was erased, and is to be refused."""
    addresses = addresses_of(said) if isinstance(said, InboundMessage) else {said.chat_id}
    hashes = [_hash(key, address) for key in keys for address in addresses]
    grace = OWN_GRACE if said.from_me else timedelta(0)
    return any(said_at <= erased_at + grace for erased_at in execute(session, _ERASED, {"hashes": hashes}).scalars())


def refuses_chat(session: Session, keys: tuple[bytes, ...], chat_id: str, since: datetime) -> bool:
    """Whether the chat's person was erased since then, so that not even its address may be written down again."""
    hashes = [_hash(key, chat_id) for key in keys]
    return any(erased_at >= since for erased_at in execute(session, _ERASED, {"hashes": hashes}).scalars())


def was_erased(session: Session, keys: tuple[bytes, ...], chat_id: str) -> bool:
    """Whether the chat's person was ever erased, whoever they are by now."""
    return execute(session, _ERASED, {"hashes": [_hash(key, chat_id) for key in keys]}).first() is not None


def refuses_event(session: Session, keys: tuple[bytes, ...], event: WebhookEvent) -> bool:
    message, said_at = event.content, event.happened_at
    return isinstance(message, InboundMessage) and said_at is not None and refuses(session, keys, message, said_at)


def addresses_of(message: InboundMessage) -> set[str]:
    """Every address of the chat's person; a group is nobody's."""
    if message.chat_kind is not ChatKind.PERSON:
        return set()
    return {message.chat_id, address_of_phone(message.phone)} if message.phone else {message.chat_id}


def address_of_phone(phone: str) -> str:
    return f"{phone}@c.us"


def _hash(key: bytes, address: str) -> str:
    return hmac.digest(key, b"tombstone\0" + address.encode(), "sha256").hex()
