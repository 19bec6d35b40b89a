"""Why some instances have no picture on the screen, or less than a whole one: what people read."""

from app.errors import VirtualCdError

TOO_MANY_VALUES = (
    "Too large to display: one picture of {millions} million values, of 100 million at most; "
    "it can still be downloaded."
)
TOO_MANY_FRAMES = (
    "Too large to display: it says that it holds {pictures} pictures; it can still be downloaded."
)
UNPACKS_TO_MORE = "Too large to display: it unpacks to more than 256 MB; it can still be downloaded."
TOO_MUCH_MEMORY = "Too large to display: it needs more memory than is allowed; it can still be downloaded."
CANNOT_READ = "Its picture is compressed in a way that this viewer cannot read; it can still be downloaded."
DAMAGED = "Its picture is damaged and cannot be displayed; it can still be downloaded."
CONTRADICTS = (
    "The description of its picture is incomplete or contradicts itself; it can still be downloaded."
)
CUT_SHORT = "Its picture is cut short: part of the data is missing. What is there can still be downloaded."
OTHER_SIZE = "Its picture has another size than its description says; it can still be downloaded."
VIDEO = "This is a video that this viewer cannot play yet; it can still be downloaded."
ELSEWHERE = "It only points to a picture on another server, which is not part of this disc."
NOT_MADE = "It cannot be shown here: making its pictures took too long, too much memory, or crashed."
GIVEN_UP = "Its pictures could not be made ready; it can still be downloaded."
NO_PICTURE = "This kind of object has no picture; it can still be downloaded."

FEWER = "Only {shown} of its {pictures} pictures could be read; the original can be downloaded."
NO_OVERLAY = "It has a drawing over the picture that could not be read; the original can be downloaded."
MEASURED = "Its description does not say how large it is; that was worked out from the picture itself."

_REST = "; it can still be downloaded."
KINDS = {
    "1.2.840.10008.5.1.4.1.1.88.59": "This is a list of chosen images, not a picture" + _REST,
    "1.2.840.10008.5.1.4.1.1.88.": "This is a report in words and numbers, not a picture" + _REST,
    "1.2.840.10008.5.1.4.1.1.104.1": "This is a document (PDF), not a picture" + _REST,
    "1.2.840.10008.5.1.4.1.1.104.2": "This is a document (CDA), not a picture" + _REST,
    "1.2.840.10008.5.1.4.1.1.104.": "This is a three-dimensional model, not a picture" + _REST,
    "1.2.840.10008.5.1.4.1.1.11.": "This tells how to show other images; it has no picture of its own.",
    "1.2.840.10008.5.1.4.1.1.9.": "This is a recorded curve, such as an ECG, not a picture" + _REST,
    "1.2.840.10008.5.1.4.1.1.481.": "This is radiotherapy data without a picture" + _REST,
    "1.2.840.10008.5.1.4.34.": "This is radiotherapy data without a picture" + _REST,
    "1.2.840.10008.5.1.4.1.1.66": "This is measured or derived data without a picture" + _REST,
    "1.2.840.10008.5.1.4.1.1.4.2": "These are measured spectra, not a picture" + _REST,
}
"""Sentences by the longest prefix of the SOP Class UID that fits (PS3.4 B.5)."""

SENTENCES = (
    TOO_MANY_VALUES,
    TOO_MANY_FRAMES,
    UNPACKS_TO_MORE,
    TOO_MUCH_MEMORY,
    CANNOT_READ,
    DAMAGED,
    CONTRADICTS,
    CUT_SHORT,
    OTHER_SIZE,
    VIDEO,
    ELSEWHERE,
    NOT_MADE,
    GIVEN_UP,
    NO_PICTURE,
    *KINDS.values(),
    FEWER,
    NO_OVERLAY,
    MEASURED,
)
"""All of them, for who translates; ``{name}`` stands for a number."""


class Unshown(VirtualCdError):
    """It cannot be displayed; ``str()`` is the sentence that says why. The original stays downloadable."""


def no_picture(sop_class_uid: str) -> str:
    """Return why an instance of this SOP class has nothing to display, in a sentence for people."""
    fitting = [prefix for prefix in KINDS if sop_class_uid.startswith(prefix)]
    return KINDS[max(fitting, key=len)] if fitting else NO_PICTURE
