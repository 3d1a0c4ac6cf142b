"""A conversation in which somebody of the team wrote may be left to them for a while."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from balas.models import base as kept

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("conversations", sa.Column("paused_until", kept.UtcDateTime(), nullable=True))


def downgrade() -> None:
    op.drop_column("conversations", "paused_until")
