"""Which way the patient lies: letters for the edges of a picture (PS3.3 C.7.6.1.1.1).

The viewer's own rule (``frontend/src/viewer/letters.ts``), for pictures that leave without a viewer.
"""

from typing import NamedTuple

from app.dicom import dicomjson
from app.dicom.dicomjson import Facts
from app.viewer.geometry import plane

AXES = ("LR", "PA", "HF")
OPPOSITE = str.maketrans("LRPAHF", "RLAPFH")
LEAST = 0.25
"""The share of a direction from which on its letter is told."""


class Edges(NamedTuple):
    """Letters at the edges of a picture that is neither turned nor mirrored."""

    top: str
    right: str
    bottom: str
    left: str


def edges_of(facts: Facts) -> Edges | None:
    """Return the letters of an instance, None when it does not say how it lies."""
    lies = plane(facts).orientation
    if lies:
        right, bottom = _letters(lies[:3]), _letters(lies[3:])
    else:
        told = [_sound(text) for text in dicomjson.texts(facts, "PatientOrientation")]
        right, bottom = (*told, "", "")[:2]
    if not right or not bottom:
        return None
    return Edges(bottom.translate(OPPOSITE), right, bottom, right.translate(OPPOSITE))


def _letters(direction: list[float]) -> str:
    """Return a direction's letters, strongest first, at most two."""
    strongest = sorted(zip(direction, AXES, strict=True), key=lambda one: -abs(one[0]))
    return "".join(axis[0 if amount > 0 else 1] for amount, axis in strongest[:2] if abs(amount) > LEAST)


def _sound(text: str) -> str:
    """Return letters that name directions; a stranger's header may say anything."""
    return text if 0 < len(text) <= 3 and set(text) <= set("LRPAHF") else ""
