"""The product's own words for what goes wrong.

Texts are safe for strangers: no patient data, no paths. Library exceptions stop at the adapter that knows
them; a rim (web, cli) turns these words into its own codes.
"""


class VirtualCdError(Exception):
    """Something that the product foresaw. ``str()`` is a sentence for people."""


class NotFound(VirtualCdError):
    """There is no such thing, or it is not yours: the two are told alike."""


class Gone(VirtualCdError):
    """It was real and has ended: expired, revoked, used up, deleted."""


class Away(Gone):
    """A visit is over since nobody came for a while; what it led to goes on."""


class Refused(VirtualCdError):
    """The rules forbid it now; the text says which rule and what to do."""


class Unacceptable(VirtualCdError):
    """What was sent cannot be understood or is out of range."""


class TooLarge(VirtualCdError):
    """More than the limits allow; the text names the limit."""


class TooSoon(VirtualCdError):
    """Asked again before a delay was over; ``retry_after`` is in seconds."""

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Outdated(VirtualCdError):
    """It was decided from what is no longer so: nothing was done; look again."""


class NeedsReview(VirtualCdError):
    """A person must decide first."""


class StorageFull(VirtualCdError):
    """The store has no room. What was acknowledged is safe; nothing else was kept."""
