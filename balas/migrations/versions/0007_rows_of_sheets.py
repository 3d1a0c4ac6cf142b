"""The rows of a sheet that each passage holds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("chunks", sa.Column("row_numbers", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("chunks", "row_numbers")
