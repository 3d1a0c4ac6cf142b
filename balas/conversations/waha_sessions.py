"""What WAHA says of its sessions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from balas.models import WahaSession

PAIRING = frozenset({"SCAN_QR_CODE", "PASSKEY_REQUIRED", "PASSKEY_CONFIRMATION_REQUIRED"})
WORKING = "WORKING"


def note_status(session: Session, name: str, status: str, at: datetime) -> None:
    """Keep the newest status; a session that works after it showed a QR code was linked just then."""
    row = session.get(WahaSession, name)
    if row is None:
        session.add(WahaSession(name=name, status=status, status_at=at))
        return
    if row.status_at is not None and at < row.status_at:
        return  # events are posted in parallel and may overtake each other
    if status == WORKING and row.status in PAIRING:
        row.paired_at = at
    if status != "STARTING" or row.status not in PAIRING:  # SCAN_QR_CODE, STARTING, WORKING is a pairing too
        row.status = status
    row.status_at = at


def not_working(session: Session, names: Sequence[str]) -> dict[str, tuple[str, datetime | None]]:
    """Sessions that last said they do not work, each with that status and since when."""
    rows = session.scalars(select(WahaSession).where(WahaSession.name.in_(names), WahaSession.status != WORKING))
    return {row.name: (row.status, row.status_at) for row in rows}
