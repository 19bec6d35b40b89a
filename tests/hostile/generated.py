"""The samples that a generator beside the corpus writes, and what must become of each.

The generator is a script that takes a folder and leaves a ``manifest.json`` there; ``VCD_HOSTILE`` names
another one.
"""

import json
import os
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path
from typing import NamedTuple

from app.dicom.part10 import DICOMDIR, INSTANCE, NOT_DICOM, REFUSED
from tests.corpus import corpus
from tests.hostile.samples import SHOWN, Outcome

NO_PICTURE = "no picture"
OTHER_NAME = Outcome(INSTANCE, "names another object", NO_PICTURE)
BAD_UID = Outcome(INSTANCE, "not as a valid UID", NO_PICTURE)
FEWER = "fewer pixels than its header promises"

FILES: dict[str, Outcome] = {
    "D01": Outcome(INSTANCE, "begins like a program", SHOWN),
    "D02": Outcome(INSTANCE, "begins like a program", SHOWN),
    "D03": Outcome(INSTANCE, "begins like a program", SHOWN),
    "D04": Outcome(INSTANCE, "begins like a script", SHOWN),
    "D05": Outcome(INSTANCE, "begins like a web page", SHOWN),
    "D06": Outcome(INSTANCE, "begins like a PDF document", SHOWN),
    "D07": Outcome(INSTANCE, "", SHOWN),
    "D08": Outcome(INSTANCE, "", SHOWN),
    "D09": Outcome(INSTANCE, "", SHOWN),
    "D10-*": Outcome(INSTANCE, "", SHOWN),
    "D11": Outcome(INSTANCE, "", SHOWN),
    "D12-[04]": Outcome(INSTANCE, "character set that does not exist", NO_PICTURE),
    "D12-*": OTHER_NAME,
    "D20-*": Outcome(REFUSED, "nested more than 32 deep"),
    "D21": Outcome(INSTANCE, "cut short", "damaged"),
    "D22": OTHER_NAME,
    "D23": Outcome(REFUSED, "makes no sense"),
    "D24": Outcome(REFUSED, "ends in the middle of its header"),
    "D25": Outcome(REFUSED, "more than 200,000 data elements"),
    "D26": Outcome(REFUSED, "more than 256 MB"),
    "D27-0": Outcome(NOT_DICOM, "an empty file"),
    "D27-1": Outcome(NOT_DICOM, "not DICOM"),
    "D27-12?": Outcome(NOT_DICOM, "not DICOM"),
    "D27-131": Outcome(NOT_DICOM, "not DICOM"),
    "D27-132": Outcome(REFUSED, "nothing follows its start"),
    "D27-[124]??": Outcome(REFUSED, "ends in the middle of its header"),
    "D27-*": Outcome(INSTANCE, "cut short", "cut short"),
    "D28": Outcome(INSTANCE, "lacks the 128 bytes", SHOWN),
    "D29": Outcome(INSTANCE, "names another object", SHOWN),
    "D30": Outcome(INSTANCE, FEWER, "Too large to display"),
    "D31": Outcome(INSTANCE, FEWER, "Too large to display"),
    "D32-[24]": Outcome(INSTANCE, FEWER, "Too large to display"),
    "D32-5": Outcome(INSTANCE, "", SHOWN),
    "D32-*": Outcome(INSTANCE, "how many pictures", SHOWN),
    "D33": Outcome(INSTANCE, "", "incomplete"),
    "D34": Outcome(INSTANCE, FEWER, "cut short"),
    "D35": Outcome(INSTANCE, "cut short", "damaged"),
    "D36": Outcome(INSTANCE, "", "compressed in a way"),
    "D37": Outcome(INSTANCE, "cut short", "damaged"),
    "D38": Outcome(INSTANCE, "", "damaged"),
    "D39": Outcome(INSTANCE, "", "Too large to display"),
    "D41": Outcome(INSTANCE, "", "damaged"),
    "D42": Outcome(INSTANCE, "", "contradicts"),
    "D43": Outcome(INSTANCE, "", "damaged"),
    "D44": Outcome(INSTANCE, "", "incomplete"),
    "D50-5": Outcome(INSTANCE, "does not state", NO_PICTURE),
    "D50-6": OTHER_NAME,
    "D50-*": BAD_UID,
    "D52": OTHER_NAME,
    "D53": OTHER_NAME,
    "D60-*": Outcome(INSTANCE, "", "a document"),
    "D70": Outcome(DICOMDIR),
    "D71": Outcome(DICOMDIR),
    "C0?": Outcome(INSTANCE, "", SHOWN),
}
"""By the sample's id, the first pattern that fits."""


class Whole(NamedTuple):
    """What must become of an archive or a disc image: its state, and how many instances it gives."""

    state: str
    instances: int = 0
    says: str = ""


FAILED, READY, NOT_TAKEN = "failed", "ready", "not taken"
NO_ZIP = "can be read"
FOREIGN = "not opened here"
WHOLES: dict[str, Whole] = {
    "Z01": Whole(READY, 1),
    "Z02": Whole(READY, 1, "links are not followed"),
    "Z03": Whole(READY, 1, "longer than 255"),
    "Z04": Whole(FAILED, 0, "damaged inside"),
    "Z05": Whole(FAILED, 0, "damaged inside"),
    "Z06": Whole(FAILED, 0, "100 times larger"),
    "Z07": Whole(FAILED, 0, "an archive"),
    "Z08": Whole(NOT_TAKEN, 0, "at most 50,000 files"),
    "Z10": Whole(FAILED, 0, "password"),
    "Z11": Whole(READY, 1),
    "Z12": Whole(FAILED, 0, "plain ZIP compression"),
    "Z13": Whole(FAILED, 0, NO_ZIP),
    "Z14": Whole(READY, 1, "a program"),
    "Z15": Whole(FAILED, 0, FOREIGN),
    "Z16": Whole(FAILED, 0, FOREIGN),
    "Z17": Whole(FAILED, 0, NO_ZIP),
    "I00": Whole(READY, 1),
    "I01": Whole(READY, 1, "leads back to itself"),
    "I03": Whole(FAILED, 0, "ends before this file does"),
    "I04": Whole(READY, 1, "ends before this file does"),
    "I05": Whole(READY, 1, "an empty file"),
    "I06": Whole(READY, 1),
    "I07": Whole(FAILED, 0, "ends too early"),
    "I08": Whole(FAILED),
    "I09": Whole(FAILED, 0, "not an image of a disc that can be read"),
    "I10": Whole(FAILED, 0, "ends too early"),
}
"""Archives and images of discs by the sample's id."""


def generator() -> Path | None:
    """Return the script that writes the samples, if this machine has it."""
    script = Path(os.environ.get("VCD_HOSTILE") or corpus().parent / "tools" / "make_hostile.py")
    return script if script.is_file() else None


def generate(folder: Path) -> dict[str, list[Path]]:
    """Write the samples; return their paths by id."""
    script = generator()
    assert script is not None
    subprocess.run([sys.executable, str(script), str(folder)], check=True, capture_output=True)
    found: dict[str, list[Path]] = {}
    for entry in json.loads((folder / "manifest.json").read_text()):
        found.setdefault(entry["id"], []).append(folder / entry["path"])
    return found


def outcome_of(sample_id: str) -> Outcome | None:
    """Return what must become of a single file."""
    return next((wanted for pattern, wanted in FILES.items() if fnmatch(sample_id, pattern)), None)
