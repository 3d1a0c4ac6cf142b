"""Websites that are read page by page."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from balas.models import base as kept

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "websites",
        sa.Column("address", kept.exact(1024), nullable=False),
        sa.Column("address_key", kept.exact(64), nullable=False),
        sa.Column("site", kept.exact(255), nullable=False),
        sa.Column("audience", kept.exact(64), nullable=False),
        sa.Column("max_pages", sa.Integer(), nullable=False),
        sa.Column("max_depth", sa.Integer(), nullable=False),
        sa.Column("every_hours", sa.Integer(), nullable=False),
        sa.Column("status", kept.exact(16), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("robots", kept.long_text, nullable=True),
        sa.Column("requests", sa.Integer(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("repeated", kept.long_text, nullable=True),
        sa.Column("began_at", kept.UtcDateTime(), nullable=True),
        sa.Column("crawled_at", kept.UtcDateTime(), nullable=True),
        sa.Column("created_at", kept.UtcDateTime(), nullable=False),
        sa.Column("updated_at", kept.UtcDateTime(), nullable=False),
        sa.Column("id", kept.big_id, autoincrement=True, nullable=False),
        sa.Column("lease_token", kept.exact(16), nullable=True),
        sa.Column("lease_until", kept.UtcDateTime(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", kept.UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_websites")),
        sa.UniqueConstraint("address_key", name=op.f("uq_websites_address_key")),
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
    )
    op.create_index("ix_websites_next_attempt_at", "websites", ["next_attempt_at"], unique=False)

    op.create_table(
        "website_pages",
        sa.Column("id", kept.big_id, autoincrement=True, nullable=False),
        sa.Column("website_id", kept.big_id, nullable=False),
        sa.Column("address", kept.exact(1024), nullable=False),
        sa.Column("address_key", kept.exact(64), nullable=False),
        sa.Column("kind", kept.exact(16), nullable=False),
        sa.Column("shape", kept.exact(16), nullable=False),
        sa.Column("depth", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("hops", sa.Integer(), nullable=False),
        sa.Column("state", kept.exact(16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("document_id", kept.big_id, nullable=True),
        sa.Column("etag", kept.exact(255), nullable=True),
        sa.Column("last_modified", kept.exact(64), nullable=True),
        sa.Column("content_hash", kept.exact(64), nullable=True),
        sa.Column("text_key", kept.exact(64), nullable=True),
        sa.Column("block_keys", kept.long_text, nullable=True),
        sa.Column("trimmed", kept.exact(64), nullable=True),
        sa.Column("read_at", kept.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["website_id"], ["websites.id"], name=op.f("fk_website_pages_website_id_websites")),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_website_pages_document_id_documents")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_website_pages")),
        sa.UniqueConstraint("website_id", "address_key", name=op.f("uq_website_pages_website_id_address_key")),
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
    )
    op.create_index("ix_website_pages_next", "website_pages", ["website_id", "state", "place", "id"], unique=False)
    op.create_index("ix_website_pages_document_id", "website_pages", ["document_id"], unique=False)


def downgrade() -> None:
    op.drop_table("website_pages")
    op.drop_table("websites")
