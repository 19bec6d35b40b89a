"""In what modality values are counted, as people write it (PS3.3 C.11.1.1.2, C.8.9.1.1.3)."""

from app.dicom.dicomjson import Facts, items, text, texts
from app.dicom.window import group

WRITTEN = {
    "HU": "HU",
    "HU_MOD": "HU (modified)",
    "OD": "× 10⁻³ OD",
    "PCT": "%",
    "MGML": "mg/ml",
    "Z_EFF": "Z",
    "ED": "× 10²³ e⁻/ml",
    "EDW": "× water",
    "BQML": "Bq/ml",
    "CNTS": "counts",
    "PROPCNTS": "counts (scaled)",
    "CPS": "counts/s",
    "GML": "g/ml",
    "CM2ML": "cm²/ml",
    "MLG": "ml/g",
    "1CM": "1/cm",
    "UMOLML": "µmol/ml",
    "PERCENT": "%",
}
"""Defined terms of Rescale Type, Modality LUT Type and Units; ``US`` (unspecified) and others say nothing."""


def unit_of(facts: Facts, frame_index: int = 0) -> str:
    """Return the unit of a frame's modality values, or an empty text: what is not told is not made up.

    Computed tomography counts in HU unless it says otherwise (PS3.3 C.8.2.1.1.2); localizers do not.
    """
    lut = items(facts, "ModalityLUTSequence")
    group_type = text(group(facts, frame_index, "PixelValueTransformationSequence"), "RescaleType")
    told = text(lut[0], "ModalityLUTType") if lut else group_type or text(facts, "Units")
    if told:
        return WRITTEN.get(told.upper(), "")
    return "HU" if is_ct_slice(facts) and not lut else ""


def is_ct_slice(facts: Facts) -> bool:
    """Tell whether an instance is a slice of computed tomography, not its localizer (PS3.3 C.8.2.1.1.1)."""
    return text(facts, "Modality") == "CT" and "LOCALIZER" not in texts(facts, "ImageType")
