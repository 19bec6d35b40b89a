"""Notes of shares."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go on to this version."""
    op.create_table(
        "share_note",
        sa.Column("share_id", sa.String(length=16), nullable=False),
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("marks", sa.JSON(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["key_id"], ["share_key.id"], name=op.f("fk_share_note_key_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["share_id"], ["share.id"], name=op.f("fk_share_note_share_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_share_note")),
    )
    with op.batch_alter_table("share_note", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_share_note_key_id"), ["key_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_share_note_share_id"), ["share_id"], unique=False)


def downgrade() -> None:
    """Go back to the version before."""
    with op.batch_alter_table("share_note", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_share_note_share_id"))
        batch_op.drop_index(batch_op.f("ix_share_note_key_id"))

    op.drop_table("share_note")
