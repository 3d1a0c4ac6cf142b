"""Periods and categories of documents, audiences of phone numbers, chats that wait for a person, gaps."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from balas.models import base as kept

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _audience_columns(512)
    op.add_column("documents", sa.Column("category", kept.exact(64), nullable=True))
    op.add_column("documents", sa.Column("valid_from", kept.UtcDateTime(), nullable=True))
    op.add_column("documents", sa.Column("valid_until", kept.UtcDateTime(), nullable=True))
    op.create_index("ix_documents_valid_from", "documents", ["valid_from"])
    op.create_index("ix_documents_valid_until", "documents", ["valid_until"])
    op.create_index("ix_documents_source", "documents", ["source", "id"])
    op.add_column("conversations", sa.Column("waiting_since", kept.UtcDateTime(), nullable=True))
    op.add_column("conversations", sa.Column("waiting_for", kept.exact(16), nullable=True))
    op.create_index("ix_conversations_waiting_since", "conversations", ["waiting_since", "id"])
    op.create_table(
        "audience_numbers",
        sa.Column("id", kept.big_id, autoincrement=True, nullable=False),
        sa.Column("phone", kept.exact(32), nullable=False),
        sa.Column("audience", kept.exact(64), nullable=False),
        sa.Column("created_at", kept.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audience_numbers")),
        sa.UniqueConstraint("phone", "audience", name=op.f("uq_audience_numbers_phone_audience")),
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
    )
    op.create_index(op.f("ix_audience_numbers_audience"), "audience_numbers", ["audience"])
    op.execute(
        "INSERT INTO audience_numbers (phone, audience, created_at) SELECT phone, audience, MIN(created_at) FROM users "
        "WHERE phone IS NOT NULL AND audience <> 'public' GROUP BY phone, audience"
    )
    op.drop_column("users", "audience")
    op.create_table(
        "gaps",
        sa.Column("id", kept.big_id, autoincrement=True, nullable=False),
        sa.Column("state", kept.exact(16), nullable=False),
        sa.Column("document_id", kept.big_id, nullable=True),
        sa.Column("created_at", kept.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gaps")),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_gaps_document_id_documents")),
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
    )
    op.create_index("ix_gaps_state", "gaps", ["state", "id"])
    _gap_questions()


def _gap_questions() -> None:
    op.create_table(
        "gap_questions",
        sa.Column("id", kept.big_id, autoincrement=True, nullable=False),
        sa.Column("gap_id", kept.big_id, nullable=True),
        sa.Column("turn_id", kept.big_id, nullable=False),
        sa.Column("conversation_id", kept.big_id, nullable=False),
        sa.Column("user_id", kept.big_id, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("text", kept.long_text, nullable=False),
        sa.Column("language", kept.exact(8), nullable=False),
        sa.Column("passages", sa.JSON(), nullable=False),
        sa.Column("vector_model", kept.exact(128), nullable=True),
        sa.Column("vector", kept.blob, nullable=True),
        sa.Column("closeness", sa.Float(), nullable=False),
        sa.Column("asked_at", kept.UtcDateTime(), nullable=False),
        sa.Column("reply_message_id", kept.big_id, nullable=True),
        sa.Column("replied_at", kept.UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gap_questions")),
        sa.UniqueConstraint("turn_id", "position", name=op.f("uq_gap_questions_turn_id_position")),
        *(
            sa.ForeignKeyConstraint([column], [f"{table}.id"], name=op.f(f"fk_gap_questions_{column}_{table}"))
            for column, table in (
                ("gap_id", "gaps"),
                ("turn_id", "turns"),
                ("conversation_id", "conversations"),
                ("user_id", "users"),
                ("reply_message_id", "messages"),
            )
        ),
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
    )
    op.create_index("ix_gap_questions_gap_id", "gap_questions", ["gap_id", "asked_at"])
    op.create_index("ix_gap_questions_conversation_id", "gap_questions", ["conversation_id", "asked_at"])
    op.create_index("ix_gap_questions_asked_at", "gap_questions", ["asked_at"])
    op.create_index(op.f("ix_gap_questions_user_id"), "gap_questions", ["user_id"])


def downgrade() -> None:
    op.drop_table("gap_questions")
    op.drop_table("gaps")
    op.drop_table("audience_numbers")
    op.drop_index("ix_conversations_waiting_since", "conversations")
    op.drop_column("conversations", "waiting_for")
    op.drop_column("conversations", "waiting_since")
    op.add_column("users", sa.Column("audience", kept.exact(64), nullable=False, server_default="public"))
    for index in ("source", "valid_until", "valid_from"):
        op.drop_index(f"ix_documents_{index}", "documents")
    for column in ("valid_until", "valid_from", "category"):
        op.drop_column("documents", column)
    # A list that is cut off names nobody: its documents are then told to nobody.
    op.execute("UPDATE documents SET audience = SUBSTR(audience, 1, 64)")
    op.execute("UPDATE documents SET given_audience = SUBSTR(given_audience, 1, 64)")
    _audience_columns(64)


def _audience_columns(length: int) -> None:
    if op.get_bind().dialect.name == "sqlite":
        return  # knows no lengths
    for column in ("audience", "given_audience"):
        op.alter_column("documents", column, type_=kept.exact(length), existing_nullable=False)
