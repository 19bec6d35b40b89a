"""Whether a bundle that somebody hands back is complete, unchanged, ours, and the latest of its share."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from sqlalchemy.orm import Session

from app.accounts.models import Organisation
from app.bundles import manifest
from app.bundles.containers import Found, content_of, digest_of, opened
from app.bundles.manifest import Listed, Manifest, Unreadable
from app.bundles.of_disc import JOINT, plan_of_disc
from app.errors import NeedsReview, NotFound, Refused
from app.shares.models import Share, ShareVersion
from app.signing import DocumentSigner
from app.studies.queries import find_disc

MAX_MANIFEST = 64 << 20
Progress = Callable[[int, int], None]


class Verified(NamedTuple):
    """What is so. ``latest`` is None when this service does not know what the bundle is of.

    ``changed`` names the manifest when its signature does not hold or is not ours: then nothing it says
    counts. ``added`` is what was put beside the bundle's own files, which does no harm. ``part``: how many
    series were chosen, of how many that the link showed then; None for all of them.
    """

    complete: bool
    changed: list[str]
    missing: list[str]
    latest: bool | None
    added: list[str]
    signed: bool
    part: tuple[int, int] | None

    @property
    def good(self) -> bool:
        """Whether all that we gave is there as we gave it."""
        return self.complete and self.signed and not self.changed


class Checked(NamedTuple):
    """What a look at the files alone tells."""

    manifest: Manifest | None
    changed: list[str]
    missing: list[str]
    added: list[str]
    signed: bool


def check_files(path: Path, signer: DocumentSigner, progress: Progress) -> Checked:
    """Read every file that the manifest lists. Raises Refused for what is no container we know."""
    with opened(path) as files:
        name = next((one for one in manifest.NAMES if one in files), manifest.NAME)
        text = _content(files, name)
        signature = _content(files, manifest.SIGNATURE_NAME)
        own = (name, manifest.SIGNATURE_NAME)
        missing = [one for one in own if one not in files]
        signed = manifest.is_ours(text, signature, signer)
        changed = [] if signed or name in missing else [name]
        listed = _read(text)
        if listed is None:
            return Checked(None, changed, missing, [], signed=False)
        for number, one in enumerate(listed.files):
            progress(number, len(listed.files))
            if one.name not in files:
                missing.append(one.name)
            elif not _is_same(one, files[one.name]):
                changed.append(one.name)
        progress(1, 1)
        added = sorted(set(files) - {one.name for one in listed.files} - set(own))
    return Checked(listed, changed, missing, added, signed)


def verified(
    session: Session, checked: Checked, organisation: Organisation, signer: DocumentSigner
) -> Verified:
    """Add to a look at the files what the database knows."""
    latest = checked.manifest and _is_latest(session, checked.manifest, organisation, signer)
    return Verified(
        complete=not checked.missing,
        changed=checked.changed,
        missing=checked.missing,
        latest=latest,
        added=checked.added,
        signed=checked.signed,
        part=checked.manifest.part if checked.manifest else None,
    )


def _content(files: dict[str, Found], name: str) -> bytes:
    return (content_of(files[name], MAX_MANIFEST) if name in files else None) or b""


def _read(text: bytes) -> Manifest | None:
    try:
        return manifest.read(text)
    except Unreadable:
        return None


def _is_same(listed: Listed, found: Found) -> bool:
    return found.size == listed.size and digest_of(found) == listed.sha256


def _is_latest(
    session: Session, listed: Manifest, organisation: Organisation, signer: DocumentSigner
) -> bool | None:
    if JOINT in listed.version_id:
        return _is_as_the_disc(session, listed, organisation, signer)
    return is_latest_version(session, listed.version_id, organisation.id)


def is_latest_version(session: Session, version_id: str, organisation_id: str | None = None) -> bool | None:
    """Tell whether a share has no newer version; None for one that we, or that organisation, do not know."""
    version = session.get(ShareVersion, version_id)
    if version is None:
        return None
    share = session.get_one(Share, version.share_id)
    if organisation_id not in (None, share.organisation_id):
        return None
    return share.versions[-1].id == version.id


def _is_as_the_disc(
    session: Session, listed: Manifest, organisation: Organisation, signer: DocumentSigner
) -> bool | None:
    disc_id, patient_key = listed.version_id.split(JOINT, 1)
    try:
        disc = find_disc(session, organisation.id, disc_id)
        now = plan_of_disc(session, disc, organisation, patient_key, signer=signer)
    except (NotFound, Refused, NeedsReview):
        return None
    images = {(entry.name, entry.sha256) for entry in now.entries if not isinstance(entry.content, bytes)}
    return images <= {(one.name, one.sha256) for one in listed.files}
