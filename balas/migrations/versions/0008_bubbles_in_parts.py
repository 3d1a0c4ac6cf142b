"""Bubbles that WAHA found too long go on in parts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from balas.models import base as kept

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("outbox", sa.Column("split_of", kept.big_id, nullable=True))


def downgrade() -> None:
    op.drop_column("outbox", "split_of")
