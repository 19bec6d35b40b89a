"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go on to this version."""
    op.create_table(
        "audit_entry",
        sa.Column("chain", sa.String(length=16), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("actor_kind", sa.String(length=10), nullable=False),
        sa.Column("actor_id", sa.String(length=16), nullable=True),
        sa.Column("address", sa.String(length=45), nullable=True),
        sa.Column("disc_id", sa.String(length=16), nullable=True),
        sa.Column("share_id", sa.String(length=16), nullable=True),
        sa.Column("key_id", sa.String(length=16), nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("mac", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("chain", "number", name=op.f("pk_audit_entry")),
    )
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.create_index("ix_audit_entry_chain_at", ["chain", "at"], unique=False)
        batch_op.create_index("ix_audit_entry_chain_disc_id", ["chain", "disc_id"], unique=False)
        batch_op.create_index("ix_audit_entry_chain_share_id", ["chain", "share_id"], unique=False)

    op.create_table(
        "audit_head",
        sa.Column("chain", sa.String(length=16), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("mac", sa.String(length=64), nullable=False),
        sa.Column("head_mac", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("chain", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "job",
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("subject", sa.String(length=16), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("attempt_limit", sa.Integer(), nullable=False),
        sa.Column("run_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease", sa.String(length=16), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
    )
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.create_index("ix_job_state_run_at", ["state", "run_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_job_subject"), ["subject"], unique=False)

    op.create_table(
        "letter",
        sa.Column("organisation_id", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("share_id", sa.String(length=16), nullable=True),
        sa.Column("key_id", sa.String(length=16), nullable=True),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter")),
    )
    with op.batch_alter_table("letter", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_letter_key_id"), ["key_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_letter_organisation_id"), ["organisation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_letter_share_id"), ["share_id"], unique=False)

    op.create_table(
        "organisation",
        sa.Column("slug", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("telephone", sa.String(length=40), nullable=True),
        sa.Column("hours", sa.String(length=120), nullable=True),
        sa.Column("time_zone", sa.String(length=40), nullable=False),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("desk_mailbox", sa.String(length=254), nullable=True),
        sa.Column("privacy_telephone", sa.String(length=40), nullable=True),
        sa.Column("colour", sa.String(length=7), nullable=False),
        sa.Column("logo_key", sa.String(length=120), nullable=True),
        sa.Column("asks_birth_date", sa.Boolean(), nullable=False),
        sa.Column("measuring", sa.Boolean(), nullable=False),
        sa.Column("reslicing", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
        sa.UniqueConstraint("slug", name=op.f("uq_organisation_slug")),
    )
    op.create_table(
        "user",
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("must_change_password", sa.Boolean(), nullable=False),
        sa.Column("language", sa.String(length=12), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user")),
        sa.UniqueConstraint("email", name=op.f("uq_user_email")),
    )
    op.create_table(
        "api_token",
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=16), nullable=False),
        sa.Column("organisation_id", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_api_token_organisation_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_api_token_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_api_token_secret_hash")),
    )
    with op.batch_alter_table("api_token", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_api_token_user_id"), ["user_id"], unique=False)

    op.create_table(
        "organisation_site",
        sa.Column("organisation_id", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("telephone", sa.String(length=40), nullable=True),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_organisation_site_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation_site")),
        sa.UniqueConstraint(
            "organisation_id", "name", name=op.f("uq_organisation_site_organisation_id_name")
        ),
    )
    op.create_table(
        "original",
        sa.Column("organisation_id", sa.String(length=16), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("crc32", sa.BigInteger(), nullable=False),
        sa.Column("encoding", sa.String(length=10), nullable=False),
        sa.Column("stored_size", sa.BigInteger(), nullable=False),
        sa.Column("block_sums", sa.LargeBinary(), nullable=False),
        sa.Column("scrubbed_sha256", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_original_organisation_id")
        ),
        sa.PrimaryKeyConstraint("organisation_id", "sha256", name=op.f("pk_original")),
    )
    op.create_table(
        "staff_session",
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=16), nullable=False),
        sa.Column("organisation_id", sa.String(length=16), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_staff_session_organisation_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_staff_session_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_session")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_staff_session_secret_hash")),
    )
    with op.batch_alter_table("staff_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_staff_session_user_id"), ["user_id"], unique=False)

    op.create_table(
        "upload_request",
        sa.Column("organisation_id", sa.String(length=16), nullable=False),
        sa.Column("asked", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("wanted", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=12), nullable=True),
        sa.Column("expected_name", sa.String(length=200), nullable=True),
        sa.Column("expected_birth_date", sa.Date(), nullable=True),
        sa.Column("expected_patient_id", sa.String(length=64), nullable=True),
        sa.Column("max_discs", sa.Integer(), nullable=False),
        sa.Column("max_bytes", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.String(length=16), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by", sa.String(length=16), nullable=True),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["created_by"], ["user.id"], name=op.f("fk_upload_request_created_by")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_upload_request_organisation_id")
        ),
        sa.ForeignKeyConstraint(["revoked_by"], ["user.id"], name=op.f("fk_upload_request_revoked_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload_request")),
    )
    with op.batch_alter_table("upload_request", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_upload_request_organisation_id"), ["organisation_id"], unique=False
        )

    op.create_table(
        "disc",
        sa.Column("organisation_id", sa.String(length=16), nullable=False),
        sa.Column("site_id", sa.String(length=16), nullable=True),
        sa.Column("created_by", sa.String(length=16), nullable=True),
        sa.Column("label", sa.String(length=120), nullable=False),
        sa.Column("source", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("state_reason", sa.Text(), nullable=True),
        sa.Column("review_reasons", sa.JSON(), nullable=False),
        sa.Column("expected_name", sa.String(length=200), nullable=True),
        sa.Column("expected_birth_date", sa.Date(), nullable=True),
        sa.Column("expected_patient_id", sa.String(length=64), nullable=True),
        sa.Column("files_announced", sa.Integer(), nullable=True),
        sa.Column("left_behind", sa.Integer(), nullable=False),
        sa.Column("left_paths", sa.JSON(), nullable=False),
        sa.Column("same_person", sa.JSON(), nullable=True),
        sa.Column("missing", sa.JSON(), nullable=False),
        sa.Column("directory_patients", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(length=16), nullable=True),
        sa.Column("decided_because", sa.Text(), nullable=True),
        sa.Column("sent_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("birth_date_failures", sa.Integer(), nullable=False),
        sa.Column("waiting_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("blocked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("keep_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("purged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["created_by"], ["user.id"], name=op.f("fk_disc_created_by")),
        sa.ForeignKeyConstraint(["decided_by"], ["user.id"], name=op.f("fk_disc_decided_by")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_disc_organisation_id")
        ),
        sa.ForeignKeyConstraint(["site_id"], ["organisation_site.id"], name=op.f("fk_disc_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disc")),
    )
    with op.batch_alter_table("disc", schema=None) as batch_op:
        batch_op.create_index(
            "ix_disc_organisation_id_created_at", ["organisation_id", "created_at"], unique=False
        )

    op.create_table(
        "membership",
        sa.Column("user_id", sa.String(length=16), nullable=False),
        sa.Column("organisation_id", sa.String(length=16), nullable=False),
        sa.Column("site_id", sa.String(length=16), nullable=True),
        sa.Column("role", sa.String(length=12), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_membership_organisation_id")
        ),
        sa.ForeignKeyConstraint(["site_id"], ["organisation_site.id"], name=op.f("fk_membership_site_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_membership_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership")),
        sa.UniqueConstraint("user_id", "organisation_id", name=op.f("uq_membership_user_id_organisation_id")),
    )
    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_membership_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "request_key",
        sa.Column("organisation_id", sa.String(length=16), nullable=False),
        sa.Column("request_id", sa.String(length=16), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("channel", sa.String(length=12), nullable=False),
        sa.Column("created_by", sa.String(length=16), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("link_hash", sa.String(length=64), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("pin_hash", sa.String(length=200), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_answer", sa.String(length=64), nullable=True),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["created_by"], ["user.id"], name=op.f("fk_request_key_created_by")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_request_key_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["request_id"], ["upload_request.id"], name=op.f("fk_request_key_request_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_key")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_request_key_code_hash")),
        sa.UniqueConstraint("link_hash", name=op.f("uq_request_key_link_hash")),
    )
    with op.batch_alter_table("request_key", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_request_key_request_id"), ["request_id"], unique=False)

    op.create_table(
        "disc_file",
        sa.Column("organisation_id", sa.String(length=16), nullable=False),
        sa.Column("disc_id", sa.String(length=16), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("verdict", sa.String(length=10), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("warnings", sa.JSON(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("announced_sha256", sa.String(length=64), nullable=True),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.Column("image_offset", sa.BigInteger(), nullable=True),
        sa.Column("media_type", sa.String(length=40), nullable=True),
        sa.Column("added_by", sa.String(length=16), nullable=True),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["added_by"], ["user.id"], name=op.f("fk_disc_file_added_by")),
        sa.ForeignKeyConstraint(["disc_id"], ["disc.id"], name=op.f("fk_disc_file_disc_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_disc_file_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disc_file")),
        sa.UniqueConstraint("disc_id", "number", name=op.f("uq_disc_file_disc_id_number")),
    )
    with op.batch_alter_table("disc_file", schema=None) as batch_op:
        batch_op.create_index(
            "ix_disc_file_organisation_id_announced_sha256",
            ["organisation_id", "announced_sha256"],
            unique=False,
        )
        batch_op.create_index(
            "ix_disc_file_organisation_id_sha256", ["organisation_id", "sha256"], unique=False
        )

    op.create_table(
        "disc_patient",
        sa.Column("organisation_id", sa.String(length=16), nullable=False),
        sa.Column("disc_id", sa.String(length=16), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("patient_id", sa.Text(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("birth_date", sa.String(length=16), nullable=False),
        sa.Column("sex", sa.String(length=16), nullable=False),
        sa.Column("decision", sa.String(length=12), nullable=True),
        sa.Column("corrected_name", sa.Text(), nullable=True),
        sa.Column("corrected_patient_id", sa.Text(), nullable=True),
        sa.Column("corrected_birth_date", sa.String(length=16), nullable=True),
        sa.Column("birth_date_checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["disc_id"], ["disc.id"], name=op.f("fk_disc_patient_disc_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_disc_patient_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disc_patient")),
    )
    with op.batch_alter_table("disc_patient", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_disc_patient_disc_id"), ["disc_id"], unique=False)

    op.create_table(
        "sender_visit",
        sa.Column("request_id", sa.String(length=16), nullable=False),
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["key_id"], ["request_key.id"], name=op.f("fk_sender_visit_key_id")),
        sa.ForeignKeyConstraint(
            ["request_id"], ["upload_request.id"], name=op.f("fk_sender_visit_request_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sender_visit")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_sender_visit_secret_hash")),
    )
    with op.batch_alter_table("sender_visit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sender_visit_key_id"), ["key_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_sender_visit_request_id"), ["request_id"], unique=False)

    op.create_table(
        "upload_grant",
        sa.Column("organisation_id", sa.String(length=16), nullable=False),
        sa.Column("disc_id", sa.String(length=16), nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("created_by", sa.String(length=16), nullable=True),
        sa.Column("asked_key_id", sa.String(length=16), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["created_by"], ["user.id"], name=op.f("fk_upload_grant_created_by")),
        sa.ForeignKeyConstraint(["disc_id"], ["disc.id"], name=op.f("fk_upload_grant_disc_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_upload_grant_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload_grant")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_upload_grant_secret_hash")),
    )
    with op.batch_alter_table("upload_grant", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_upload_grant_disc_id"), ["disc_id"], unique=False)

    op.create_table(
        "delivery",
        sa.Column("disc_id", sa.String(length=16), nullable=False),
        sa.Column("request_id", sa.String(length=16), nullable=False),
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("visit_id", sa.String(length=16), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by", sa.String(length=16), nullable=True),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["disc_id"], ["disc.id"], name=op.f("fk_delivery_disc_id")),
        sa.ForeignKeyConstraint(["key_id"], ["request_key.id"], name=op.f("fk_delivery_key_id")),
        sa.ForeignKeyConstraint(["request_id"], ["upload_request.id"], name=op.f("fk_delivery_request_id")),
        sa.ForeignKeyConstraint(["settled_by"], ["user.id"], name=op.f("fk_delivery_settled_by")),
        sa.ForeignKeyConstraint(["visit_id"], ["sender_visit.id"], name=op.f("fk_delivery_visit_id")),
        sa.PrimaryKeyConstraint("disc_id", name=op.f("pk_delivery")),
    )
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_delivery_request_id"), ["request_id"], unique=False)

    op.create_table(
        "share",
        sa.Column("organisation_id", sa.String(length=16), nullable=False),
        sa.Column("disc_id", sa.String(length=16), nullable=False),
        sa.Column("disc_patient_id", sa.String(length=16), nullable=True),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("scope", sa.JSON(), nullable=False),
        sa.Column("allow", sa.JSON(), nullable=False),
        sa.Column("include_report", sa.Boolean(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("given_to", sa.String(length=16), nullable=True),
        sa.Column("identity_checked", sa.Text(), nullable=True),
        sa.Column("released_because", sa.Text(), nullable=True),
        sa.Column("call_back", sa.String(length=200), nullable=True),
        sa.Column("visit_on", sa.Date(), nullable=True),
        sa.Column("language", sa.String(length=12), nullable=True),
        sa.Column("max_uses", sa.Integer(), nullable=True),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.String(length=16), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by", sa.String(length=16), nullable=True),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["created_by"], ["user.id"], name=op.f("fk_share_created_by")),
        sa.ForeignKeyConstraint(["disc_id"], ["disc.id"], name=op.f("fk_share_disc_id")),
        sa.ForeignKeyConstraint(
            ["disc_patient_id"],
            ["disc_patient.id"],
            name=op.f("fk_share_disc_patient_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_share_organisation_id")
        ),
        sa.ForeignKeyConstraint(["revoked_by"], ["user.id"], name=op.f("fk_share_revoked_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_share")),
    )
    with op.batch_alter_table("share", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_share_disc_id"), ["disc_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_share_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "study",
        sa.Column("organisation_id", sa.String(length=16), nullable=False),
        sa.Column("disc_id", sa.String(length=16), nullable=False),
        sa.Column("disc_patient_id", sa.String(length=16), nullable=False),
        sa.Column("study_uid", sa.String(length=64), nullable=False),
        sa.Column("date", sa.String(length=16), nullable=False),
        sa.Column("time", sa.String(length=20), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("accession_number", sa.Text(), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["disc_id"], ["disc.id"], name=op.f("fk_study_disc_id")),
        sa.ForeignKeyConstraint(
            ["disc_patient_id"], ["disc_patient.id"], name=op.f("fk_study_disc_patient_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_study_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_study")),
        sa.UniqueConstraint("disc_patient_id", "study_uid", name=op.f("uq_study_disc_patient_id_study_uid")),
    )
    with op.batch_alter_table("study", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_study_disc_id"), ["disc_id"], unique=False)
        batch_op.create_index(
            "ix_study_organisation_id_study_uid", ["organisation_id", "study_uid"], unique=False
        )

    op.create_table(
        "attachment",
        sa.Column("organisation_id", sa.String(length=16), nullable=False),
        sa.Column("disc_id", sa.String(length=16), nullable=False),
        sa.Column("disc_file_id", sa.String(length=16), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("study_id", sa.String(length=16), nullable=True),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("media_type", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["disc_file_id"], ["disc_file.id"], name=op.f("fk_attachment_disc_file_id")),
        sa.ForeignKeyConstraint(["disc_id"], ["disc.id"], name=op.f("fk_attachment_disc_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "sha256"],
            ["original.organisation_id", "original.sha256"],
            name=op.f("fk_attachment_organisation_id_sha256"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_attachment_organisation_id")
        ),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_attachment_study_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
        sa.UniqueConstraint("disc_file_id", name=op.f("uq_attachment_disc_file_id")),
    )
    with op.batch_alter_table("attachment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_attachment_disc_id"), ["disc_id"], unique=False)
        batch_op.create_index(
            "ix_attachment_organisation_id_sha256", ["organisation_id", "sha256"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_attachment_study_id"), ["study_id"], unique=False)

    op.create_table(
        "series",
        sa.Column("organisation_id", sa.String(length=16), nullable=False),
        sa.Column("disc_id", sa.String(length=16), nullable=False),
        sa.Column("study_id", sa.String(length=16), nullable=False),
        sa.Column("series_uid", sa.String(length=64), nullable=False),
        sa.Column("modality", sa.String(length=16), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("body_part", sa.Text(), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["disc_id"], ["disc.id"], name=op.f("fk_series_disc_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_series_organisation_id")
        ),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_series_study_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_series")),
        sa.UniqueConstraint("study_id", "series_uid", name=op.f("uq_series_study_id_series_uid")),
    )
    with op.batch_alter_table("series", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_series_disc_id"), ["disc_id"], unique=False)

    op.create_table(
        "share_key",
        sa.Column("organisation_id", sa.String(length=16), nullable=False),
        sa.Column("share_id", sa.String(length=16), nullable=False),
        sa.Column("parent_id", sa.String(length=16), nullable=True),
        sa.Column("factor", sa.String(length=8), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("channel", sa.String(length=12), nullable=False),
        sa.Column("allow", sa.JSON(), nullable=True),
        sa.Column("created_by", sa.String(length=16), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("link_hash", sa.String(length=64), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("pin_hash", sa.String(length=200), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_answer", sa.String(length=64), nullable=True),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["created_by"], ["user.id"], name=op.f("fk_share_key_created_by")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_share_key_organisation_id")
        ),
        sa.ForeignKeyConstraint(["parent_id"], ["share_key.id"], name=op.f("fk_share_key_parent_id")),
        sa.ForeignKeyConstraint(["share_id"], ["share.id"], name=op.f("fk_share_key_share_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_share_key")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_share_key_code_hash")),
        sa.UniqueConstraint("link_hash", name=op.f("uq_share_key_link_hash")),
    )
    with op.batch_alter_table("share_key", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_share_key_share_id"), ["share_id"], unique=False)

    op.create_table(
        "share_version",
        sa.Column("share_id", sa.String(length=16), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.String(length=16), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["created_by"], ["user.id"], name=op.f("fk_share_version_created_by")),
        sa.ForeignKeyConstraint(["share_id"], ["share.id"], name=op.f("fk_share_version_share_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_share_version")),
        sa.UniqueConstraint("share_id", "number", name=op.f("uq_share_version_share_id_number")),
    )
    op.create_table(
        "instance",
        sa.Column("organisation_id", sa.String(length=16), nullable=False),
        sa.Column("disc_id", sa.String(length=16), nullable=False),
        sa.Column("disc_file_id", sa.String(length=16), nullable=False),
        sa.Column("series_id", sa.String(length=16), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("instance_uid", sa.String(length=64), nullable=False),
        sa.Column("sop_class_uid", sa.String(length=64), nullable=False),
        sa.Column("transfer_syntax_uid", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("rows", sa.Integer(), nullable=True),
        sa.Column("columns", sa.Integer(), nullable=True),
        sa.Column("frames", sa.Integer(), nullable=False),
        sa.Column("unlisted_reason", sa.Text(), nullable=True),
        sa.Column("collides", sa.Boolean(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("display_state", sa.String(length=10), nullable=False),
        sa.Column("display_reason", sa.Text(), nullable=True),
        sa.Column("display", sa.JSON(), nullable=True),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["disc_file_id"], ["disc_file.id"], name=op.f("fk_instance_disc_file_id")),
        sa.ForeignKeyConstraint(["disc_id"], ["disc.id"], name=op.f("fk_instance_disc_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "sha256"],
            ["original.organisation_id", "original.sha256"],
            name=op.f("fk_instance_organisation_id_sha256"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_instance_organisation_id")
        ),
        sa.ForeignKeyConstraint(["series_id"], ["series.id"], name=op.f("fk_instance_series_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instance")),
        sa.UniqueConstraint("disc_file_id", name=op.f("uq_instance_disc_file_id")),
    )
    with op.batch_alter_table("instance", schema=None) as batch_op:
        batch_op.create_index("ix_instance_disc_id_instance_uid", ["disc_id", "instance_uid"], unique=False)
        batch_op.create_index(
            "ix_instance_organisation_id_instance_uid", ["organisation_id", "instance_uid"], unique=False
        )
        batch_op.create_index(
            "ix_instance_organisation_id_sha256", ["organisation_id", "sha256"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_instance_series_id"), ["series_id"], unique=False)

    op.create_table(
        "link_request",
        sa.Column("organisation_id", sa.String(length=16), nullable=False),
        sa.Column("share_id", sa.String(length=16), nullable=False),
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("proof", sa.String(length=10), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("call_back", sa.String(length=40), nullable=False),
        sa.Column("owner_id", sa.String(length=16), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by", sa.String(length=16), nullable=True),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["key_id"], ["share_key.id"], name=op.f("fk_link_request_key_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_link_request_organisation_id")
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["user.id"], name=op.f("fk_link_request_owner_id")),
        sa.ForeignKeyConstraint(["settled_by"], ["user.id"], name=op.f("fk_link_request_settled_by")),
        sa.ForeignKeyConstraint(["share_id"], ["share.id"], name=op.f("fk_link_request_share_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_request")),
    )
    with op.batch_alter_table("link_request", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_link_request_key_id"), ["key_id"], unique=False)
        batch_op.create_index(
            "ix_link_request_organisation_id_state", ["organisation_id", "state"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_link_request_share_id"), ["share_id"], unique=False)

    op.create_table(
        "mail_code",
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["key_id"], ["share_key.id"], name=op.f("fk_mail_code_key_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_code")),
    )
    with op.batch_alter_table("mail_code", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_mail_code_key_id"), ["key_id"], unique=False)

    op.create_table(
        "share_attachment",
        sa.Column("version_id", sa.String(length=16), nullable=False),
        sa.Column("attachment_id", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["attachment_id"],
            ["attachment.id"],
            name=op.f("fk_share_attachment_attachment_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["share_version.id"], name=op.f("fk_share_attachment_version_id")
        ),
        sa.PrimaryKeyConstraint("version_id", "attachment_id", name=op.f("pk_share_attachment")),
    )
    with op.batch_alter_table("share_attachment", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_share_attachment_attachment_id"), ["attachment_id"], unique=False
        )

    op.create_table(
        "visitor_session",
        sa.Column("share_id", sa.String(length=16), nullable=False),
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["key_id"], ["share_key.id"], name=op.f("fk_visitor_session_key_id")),
        sa.ForeignKeyConstraint(["share_id"], ["share.id"], name=op.f("fk_visitor_session_share_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visitor_session")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_visitor_session_secret_hash")),
    )
    with op.batch_alter_table("visitor_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_visitor_session_key_id"), ["key_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_visitor_session_share_id"), ["share_id"], unique=False)

    op.create_table(
        "share_instance",
        sa.Column("version_id", sa.String(length=16), nullable=False),
        sa.Column("instance_id", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["instance.id"], name=op.f("fk_share_instance_instance_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["share_version.id"], name=op.f("fk_share_instance_version_id")
        ),
        sa.PrimaryKeyConstraint("version_id", "instance_id", name=op.f("pk_share_instance")),
    )
    with op.batch_alter_table("share_instance", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_share_instance_instance_id"), ["instance_id"], unique=False)


def downgrade() -> None:
    """Go back to the version before."""
    with op.batch_alter_table("share_instance", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_share_instance_instance_id"))

    op.drop_table("share_instance")
    with op.batch_alter_table("visitor_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_visitor_session_share_id"))
        batch_op.drop_index(batch_op.f("ix_visitor_session_key_id"))

    op.drop_table("visitor_session")
    with op.batch_alter_table("share_attachment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_share_attachment_attachment_id"))

    op.drop_table("share_attachment")
    with op.batch_alter_table("mail_code", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_mail_code_key_id"))

    op.drop_table("mail_code")
    with op.batch_alter_table("link_request", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_link_request_share_id"))
        batch_op.drop_index("ix_link_request_organisation_id_state")
        batch_op.drop_index(batch_op.f("ix_link_request_key_id"))

    op.drop_table("link_request")
    with op.batch_alter_table("instance", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_instance_series_id"))
        batch_op.drop_index("ix_instance_organisation_id_sha256")
        batch_op.drop_index("ix_instance_organisation_id_instance_uid")
        batch_op.drop_index("ix_instance_disc_id_instance_uid")

    op.drop_table("instance")
    op.drop_table("share_version")
    with op.batch_alter_table("share_key", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_share_key_share_id"))

    op.drop_table("share_key")
    with op.batch_alter_table("series", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_series_disc_id"))

    op.drop_table("series")
    with op.batch_alter_table("attachment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_attachment_study_id"))
        batch_op.drop_index("ix_attachment_organisation_id_sha256")
        batch_op.drop_index(batch_op.f("ix_attachment_disc_id"))

    op.drop_table("attachment")
    with op.batch_alter_table("study", schema=None) as batch_op:
        batch_op.drop_index("ix_study_organisation_id_study_uid")
        batch_op.drop_index(batch_op.f("ix_study_disc_id"))

    op.drop_table("study")
    with op.batch_alter_table("share", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_share_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_share_disc_id"))

    op.drop_table("share")
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_delivery_request_id"))

    op.drop_table("delivery")
    with op.batch_alter_table("upload_grant", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_upload_grant_disc_id"))

    op.drop_table("upload_grant")
    with op.batch_alter_table("sender_visit", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sender_visit_request_id"))
        batch_op.drop_index(batch_op.f("ix_sender_visit_key_id"))

    op.drop_table("sender_visit")
    with op.batch_alter_table("disc_patient", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_disc_patient_disc_id"))

    op.drop_table("disc_patient")
    with op.batch_alter_table("disc_file", schema=None) as batch_op:
        batch_op.drop_index("ix_disc_file_organisation_id_sha256")
        batch_op.drop_index("ix_disc_file_organisation_id_announced_sha256")

    op.drop_table("disc_file")
    with op.batch_alter_table("request_key", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_request_key_request_id"))

    op.drop_table("request_key")
    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_membership_organisation_id"))

    op.drop_table("membership")
    with op.batch_alter_table("disc", schema=None) as batch_op:
        batch_op.drop_index("ix_disc_organisation_id_created_at")

    op.drop_table("disc")
    with op.batch_alter_table("upload_request", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_upload_request_organisation_id"))

    op.drop_table("upload_request")
    with op.batch_alter_table("staff_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_staff_session_user_id"))

    op.drop_table("staff_session")
    op.drop_table("original")
    op.drop_table("organisation_site")
    with op.batch_alter_table("api_token", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_api_token_user_id"))

    op.drop_table("api_token")
    op.drop_table("user")
    op.drop_table("organisation")
    with op.batch_alter_table("letter", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_letter_share_id"))
        batch_op.drop_index(batch_op.f("ix_letter_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_letter_key_id"))

    op.drop_table("letter")
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_job_subject"))
        batch_op.drop_index("ix_job_state_run_at")

    op.drop_table("job")
    op.drop_table("audit_head")
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_entry_chain_share_id")
        batch_op.drop_index("ix_audit_entry_chain_disc_id")
        batch_op.drop_index("ix_audit_entry_chain_at")

    op.drop_table("audit_entry")
