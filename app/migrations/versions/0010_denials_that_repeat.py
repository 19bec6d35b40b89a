"""Denials that repeat."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go on to this version."""
    op.create_table(
        "audit_repeat",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("of", sa.String(length=64), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("again", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("chain", sa.String(length=16), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("actor_kind", sa.String(length=10), nullable=False),
        sa.Column("actor_id", sa.String(length=16), nullable=True),
        sa.Column("address", sa.String(length=45), nullable=True),
        sa.Column("disc_id", sa.String(length=16), nullable=True),
        sa.Column("share_id", sa.String(length=16), nullable=True),
        sa.Column("key_id", sa.String(length=16), nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_repeat")),
    )
    with op.batch_alter_table("audit_repeat", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_repeat_of"), ["of"], unique=False)


def downgrade() -> None:
    """Go back to the version before."""
    with op.batch_alter_table("audit_repeat", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_repeat_of"))

    op.drop_table("audit_repeat")
