"""How addresses are told."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go on to this version."""
    with op.batch_alter_table("organisation", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("addresses", sa.String(length=8), server_default="network", nullable=False)
        )


def downgrade() -> None:
    """Go back to the version before."""
    with op.batch_alter_table("organisation", schema=None) as batch_op:
        batch_op.drop_column("addresses")
