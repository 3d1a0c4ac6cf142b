"""A page remembers the audience that a person gave it; a website may have several, like a document."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from balas.models import base as kept

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("website_pages", sa.Column("audience", kept.exact(512), nullable=True))
    # Whether somebody set it was not written down: what is for few and not by its website's setting was.
    op.execute(
        "UPDATE website_pages SET audience = "
        "(SELECT d.given_audience FROM documents d WHERE d.id = website_pages.document_id) "
        "WHERE EXISTS (SELECT 1 FROM documents d, websites w "
        "WHERE d.id = website_pages.document_id AND w.id = website_pages.website_id "
        "AND d.given_audience <> 'public' AND d.given_audience <> w.audience)"
    )
    _audience_of_websites(512)


def downgrade() -> None:
    op.execute("UPDATE websites SET audience = SUBSTR(audience, 1, 64)")
    _audience_of_websites(64)
    op.drop_column("website_pages", "audience")


def _audience_of_websites(length: int) -> None:
    if op.get_bind().dialect.name != "sqlite":  # which knows no lengths
        op.alter_column("websites", "audience", type_=kept.exact(length), existing_nullable=False)
