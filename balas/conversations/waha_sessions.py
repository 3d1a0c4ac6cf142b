"""What WAHA says of its sessions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from balas.models import WahaSession

PAIRING = frozenset({"SCAN_QR_CODE", "PASSKEY_REQUIRED", "PASSKEY_CONFIRMATION_REQUIRED"})
WORKING = "WORKING"
MAX_STATUS = 32  # characters that are kept


def note_status(session: Session, name: str, status: str, at: datetime) -> None:
    """Keep the newest status; a session that works after it showed a QR code was linked just then."""
    status = status[:MAX_STATUS]
    row = session.get(WahaSession, name, with_for_update=True)
    if row is None:
        session.add(WahaSession(name=name, status=status, status_at=at))
        return
    if row.status_at is not None and at < row.status_at:
        # Events are posted and worked on in parallel, and may overtake each other.
        if status in PAIRING and row.status == WORKING and (row.paired_at is None or row.paired_at < at):
            row.paired_at = at
        return
    if status == WORKING and row.status in PAIRING:
        row.paired_at = at
    if status != "STARTING" or row.status not in PAIRING:  # SCAN_QR_CODE, STARTING, WORKING is a pairing too
        row.status = status
    row.status_at = at


def not_working(session: Session, names: Sequence[str]) -> dict[str, tuple[str, datetime | None]]:
    """Sessions that last said they do not work, each with that status and since when."""
    rows = session.scalars(select(WahaSession).where(WahaSession.name.in_(names), WahaSession.status != WORKING))
    return {row.name: (row.status, row.status_at) for row in rows}
