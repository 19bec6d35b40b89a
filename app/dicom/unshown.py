"""Why some instances have no picture on the screen: the words that visitors and staff read."""

from app.errors import VirtualCdError

TOO_LARGE = "Too large to display: {}; it can still be downloaded."
CANNOT_READ = "Its picture is compressed in a way that this viewer cannot read; it can still be downloaded."
DAMAGED = "Its picture is damaged and cannot be displayed; it can still be downloaded."
CONTRADICTS = (
    "The description of its picture is incomplete or contradicts itself; it can still be downloaded."
)
CUT_SHORT = "Its picture is cut short: part of the data is missing. What is there can still be downloaded."
OTHER_SIZE = "Its picture has another size than its description says; it can still be downloaded."
VIDEO = "This is a video that this viewer cannot play yet; it can still be downloaded."
ELSEWHERE = "It only points to a picture on another server, which is not part of this disc."
NO_PICTURE = "This kind of object has no picture; it can still be downloaded."

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


class Unshown(VirtualCdError):
    """It cannot be displayed; ``str()`` is the sentence that says why. The original stays downloadable."""


def no_picture(sop_class_uid: str) -> str:
    """Return why an instance of this SOP class has nothing to display, in a sentence for people."""
    fitting = [prefix for prefix in KINDS if sop_class_uid.startswith(prefix)]
    return KINDS[max(fitting, key=len)] if fitting else NO_PICTURE
