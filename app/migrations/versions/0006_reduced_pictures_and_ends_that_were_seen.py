"""Reduced pictures and ends that were seen."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go on to this version."""
    with op.batch_alter_table("organisation", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("reduces_viewing", sa.Boolean(), server_default=sa.false(), nullable=False)
        )

    with op.batch_alter_table("share", schema=None) as batch_op:
        batch_op.add_column(sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("share_key", schema=None) as batch_op:
        batch_op.add_column(sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Go back to the version before."""
    with op.batch_alter_table("share_key", schema=None) as batch_op:
        batch_op.drop_column("ended_at")

    with op.batch_alter_table("share", schema=None) as batch_op:
        batch_op.drop_column("ended_at")

    with op.batch_alter_table("organisation", schema=None) as batch_op:
        batch_op.drop_column("reduces_viewing")
