"""Golden questions, what changes did to them, and the versions that can be brought back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from balas.models import base as kept

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("documents", sa.Column("previous_version", sa.Integer(), nullable=True))
    op.add_column("documents", sa.Column("gate", kept.exact(16), nullable=True))
    op.create_table(
        "document_versions",
        sa.Column("document_id", kept.big_id, autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("kept_at", kept.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name=op.f("fk_document_versions_document_id_documents")
        ),
        sa.PrimaryKeyConstraint("document_id", "version", name=op.f("pk_document_versions")),
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
    )
    op.create_table(
        "golden_questions",
        sa.Column("id", kept.big_id, autoincrement=True, nullable=False),
        sa.Column("question_key", kept.exact(64), nullable=False),
        sa.Column("question", kept.long_text, nullable=False),
        sa.Column("language", kept.exact(8), nullable=True),
        sa.Column("audience", kept.exact(512), nullable=False),
        sa.Column("document_id", kept.big_id, nullable=True),
        sa.Column("expected", kept.long_text, nullable=True),
        sa.Column("must_abstain", sa.Boolean(), nullable=False),
        sa.Column("origin", kept.exact(16), nullable=False),
        sa.Column("turn_id", kept.big_id, nullable=True),
        sa.Column("approved_at", kept.UtcDateTime(), nullable=True),
        sa.Column("quoted", sa.JSON(), nullable=True),
        sa.Column("written", sa.JSON(), nullable=True),
        sa.Column("created_at", kept.UtcDateTime(), nullable=False),
        sa.Column("updated_at", kept.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name=op.f("fk_golden_questions_document_id_documents")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_golden_questions")),
        sa.UniqueConstraint("question_key", name=op.f("uq_golden_questions_question_key")),
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
    )
    op.create_index("ix_golden_questions_document_id", "golden_questions", ["document_id"], unique=False)
    op.create_index("ix_golden_questions_turn_id", "golden_questions", ["turn_id"], unique=False)
    op.create_table(
        "gate_reports",
        sa.Column("id", kept.big_id, autoincrement=True, nullable=False),
        sa.Column("cause", kept.exact(16), nullable=False),
        sa.Column("document_id", kept.big_id, nullable=True),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("subject", kept.exact(512), nullable=False),
        sa.Column("outcome", kept.exact(16), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.Column("falls", sa.JSON(), nullable=False),
        sa.Column("created_at", kept.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gate_reports")),
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
    )
    op.create_index("ix_gate_reports_document_id", "gate_reports", ["document_id", "version"], unique=False)


def downgrade() -> None:
    op.drop_table("gate_reports")
    op.drop_table("golden_questions")
    op.drop_table("document_versions")
    op.drop_column("documents", "gate")
    op.drop_column("documents", "previous_version")
