"""The first schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from balas.models import base as kept

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "documents",
        sa.Column("source_key", kept.exact(64), nullable=False),
        sa.Column("source", kept.exact(16), nullable=False),
        sa.Column("name", kept.exact(255), nullable=False),
        sa.Column("title", kept.exact(512), nullable=False),
        sa.Column("given_title", kept.exact(512), nullable=True),
        sa.Column("file_type", kept.exact(16), nullable=True),
        sa.Column("content_hash", kept.exact(64), nullable=True),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("language", kept.exact(8), nullable=True),
        sa.Column("audience", kept.exact(64), nullable=False),
        sa.Column("given_audience", kept.exact(64), nullable=False),
        sa.Column("status", kept.exact(16), nullable=False),
        sa.Column("progress", sa.Float(), nullable=False),
        sa.Column("phase", kept.exact(128), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("warnings", sa.Text(), nullable=True),
        sa.Column("pages", sa.Integer(), nullable=True),
        sa.Column("chunk_count", sa.Integer(), nullable=False),
        sa.Column("uploaded_version", sa.Integer(), nullable=False),
        sa.Column("live_version", sa.Integer(), nullable=True),
        sa.Column("knowledge_version", sa.Integer(), nullable=False),
        sa.Column("created_at", kept.UtcDateTime(), nullable=False),
        sa.Column("updated_at", kept.UtcDateTime(), nullable=False),
        sa.Column("deleted_at", kept.UtcDateTime(), nullable=True),
        sa.Column("id", kept.big_id, autoincrement=True, nullable=False),
        sa.Column("lease_token", kept.exact(16), nullable=True),
        sa.Column("lease_until", kept.UtcDateTime(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", kept.UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_documents")),
        sa.UniqueConstraint("source_key", name=op.f("uq_documents_source_key")),
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
    )
    op.create_index("ix_documents_content_hash", "documents", ["content_hash"], unique=False)
    op.create_index("ix_documents_knowledge_version", "documents", ["knowledge_version"], unique=False)
    op.create_index("ix_documents_status", "documents", ["status", "id"], unique=False)

    op.create_table(
        "knowledge_state",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("lineage", kept.exact(32), nullable=False),
        sa.Column("changed_at", kept.UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_knowledge_state")),
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
    )
    op.create_table(
        "model_spend",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("spender", kept.exact(128), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("cost", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("day", "spender", name=op.f("pk_model_spend")),
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
    )
    op.create_table(
        "users",
        sa.Column("id", kept.big_id, autoincrement=True, nullable=False),
        sa.Column("user_key", kept.exact(128), nullable=False),
        sa.Column("phone", kept.exact(32), nullable=True),
        sa.Column("lid", kept.exact(128), nullable=True),
        sa.Column("name", kept.exact(255), nullable=True),
        sa.Column("audience", kept.exact(64), nullable=False),
        sa.Column("created_at", kept.UtcDateTime(), nullable=False),
        sa.Column("last_seen_at", kept.UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("user_key", name=op.f("uq_users_user_key")),
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
    )
    op.create_index(op.f("ix_users_lid"), "users", ["lid"], unique=False)
    op.create_index(op.f("ix_users_phone"), "users", ["phone"], unique=False)

    op.create_table(
        "vectors",
        sa.Column("content_hash", kept.exact(64), nullable=False),
        sa.Column("model", kept.exact(128), nullable=False),
        sa.Column("data", kept.blob, nullable=False),
        sa.PrimaryKeyConstraint("content_hash", "model", name=op.f("pk_vectors")),
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
    )
    op.create_table(
        "waha_sessions",
        sa.Column("name", kept.exact(64), nullable=False),
        sa.Column("status", kept.exact(32), nullable=False),
        sa.Column("status_at", kept.UtcDateTime(), nullable=True),
        sa.Column("me_id", kept.exact(128), nullable=True),
        sa.Column("engine", kept.exact(16), nullable=True),
        sa.Column("paired_at", kept.UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_waha_sessions")),
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
    )
    op.create_table(
        "chunks",
        sa.Column("id", kept.big_id, autoincrement=True, nullable=False),
        sa.Column("document_id", kept.big_id, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("text", kept.long_text, nullable=False),
        sa.Column("heading", sa.Text(), nullable=False),
        sa.Column("page", sa.Integer(), nullable=True),
        sa.Column("kind", kept.exact(16), nullable=False),
        sa.Column("language", kept.exact(8), nullable=False),
        sa.Column("content_hash", kept.exact(64), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_chunks_document_id_documents")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chunks")),
        sa.UniqueConstraint("document_id", "version", "position", name=op.f("uq_chunks_document_id_version_position")),
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
    )
    op.create_index("ix_chunks_content_hash", "chunks", ["content_hash"], unique=False)

    op.create_table(
        "conversations",
        sa.Column("id", kept.big_id, autoincrement=True, nullable=False),
        sa.Column("waha_session", kept.exact(64), nullable=False),
        sa.Column("chat_key", kept.exact(128), nullable=False),
        sa.Column("chat_id", kept.exact(128), nullable=False),
        sa.Column("user_id", kept.big_id, nullable=False),
        sa.Column("language", kept.exact(8), nullable=True),
        sa.Column("created_at", kept.UtcDateTime(), nullable=False),
        sa.Column("last_message_at", kept.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_conversations_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversations")),
        sa.UniqueConstraint("waha_session", "chat_key", name=op.f("uq_conversations_waha_session_chat_key")),
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
    )
    op.create_index("ix_conversations_last_message_at", "conversations", ["last_message_at", "id"], unique=False)
    op.create_index(op.f("ix_conversations_user_id"), "conversations", ["user_id"], unique=False)

    op.create_table(
        "document_parts",
        sa.Column("document_id", kept.big_id, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("content", kept.blob, nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name=op.f("fk_document_parts_document_id_documents")
        ),
        sa.PrimaryKeyConstraint("document_id", "version", "position", name=op.f("pk_document_parts")),
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
    )
    op.create_table(
        "turns",
        sa.Column("conversation_id", kept.big_id, nullable=False),
        sa.Column("gathering", sa.Integer(), nullable=True),
        sa.Column("state", kept.exact(16), nullable=False),
        sa.Column("due_at", kept.UtcDateTime(), nullable=False),
        sa.Column("deadline_at", kept.UtcDateTime(), nullable=False),
        sa.Column("answer", sa.JSON(), nullable=True),
        sa.Column("reason", kept.exact(255), nullable=True),
        sa.Column("created_at", kept.UtcDateTime(), nullable=False),
        sa.Column("finished_at", kept.UtcDateTime(), nullable=True),
        sa.Column("id", kept.big_id, autoincrement=True, nullable=False),
        sa.Column("lease_token", kept.exact(16), nullable=True),
        sa.Column("lease_until", kept.UtcDateTime(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", kept.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_turns_conversation_id_conversations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_turns")),
        sa.UniqueConstraint("conversation_id", "gathering", name=op.f("uq_turns_conversation_id_gathering")),
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
    )
    op.create_index("ix_turns_conversation_id", "turns", ["conversation_id", "id"], unique=False)
    op.create_index("ix_turns_state", "turns", ["state", "next_attempt_at"], unique=False)

    op.create_table(
        "analytics",
        sa.Column("id", kept.big_id, autoincrement=True, nullable=False),
        sa.Column("turn_id", kept.big_id, nullable=False),
        sa.Column("conversation_id", kept.big_id, nullable=False),
        sa.Column("user_id", kept.big_id, nullable=False),
        sa.Column("outcome", kept.exact(16), nullable=False),
        sa.Column("mode", kept.exact(16), nullable=False),
        sa.Column("language", kept.exact(8), nullable=True),
        sa.Column("answerable", sa.Float(), nullable=True),
        sa.Column("response_time_ms", sa.Integer(), nullable=True),
        sa.Column("prompt_tokens", sa.Integer(), nullable=False),
        sa.Column("completion_tokens", sa.Integer(), nullable=False),
        sa.Column("cost", sa.Float(), nullable=False),
        sa.Column("model", kept.exact(128), nullable=True),
        sa.Column("created_at", kept.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_analytics_conversation_id_conversations")
        ),
        sa.ForeignKeyConstraint(["turn_id"], ["turns.id"], name=op.f("fk_analytics_turn_id_turns")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_analytics_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_analytics")),
        sa.UniqueConstraint("turn_id", name=op.f("uq_analytics_turn_id")),
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
    )
    op.create_index("ix_analytics_created_at", "analytics", ["created_at", "id"], unique=False)

    op.create_table(
        "citations",
        sa.Column("id", kept.big_id, autoincrement=True, nullable=False),
        sa.Column("turn_id", kept.big_id, nullable=False),
        sa.Column("document_id", kept.big_id, nullable=False),
        sa.Column("page", sa.Integer(), nullable=True),
        sa.Column("created_at", kept.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_citations_document_id_documents")),
        sa.ForeignKeyConstraint(["turn_id"], ["turns.id"], name=op.f("fk_citations_turn_id_turns")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_citations")),
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
    )
    op.create_index("ix_citations_document_id", "citations", ["document_id", "created_at"], unique=False)
    op.create_index(op.f("ix_citations_turn_id"), "citations", ["turn_id"], unique=False)

    op.create_table(
        "inbox",
        sa.Column("id", kept.big_id, autoincrement=True, nullable=False),
        sa.Column("dedupe_key", kept.exact(64), nullable=False),
        sa.Column("ticket", kept.exact(32), nullable=False),
        sa.Column("request_id", kept.exact(64), nullable=False),
        sa.Column("waha_session", kept.exact(64), nullable=False),
        sa.Column("event", kept.exact(64), nullable=False),
        sa.Column("counted", sa.Boolean(), nullable=False),
        sa.Column("pending", sa.Boolean(), nullable=False),
        sa.Column("state", kept.exact(16), nullable=False),
        sa.Column("reason", kept.exact(64), nullable=True),
        sa.Column("waha_message_id", kept.exact(255), nullable=True),
        sa.Column("bare_id", kept.exact(128), nullable=True),
        sa.Column("chat_id", kept.exact(128), nullable=True),
        sa.Column("phone", kept.exact(32), nullable=True),
        sa.Column("from_me", sa.Boolean(), nullable=False),
        sa.Column("text", kept.long_text, nullable=True),
        sa.Column("kind", kept.exact(16), nullable=False),
        sa.Column("content", kept.long_text, nullable=True),
        sa.Column("raw", kept.long_text, nullable=True),
        sa.Column("sent_at", kept.UtcDateTime(), nullable=False),
        sa.Column("received_at", kept.UtcDateTime(), nullable=False),
        sa.Column("hold_until", kept.UtcDateTime(), nullable=True),
        sa.Column("finished_at", kept.UtcDateTime(), nullable=True),
        sa.Column("turn_id", kept.big_id, nullable=True),
        sa.ForeignKeyConstraint(["turn_id"], ["turns.id"], name=op.f("fk_inbox_turn_id_turns")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_inbox_dedupe_key")),
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
    )
    op.create_index("ix_inbox_bare_id", "inbox", ["waha_session", "bare_id"], unique=False)
    op.create_index("ix_inbox_books", "inbox", ["counted", "state", "received_at"], unique=False)
    op.create_index("ix_inbox_pending", "inbox", ["pending", "id"], unique=False)
    op.create_index("ix_inbox_state", "inbox", ["state", "id"], unique=False)
    op.create_index("ix_inbox_turn_id", "inbox", ["turn_id"], unique=False)

    op.create_table(
        "outbox",
        sa.Column("dedupe_key", kept.exact(64), nullable=False),
        sa.Column("conversation_id", kept.big_id, nullable=False),
        sa.Column("turn_id", kept.big_id, nullable=True),
        sa.Column("waha_session", kept.exact(64), nullable=False),
        sa.Column("chat_id", kept.exact(128), nullable=False),
        sa.Column("text", kept.long_text, nullable=False),
        sa.Column("reply_to", kept.exact(255), nullable=True),
        sa.Column("state", kept.exact(16), nullable=False),
        sa.Column("bare_id", kept.exact(128), nullable=True),
        sa.Column("waha_message_id", kept.exact(255), nullable=True),
        sa.Column("attempted_at", kept.UtcDateTime(), nullable=True),
        sa.Column("sends", sa.Integer(), nullable=False),
        sa.Column("looks", sa.Integer(), nullable=False),
        sa.Column("deadline_at", kept.UtcDateTime(), nullable=False),
        sa.Column("reason", kept.exact(255), nullable=True),
        sa.Column("created_at", kept.UtcDateTime(), nullable=False),
        sa.Column("sent_at", kept.UtcDateTime(), nullable=True),
        sa.Column("id", kept.big_id, autoincrement=True, nullable=False),
        sa.Column("lease_token", kept.exact(16), nullable=True),
        sa.Column("lease_until", kept.UtcDateTime(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", kept.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_outbox_conversation_id_conversations")
        ),
        sa.ForeignKeyConstraint(["turn_id"], ["turns.id"], name=op.f("fk_outbox_turn_id_turns")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_outbox_dedupe_key")),
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
    )
    op.create_index("ix_outbox_bare_id", "outbox", ["waha_session", "bare_id"], unique=False)
    op.create_index("ix_outbox_conversation_id", "outbox", ["conversation_id", "state", "id"], unique=False)
    op.create_index("ix_outbox_state", "outbox", ["state", "next_attempt_at"], unique=False)
    op.create_index(op.f("ix_outbox_turn_id"), "outbox", ["turn_id"], unique=False)

    op.create_table(
        "messages",
        sa.Column("id", kept.big_id, autoincrement=True, nullable=False),
        sa.Column("conversation_id", kept.big_id, nullable=False),
        sa.Column("turn_id", kept.big_id, nullable=True),
        sa.Column("inbox_id", kept.big_id, nullable=True),
        sa.Column("outbox_id", kept.big_id, nullable=True),
        sa.Column("role", kept.exact(16), nullable=False),
        sa.Column("text", kept.long_text, nullable=False),
        sa.Column("kind", kept.exact(16), nullable=False),
        sa.Column("waha_message_id", kept.exact(255), nullable=True),
        sa.Column("ack", sa.Integer(), nullable=True),
        sa.Column("reaction", kept.exact(32), nullable=True),
        sa.Column("rag_context", sa.JSON(), nullable=True),
        sa.Column("llm_tokens", sa.Integer(), nullable=True),
        sa.Column("response_time_ms", sa.Integer(), nullable=True),
        sa.Column("created_at", kept.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_messages_conversation_id_conversations")
        ),
        sa.ForeignKeyConstraint(["inbox_id"], ["inbox.id"], name=op.f("fk_messages_inbox_id_inbox")),
        sa.ForeignKeyConstraint(["outbox_id"], ["outbox.id"], name=op.f("fk_messages_outbox_id_outbox")),
        sa.ForeignKeyConstraint(["turn_id"], ["turns.id"], name=op.f("fk_messages_turn_id_turns")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sa.UniqueConstraint("inbox_id", name=op.f("uq_messages_inbox_id")),
        sa.UniqueConstraint("outbox_id", name=op.f("uq_messages_outbox_id")),
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
    )
    op.create_index("ix_messages_conversation_id", "messages", ["conversation_id", "id"], unique=False)
    op.create_index("ix_messages_created_at", "messages", ["created_at", "id"], unique=False)
    op.create_index("ix_messages_turn_id", "messages", ["turn_id"], unique=False)


def downgrade() -> None:
    # A table takes its indexes along; MySQL would refuse to drop those that foreign keys need.
    op.drop_table("messages")
    op.drop_table("outbox")
    op.drop_table("inbox")
    op.drop_table("citations")
    op.drop_table("analytics")
    op.drop_table("turns")
    op.drop_table("document_parts")
    op.drop_table("conversations")
    op.drop_table("chunks")
    op.drop_table("waha_sessions")
    op.drop_table("vectors")
    op.drop_table("users")
    op.drop_table("model_spend")
    op.drop_table("knowledge_state")
    op.drop_table("documents")
