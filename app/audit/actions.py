"""The closed set of what is written to the audit log, with DICOM event ids (PS3.15 A.5.3) for exports."""

from enum import StrEnum


class Action(StrEnum):
    """A deed or a denial."""

    LOGGED_IN = "logged_in"
    LOGIN_DENIED = "login_denied"
    LOGGED_OUT = "logged_out"
    ACCESS_DENIED = "access_denied"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105
    PASSWORD_RESET = "password_reset"  # noqa: S105
    SECOND_FACTOR_SET = "second_factor_set"
    SECOND_FACTOR_REMOVED = "second_factor_removed"
    SECOND_FACTOR_DENIED = "second_factor_denied"
    RECOVERY_CODES_MADE = "recovery_codes_made"
    USER_CREATED = "user_created"
    USER_DISABLED = "user_disabled"
    TOKEN_CREATED = "token_created"  # noqa: S105
    ORGANISATION_CHANGED = "organisation_changed"
    DISC_BEGUN = "disc_begun"
    DISC_RECEIVED = "disc_received"
    DISC_READ = "disc_read"
    DISC_FAILED = "disc_failed"
    DISC_DECIDED = "disc_decided"
    DECISION_UNDONE = "decision_undone"
    DISC_RELEASED = "disc_released"
    DISC_SENT_BACK = "disc_sent_back"
    BIRTH_DATE_CHECKED = "birth_date_checked"
    BIRTH_DATE_WRONG = "birth_date_wrong"
    DISC_STOPPED = "disc_stopped"
    DISC_DELETED = "disc_deleted"
    DISC_RESTORED = "disc_restored"
    DISC_PURGED = "disc_purged"
    ATTACHMENT_ADDED = "attachment_added"
    ATTACHMENT_CHANGED = "attachment_changed"
    ATTACHMENT_REMOVED = "attachment_removed"
    DISC_ACCEPTED = "disc_accepted"
    DISC_MATCHED = "disc_matched"
    DISC_REFUSED = "disc_refused"
    REQUEST_CREATED = "request_created"
    REQUEST_REVOKED = "request_revoked"
    UPLOAD_RESUMED = "upload_resumed"
    UPLOAD_SWEPT = "upload_swept"
    SHARE_CREATED = "share_created"
    SHARE_VERSION_ADDED = "share_version_added"
    SHARE_EXTENDED = "share_extended"
    SHARE_REVOKED = "share_revoked"
    KEY_CREATED = "key_created"
    KEY_FROZEN = "key_frozen"
    KEY_REVOKED = "key_revoked"
    LINK_ASKED = "link_asked"
    LINK_REQUEST_SETTLED = "link_request_settled"
    MAIL_QUEUED = "mail_queued"
    MAIL_SENT = "mail_sent"
    MAIL_FAILED = "mail_failed"
    SHARES_EXPORTED = "shares_exported"
    OPENED = "opened"
    OPEN_DENIED = "open_denied"
    VIEWED = "viewed"
    DOWNLOADED = "downloaded"
    DOWNLOAD_ENDED = "download_ended"
    DOWNLOAD_DENIED = "download_denied"
    COPY_ASKED = "copy_asked"
    NOTE_KEPT = "note_kept"
    NOTE_DELETED = "note_deleted"
    ORIGINAL_DAMAGED = "original_damaged"


DICOM_EVENTS = {
    Action.LOGGED_IN: "110114",
    Action.LOGIN_DENIED: "110114",
    Action.LOGGED_OUT: "110114",
    Action.SECOND_FACTOR_DENIED: "110114",
    Action.ACCESS_DENIED: "110113",
    Action.DISC_RECEIVED: "110107",
    Action.DISC_READ: "110107",
    Action.DISC_RELEASED: "110113",
    Action.BIRTH_DATE_WRONG: "110113",
    Action.DISC_STOPPED: "110113",
    Action.ATTACHMENT_ADDED: "110107",
    Action.ATTACHMENT_REMOVED: "110105",
    Action.DISC_DELETED: "110105",
    Action.DISC_PURGED: "110105",
    Action.OPENED: "110114",
    Action.OPEN_DENIED: "110114",
    Action.VIEWED: "110103",
    Action.DOWNLOADED: "110106",
    Action.DOWNLOAD_ENDED: "110106",
    Action.DOWNLOAD_DENIED: "110113",
    Action.KEY_FROZEN: "110113",
    Action.ORIGINAL_DAMAGED: "110113",
}
"""DCM codes: 110103 accessed, 110105 deleted, 110106 export, 110107 import, 110113 alert, 110114 login."""
