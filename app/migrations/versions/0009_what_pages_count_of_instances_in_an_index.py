"""What pages count of instances in an index."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go on to this version."""
    with op.batch_alter_table("instance", schema=None) as batch_op:
        batch_op.create_index(
            "ix_instance_counted",
            ["disc_id", "series_id", "number", "id", "frames", "display_state", "collides", "sop_class_uid"],
            unique=False,
        )


def downgrade() -> None:
    """Go back to the version before."""
    with op.batch_alter_table("instance", schema=None) as batch_op:
        batch_op.drop_index("ix_instance_counted")
