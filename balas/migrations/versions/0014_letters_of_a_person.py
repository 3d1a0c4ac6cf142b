"""The letters of a person are found by number as well, without looking at those of others."""

from __future__ import annotations

from alembic import op

revision = "0014"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_inbox_pending_phone", "inbox", ["pending", "phone", "id"])


def downgrade() -> None:
    op.drop_index("ix_inbox_pending_phone", table_name="inbox")
