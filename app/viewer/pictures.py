"""What the viewer is told of one instance."""

from typing import Any

from app.dicom import dicomjson
from app.dicom.dicomjson import Facts
from app.dicom.preview import aspect_of
from app.studies.models import DisplayState, Instance
from app.viewer import classes, geometry, order, regions, tables

PENDING = "Being prepared; look again in a minute."
NO_REASON = "This cannot be shown here. It can be downloaded."


def entry(base: str, instance: Instance, *, may_download: bool) -> dict[str, Any]:
    """Return an instance's part of the manifest; ``base`` is the share's address, ``/view/<share_id>``."""
    facts = instance.facts
    shown = instance.display_state == DisplayState.SHOWN and instance.display is not None
    display = instance.display or {} if shown else {}
    return {
        "id": instance.id,
        "instance_uid": instance.instance_uid,
        "sop_class_uid": instance.sop_class_uid,
        "transfer_syntax_uid": instance.transfer_syntax_uid,
        "number": instance.number,
        "rows": display.get("rows", instance.rows),
        "columns": display.get("columns", instance.columns),
        "what": classes.name(instance.sop_class_uid, has_pixels=instance.frames > 0),
        "shown": shown,
        "reason": None if shown else _reason(instance),
        "frames": _frames(base, instance, display),
        **_order(instance, display),
        "rescale": display.get("rescale") or {"slope": 1, "intercept": 0},
        "windows": display.get("windows", []),
        "modality_lut": tables.name_of(display.get("modality_lut")),
        "unit": display.get("unit", ""),
        "voi_lut": tables.reference(display.get("voi_lut")),
        "padding": display.get("padding"),
        "note": display.get("note"),
        "lossy": bool(display.get("lossy")),
        "lossy_ratio": dicomjson.number(facts, "LossyImageCompressionRatio"),
        "preview": preview(base, instance),
        "original": f"{base}/instances/{instance.id}" if may_download else None,
        "document": document(base, instance),
        "aspect": aspect_of(facts),
        "plane": geometry.as_manifest(geometry.plane(facts)),
        **_only("overlays", _overlays(base, instance.id, display)),
        **_only("regions", regions.of(facts)),
        "frame_time": _frame_time(facts),
        "laterality": _laterality(facts),
        "view": dicomjson.text(facts, "ViewPosition"),
        "edges": dicomjson.texts(facts, "PatientOrientation"),
    }


def document(base: str, instance: Instance) -> dict[str, str] | None:
    """Return the address and kind (pdf or report) of what can be read of an instance, or None."""
    told = (instance.display or {}).get("document")
    return {"url": f"{base}/documents/{instance.id}", "kind": told["kind"]} if told else None


def preview(base: str, instance: Instance) -> str | None:
    """Return the address of an instance's preview, or None when it has none."""
    has = instance.display_state == DisplayState.SHOWN and (instance.display or {}).get("preview")
    return f"{base}/previews/{instance.id}.webp" if has else None


def _frames(base: str, instance: Instance, display: dict[str, Any]) -> list[dict[str, Any]]:
    kind = {key: display.get(key) for key in ("bits", "signed", "samples", "photometric")}
    kind["float"] = bool(display.get("float"))
    own = ("encoding", "rescale", "windows")
    frames = display.get("frames", [])
    planes = geometry.planes(instance.facts, len(frames))
    return [
        {
            "url": _blob(base, instance.id, index),
            **{key: frame[key] for key in own if key in frame},
            **_only("plane", planes[index].beside(planes[0])),
            **kind,
        }
        for index, frame in enumerate(frames)
    ]


def _order(instance: Instance, display: dict[str, Any]) -> dict[str, Any]:
    """Return ``{"order": [frame indices]}`` where frames are leafed through in another order than theirs."""
    return _only("order", order.frames(instance.facts, len(display.get("frames", []))))


def _overlays(base: str, instance_id: str, display: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the drawings over the picture; ``frame`` is None for those of all frames."""
    told = ("encoding", "rows", "columns", "x", "y", "frame", "label")
    first = len(display.get("frames", []))
    return [
        {"url": _blob(base, instance_id, first + index), **{key: overlay[key] for key in told}}
        for index, overlay in enumerate(display.get("overlays", []))
    ]


def _blob(base: str, instance_id: str, index: int) -> str:
    return f"{base}/frames/{instance_id}/{index}"


def _only(key: str, value: Any) -> dict[str, Any]:
    """Return what is worth telling: most pictures have no such thing."""
    return {key: value} if value else {}


def _reason(instance: Instance) -> str:
    if instance.display_state == DisplayState.PENDING:
        return PENDING
    return instance.display_reason or NO_REASON


def _frame_time(facts: Facts) -> float | None:
    """Return the time between frames in ms (PS3.3 C.7.6.5), or None."""
    if time := dicomjson.number(facts, "FrameTime"):
        return time
    rate = dicomjson.number(facts, "RecommendedDisplayFrameRate") or dicomjson.number(facts, "CineRate")
    return 1000 / rate if rate and rate > 0 else None


def _laterality(facts: Facts) -> str:
    """Return L, R, B or U as the header says, or an empty text."""
    return dicomjson.text(facts, "ImageLaterality") or dicomjson.text(facts, "Laterality")
