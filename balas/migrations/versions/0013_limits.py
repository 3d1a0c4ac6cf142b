"""What calls of the model may cost is held beside what was spent; calls are counted by the minute as well.

Money has fifteen digits on MySQL, too. A chat that was handed to a person remembers when it was given back.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from balas.models import base as kept

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("model_spend", sa.Column("reserved", sa.Double(), nullable=False, server_default="0"))
    op.add_column("model_spend", sa.Column("last_minute", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("model_spend", sa.Column("last_minute_calls", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("conversations", sa.Column("given_back_at", kept.UtcDateTime(), nullable=True))
    _count_cost_in(sa.Double(), before=sa.Float())


def downgrade() -> None:
    _count_cost_in(sa.Float(), before=sa.Double())
    op.drop_column("conversations", "given_back_at")
    for name in ("last_minute_calls", "last_minute", "reserved"):
        op.drop_column("model_spend", name)


def _count_cost_in(now: sa.types.TypeEngine[float], *, before: sa.types.TypeEngine[float]) -> None:
    if op.get_bind().dialect.name != "sqlite":  # whose numbers are all double
        op.alter_column("model_spend", "cost", existing_type=before, type_=now, existing_nullable=False)
