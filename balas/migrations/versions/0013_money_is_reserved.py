"""The most that calls under way may cost is held beside what was spent; money has fifteen digits on MySQL too."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("model_spend", sa.Column("reserved", sa.Double(), nullable=False, server_default="0"))
    _count_cost_in(sa.Double(), before=sa.Float())


def downgrade() -> None:
    _count_cost_in(sa.Float(), before=sa.Double())
    op.drop_column("model_spend", "reserved")


def _count_cost_in(now: sa.types.TypeEngine[float], *, before: sa.types.TypeEngine[float]) -> None:
    if op.get_bind().dialect.name != "sqlite":  # whose numbers are all double
        op.alter_column("model_spend", "cost", existing_type=before, type_=now, existing_nullable=False)
