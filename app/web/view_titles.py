"""What an examination is called in plain words, by the viewer's rule (``viewer/describe.ts``).

Never what a header says freely: somebody may have typed a name there.
"""

import re
from collections.abc import Iterable

from app.studies.models import Series
from app.web.view_words import words as viewer_words

XRAY = {"CR": "DX", "DX": "DX"}


def study_title(series: Iterable[Series]) -> str:
    """Return "CT of the chest" for the series of a study, those that are looked at first before."""
    words, every = viewer_words(), list(series)
    kind = _kind(words, every[0].modality)
    part = next(filter(None, (words.get(f"of_{_part(one.body_part)}") for one in every)), None)
    return words["kind_of_part"].format(kind=kind, part=part) if part else kind


def _kind(words: dict[str, str], modality: str) -> str:
    return words.get(f"modality_{XRAY.get(modality, modality)}") or words["modality_OT"]


def _part(body_part: str) -> str:
    return re.sub(r"[\s_^]", "", body_part.upper())
