"""Copies without compression."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go on to this version."""
    op.create_table(
        "plain_copy",
        sa.Column("organisation_id", sa.String(length=16), nullable=False),
        sa.Column("original_sha256", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("crc32", sa.BigInteger(), nullable=False),
        sa.Column("encoding", sa.String(length=10), nullable=False),
        sa.Column("stored_size", sa.BigInteger(), nullable=False),
        sa.Column("block_sums", sa.LargeBinary(), nullable=False),
        sa.Column("kept_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "original_sha256"],
            ["original.organisation_id", "original.sha256"],
            name=op.f("fk_plain_copy_organisation_id_original_sha256"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_plain_copy_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plain_copy")),
        sa.UniqueConstraint(
            "organisation_id", "original_sha256", name=op.f("uq_plain_copy_organisation_id_original_sha256")
        ),
    )
    with op.batch_alter_table("plain_copy", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_plain_copy_kept_until"), ["kept_until"], unique=False)


def downgrade() -> None:
    """Go back to the version before."""
    with op.batch_alter_table("plain_copy", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_plain_copy_kept_until"))

    op.drop_table("plain_copy")
