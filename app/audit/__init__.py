"""Who did what, when, to what, with what outcome: a hash chain written in the deed's own transaction."""

from app.audit.actions import Action
from app.audit.actor import Actor
from app.audit.log import AuditLog, record
from app.audit.repeats import record_denial

__all__ = ["Action", "Actor", "AuditLog", "record", "record_denial"]
