"""Keys of the HTTP API with scopes, beside the first one that may do everything."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from balas.models import base as kept

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", kept.big_id, autoincrement=True, nullable=False),
        sa.Column("digest", kept.exact(64), nullable=False),
        sa.Column("name", kept.exact(64), nullable=False),
        sa.Column("scopes", kept.exact(255), nullable=False),
        sa.Column("created_at", kept.UtcDateTime(), nullable=False),
        sa.Column("expires_at", kept.UtcDateTime(), nullable=True),
        sa.Column("revoked_at", kept.UtcDateTime(), nullable=True),
        sa.Column("last_used_at", kept.UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("digest", name=op.f("uq_api_keys_digest")),
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    op.drop_table("api_keys")
