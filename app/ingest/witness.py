"""The DICOMDIR as a witness: what it lists and nobody sent, and whom it names (PS3.3 F.3, PS3.10 8)."""

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import Sessions
from app.dicom.fileset import Listed
from app.dicom.identity import Identity
from app.ingest.names import plain
from app.ingest.originals import opened
from app.ingest.reading import HeaderReader
from app.storage import ObjectStore
from app.studies.models import Disc, DiscFile, Instance, Original, Verdict

UNLISTED = "The disc's index does not list it."
OTHER_UID = "The disc's index lists another object in its place (another SOP Instance UID)."


class Found(NamedTuple):
    """An instance that was found: the id of its file, where it lay, and its UID."""

    file_id: str
    path: str
    instance_uid: str


class Testimony(NamedTuple):
    """What the DICOMDIRs of a disc say: File IDs (joined by slashes) that are not there; the patients.

    What is known to have stayed on the disc, a patient left out for example, is there.
    """

    missing: list[str]
    patients: list[Identity]
    contradicted: dict[str, str]
    """By the id of an instance's file: how the directories contradict it, a sentence for staff."""


def hear(sessions: Sessions, store: ObjectStore, sandbox: HeaderReader, disc: Disc) -> Testimony:
    """Read the DICOMDIRs of a disc again and hold them against what was found."""
    with sessions() as session:
        directories = session.execute(
            select(DiscFile.path, Original.sha256, Original.encoding)
            .join(
                Original,
                (Original.organisation_id == DiscFile.organisation_id) & (Original.sha256 == DiscFile.sha256),
            )
            .where(DiscFile.disc_id == disc.id, DiscFile.verdict == Verdict.DICOMDIR)
            .order_by(DiscFile.number)
        ).all()
        if not directories:
            return Testimony([], [], {})
        paths, uids = _found(session, disc)
        stayed = set(map(comparable, (left["path"] for left in disc.left_paths)))
        instances = _instances(session, disc)
    lost: dict[str, None] = {}
    claims: dict[str, str] = {}
    patients: dict[Identity, None] = {}
    for path, sha256, encoding in directories:
        with opened(store, disc.organisation_id, sha256, encoding) as file:
            header = sandbox.read_header(file)
        here = listed_paths(path, header.listed)
        known = paths | stayed
        if disc.left_behind > len(stayed):
            known |= _beside(here, stayed)
        lost.update(dict.fromkeys(not_there(path, header.listed, known, uids)))
        patients.update(dict.fromkeys(header.patients))
        claims.update(here)
    return Testimony(list(lost), list(patients), contradictions(instances, claims))


def not_there(
    directory: str, listed: Iterable[Listed], paths: Collection[str], uids: Collection[str]
) -> list[str]:
    """Return what a DICOMDIR at the path ``directory`` lists and neither a path nor a UID speaks for.

    ``paths`` are as ``comparable`` makes them: case, version numbers and the kind of slash don't matter.
    """
    folder = comparable(directory).rpartition("/")[0]
    return [
        plain("/".join(one.file_id))
        for one in listed
        if one.instance_uid not in uids and _below(folder, one.file_id) not in paths
    ]


def listed_paths(directory: str, listed: Iterable[Listed]) -> dict[str, str]:
    """Return what a DICOMDIR at the path ``directory`` lists: comparable paths with their UIDs."""
    folder = comparable(directory).rpartition("/")[0]
    return {_below(folder, one.file_id): one.instance_uid for one in listed}


def contradictions(instances: Iterable[Found], claims: Mapping[str, str]) -> dict[str, str]:
    """Return how a disc's directories contradict instances that were found, by the ids of their files.

    ``claims`` are all listed paths with their UIDs; directories that list nothing contradict nothing.
    """
    uids = set(claims.values())
    found = {}
    for one in instances if claims else ():
        claimed = claims.get(comparable(one.path))
        if claimed is None and one.instance_uid not in uids:
            found[one.file_id] = UNLISTED
        elif claimed and claimed != one.instance_uid:
            found[one.file_id] = OTHER_UID
    return found


def comparable(path: str) -> str:
    """Return a path as discs compare it: upper case, without ``;1`` and trailing dots (ISO 9660 7.5)."""
    parts = path.replace("\\", "/").upper().split("/")
    return "/".join(part.partition(";")[0].rstrip(".") for part in parts if part)


def _below(folder: str, file_id: list[str]) -> str:
    path = comparable("/".join(file_id))
    return f"{folder}/{path}" if folder else path


def _beside(listed: Iterable[str], stayed: Collection[str]) -> set[str]:
    """Return what is listed in the folders of what ``stayed``: where a thousand did, no more are named."""
    folders = {path.rpartition("/")[0] for path in stayed}
    return {path for path in listed if path.rpartition("/")[0] in folders}


def _found(session: Session, disc: Disc) -> tuple[set[str], set[str]]:
    paths = session.scalars(select(DiscFile.path).where(DiscFile.disc_id == disc.id))
    uids = session.scalars(select(Instance.instance_uid).where(Instance.disc_id == disc.id))
    return set(map(comparable, paths)), set(uids)


def _instances(session: Session, disc: Disc) -> list[Found]:
    rows = select(DiscFile.id, DiscFile.path, Instance.instance_uid).join(
        Instance, Instance.disc_file_id == DiscFile.id
    )
    return [Found(*row) for row in session.execute(rows.where(DiscFile.disc_id == disc.id))]
