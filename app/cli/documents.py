"""The JSON documents that verbs print: names fixed by the product's contract with its users."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.cli.output import iso
from app.requests import service as requests
from app.requests.models import UploadRequest
from app.requests.service import NewRequestKey
from app.shares.models import Share
from app.shares.service import NewKey, key_state, state_of
from app.studies import queries
from app.studies.models import Disc, DiscPatient, Study

Document = dict[str, Any]


def disc_document(session: Session, disc: Disc) -> Document:
    """Return a disc with its receipt, patients and studies."""
    patients = queries.patients_of(session, disc)
    return {
        "disc_id": disc.id,
        "label": disc.label,
        "state": disc.state,
        "reason": disc.state_reason,
        "review": disc.review_reasons,
        "created_at": iso(disc.created_at),
        "receipt": queries.receipt(session, disc)._asdict(),
        "patients": [_patient(patient) for patient in patients],
        "studies": [_study(study) for patient in patients for study in patient.studies],
    }


def _patient(patient: DiscPatient) -> Document:
    return {
        "patient_key": patient.id,
        "name": patient.name,
        "patient_id": patient.patient_id,
        "birth_date": patient.birth_date,
        "sex": patient.sex,
        "decision": patient.decision,
        "study_uids": [study.study_uid for study in patient.studies],
    }


def _study(study: Study) -> Document:
    return {
        "study_uid": study.study_uid,
        "patient_key": study.disc_patient_id,
        "date": study.date,
        "description": study.description,
        "accession_number": study.accession_number,
        "modalities": sorted({series.modality for series in study.series}),
        "series": len(study.series),
        "instances": sum(len(series.instances) for series in study.series),
    }


def new_key_document(key: NewKey, base_url: str) -> Document:
    """Return a key just made: the only time that link, code and PIN are shown."""
    return {
        "share_id": key.share_id,
        "key_id": key.key_id,
        "url": f"{base_url}/s/{key.token}",
        "code": key.code,
        "pin": key.pin,
        "expires_at": iso(key.expires_at),
    }


def share_document(share: Share, now: Any) -> Document:
    """Return a share and its keys, without secrets."""
    return {
        "share_id": share.id,
        "disc_id": share.disc_id,
        "state": state_of(share, now),
        "purpose": share.purpose,
        "allow": share.allow,
        "recipient": share.recipient,
        "reference": share.reference,
        "created_at": iso(share.created_at),
        "expires_at": iso(share.expires_at),
        "uses": share.uses,
        "max_uses": share.max_uses,
        "keys": [
            {
                "key_id": key.id,
                "channel": key.channel,
                "state": key_state(key, now),
                "uses": key.uses,
                "failures": key.failures,
            }
            for key in share.keys
        ],
    }


def new_request_document(key: NewRequestKey, base_url: str) -> Document:
    """Return a request's key just made: the only time that link, code and PIN are shown."""
    return {
        "request_id": key.request_id,
        "key_id": key.key_id,
        "url": f"{base_url}/r/{key.token}",
        "code": key.code,
        "pin": key.pin,
        "expires_at": iso(key.expires_at),
    }


def request_document(asked: UploadRequest, now: datetime) -> Document:
    """Return a request for images and what came in by it, without secrets."""
    return {
        "request_id": asked.id,
        "state": requests.state_of(asked, now),
        "to": asked.asked,
        "reference": asked.reference,
        "created_at": iso(asked.created_at),
        "expires_at": iso(asked.expires_at),
        "max_discs": asked.max_discs,
        "discs": [
            {"disc_id": delivery.disc_id, "standing": requests.standing(delivery)}
            for delivery in asked.deliveries
        ],
    }
