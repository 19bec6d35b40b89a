"""The uploader's words for senders, by the English text that its script carries; it fills in ``{name}``."""

from flask_babel import gettext


def words() -> dict[str, str]:
    """Return every text of the uploader's script in the visitor's language, and what the server refuses."""
    return dict((*_numbers(), *_modalities(), *_choosing(), *_holds(), *_sending(), *_refusals()))


def _(english: str) -> tuple[str, str]:
    """Return a text as the script knows it, and as the visitor reads it."""
    return english, str(gettext(english))


def _numbers() -> tuple[tuple[str, str], ...]:
    return (
        _("{n} file"),
        _("{n} files"),
        _("{n} image"),
        _("{n} images"),
        _("{n} program"),
        _("{n} programs"),
        _("{n} other file"),
        _("{n} other files"),
        _("1 series"),
        _("{n} series"),
        _("{n} of {total}"),
        _("{n} of {total} files"),
        _("and {n} more"),
        _("less than a minute"),
        _("about {n} min"),
        _("about {n} h"),
        _(" · {speed} a second · {time} left"),
    )


def _modalities() -> tuple[tuple[str, str], ...]:
    return (
        _("CT"),
        _("MRI"),
        _("Ultrasound"),
        _("X-ray"),
        _("Angiography"),
        _("Fluoroscopy"),
        _("Mammogram"),
        _("Nuclear medicine"),
        _("PET"),
        _("Report"),
        _("Document"),
        _("Other pictures"),
        _("Pictures"),
    )


def _choosing() -> tuple[tuple[str, str], ...]:
    return (
        _("Looking at {files} …"),
        _("Looking at what is on the disc …"),
        _("Looking: {n} of {files}"),
        (
            "The server opens this archive once it is sent, and shows who is in it.",
            str(gettext("The server opens this archive once it is sent.")),  # a sender is not shown who
        ),
        _("{n} of {files} are safe already. "),
        _("{files} on the disc ({size}) will go along."),
        _("{programs} left behind"),
        _("{files} larger than 2 GB: left behind"),
        _("a program"),
        _("would start a program"),
        _("part of a viewer"),
        _("left there by a computer"),
        _("larger than we take"),
        _("left out"),
        _("{files} couldn’t be read. Clean the disc and choose it again, or go on without"),
        _("No name"),
        _("born {date}"),
        _("ID {id}"),
        _("no birth date"),
        _("according to the disc’s index"),
        _("Left out"),
        _("Take back in"),
        _("Leave out this person"),
        _("Same person: why?"),
        _("Series"),
        _("Send {what} ({size})"),
        _("Send the other {what} ({size})"),
        _("Finish this disc"),
    )


def _holds() -> tuple[tuple[str, str], ...]:
    return (
        _(
            "There is nothing to send in what you chose. "
            "Choose the disc itself, or the folder that holds its files."
        ),
        _("Looking at the files first …"),
        _("A disc may hold at most 10 GB. Leave something out."),
        _("A disc may hold at most 50,000 files. Choose one disc at a time, or a part of it."),
        _(
            "More than one person is on this disc. "
            "Leave out who does not belong, or say why it is the same person."
        ),
        _(
            "This is not the same disc: most of the files that were sent before are not on it. "
            "Choose the same disc again."
        ),
        _("The files say otherwise than the disc’s index did. Look again, then press Send."),
    )


def _sending() -> tuple[tuple[str, str], ...]:
    return (
        _("Pause"),
        _("Go on"),
        _("Paused. What was sent is safe."),
        _("Connection lost. {n} of {total} are safe; we’ll go on by ourselves."),
        _("{files} couldn’t be read. The rest goes on"),
        _("{n} of {files} checked"),
        _("{n} per cent checked"),
        _("The drive no longer gives its files. Is the disc still in it? Put it back, then press Go on."),
        _("The page lost touch with the disc. What arrived is safe. Press Send to go on."),
        _("The page lost touch with the server. Nothing was lost. Try again."),
    )


def _refusals() -> tuple[tuple[str, str], ...]:
    return (
        _("There is no such upload."),
        _("This upload is over."),
        _("This request has ended."),
        _("A disc may hold at most 50,000 files."),
        _("A disc may hold at most 10 GB."),
        _("A file may be at most 2 GB."),
        _("Another upload is still going on. Let it end first."),
        _("Too many uploads were begun with this link. Please call."),
        _("This is more than was asked for. Leave something out, or call."),
        _("So much waits here already that nothing more can be taken in now. Please call."),
        _("The storage is full. What arrived before is safe."),
        _("The file did not arrive as announced. Nothing of it was kept; send it again."),
        _("The file has not arrived as announced. Send what is missing, then try again."),
        _("The server answered with an error."),
        _("{file} was refused. {answer} What arrived is safe."),
        _("A part of a large file was refused. {answer} What arrived is safe."),
        _("{n} files do not arrive whole. What arrived is safe."),
    )
