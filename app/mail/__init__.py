"""Mail: one clean message to one address, queued encrypted, sent by a worker, and then forgotten."""

from app.mail.mailroom import Mailroom
from app.mail.message import Outgoing, check_address
from app.mail.models import Letter, LetterState

__all__ = ["Letter", "LetterState", "Mailroom", "Outgoing", "check_address"]
