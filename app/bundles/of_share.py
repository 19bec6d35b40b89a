"""The bundle of a share: its newest version, planned once and the same for every worker."""

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Organisation
from app.bundles.cache import Plans
from app.bundles.choice import EVERYTHING, Choice
from app.bundles.compatible import copies_for
from app.bundles.kept import KeptPlans
from app.bundles.offline import page
from app.bundles.plan import AS_RECEIVED, Plan, Variant, plan
from app.errors import NotFound
from app.shares.models import Share, ShareVersion
from app.shares.queries import all_displayed, shared_attachments, shared_instances
from app.shares.unmatched import unmatched
from app.signing import DocumentSigner
from app.storage import ObjectStore
from app.studies.models import DiscPatient, Instance


class Bundles:
    """Plans of shares: in memory the last used ones, in the store every one that was asked for."""

    def __init__(
        self, store: ObjectStore, signer: DocumentSigner, base_url: str, plans: Plans | None = None
    ) -> None:
        self._store, self._signer, self._base_url = store, signer, base_url
        self._plans = plans or Plans()

    def plan_of(
        self, session: Session, share: Share, organisation: Organisation, language: str | None = None
    ) -> Plan:
        """Return the plan of what ``share`` shows now, for people in ``language`` (None: the share's).

        Raises NotFound while it shows nothing yet.
        """
        version, language = _newest(share), language or language_of(share, organisation)
        displayed = all_displayed(session, version.id)
        made_from = self._made_from(session, share, organisation, language, displayed=displayed)
        return self._plans.get(
            (version.id, made_from),
            lambda: self._kept(
                session, share, organisation, version, made_from, language, displayed=displayed
            ),
        )

    def chosen(
        self,
        session: Session,
        share: Share,
        organisation: Organisation,
        choice: Choice,
        now: datetime,
        language: str | None = None,
    ) -> Plan:
        """Return the plan of some of what ``share`` shows now, or of all in another form; not kept for long.

        Raises NotFound for a series that it does not show, NotMade for copies that are not there.
        """
        if choice == EVERYTHING:
            return self.plan_of(session, share, organisation, language)
        version, language = _newest(share), language or language_of(share, organisation)
        displayed = all_displayed(session, version.id)
        made_from = self._made_from(session, share, organisation, language, displayed=displayed)
        every = shared_instances(session, share, version.id)
        instances, part = _part(every, choice)
        copies = copies_for(session, instances, now) if choice.plain else None
        sums = tuple(sorted((copy.original_sha256, copy.id) for copy in (copies or {}).values()))
        variant = Variant(choice.name, copies, part)
        return self._plans.get(
            (version.id, made_from, choice, sums),
            lambda: self._make(
                session,
                share,
                organisation,
                version,
                instances,
                language,
                displayed=displayed,
                variant=variant,
            ),
        )

    def prepare(self, session: Session, version_id: str) -> None:
        """Plan a version before anybody asks. Raises NotFound when it, or what it showed, is gone."""
        share = session.scalars(
            select(Share).join(Share.versions).where(ShareVersion.id == version_id)
        ).one_or_none()
        if share is None or share.versions[-1].id != version_id or share.disc.purged_at:
            raise NotFound("There is no such bundle any more.")
        self.plan_of(session, share, share.organisation)

    def _kept(
        self,
        session: Session,
        share: Share,
        organisation: Organisation,
        version: ShareVersion,
        made_from: str,
        language: str,
        *,
        displayed: bool,
    ) -> Plan:
        kept = KeptPlans(self._store, share.organisation_id, share.disc_id)
        if found := kept.find(version.id, language, made_from):
            return found
        instances = shared_instances(session, share, version.id)
        made = self._make(session, share, organisation, version, instances, language, displayed=displayed)
        kept.keep(version.id, language, made_from, made)
        return made

    def _make(
        self,
        session: Session,
        share: Share,
        organisation: Organisation,
        version: ShareVersion,
        instances: Sequence[Instance],
        language: str,
        *,
        displayed: bool,
        variant: Variant = AS_RECEIVED,
    ) -> Plan:
        patient = instances[0].series.study.patient if instances else None
        return plan(
            session,
            instances,
            organisation,
            version.created_at,
            seed=version.id,
            signer=self._signer,
            attachments=[] if variant.part else shared_attachments(session, version.id),
            base_url=self._base_url,
            unmatched=unmatched(share, patient) if patient else None,
            pictures=self._store if displayed else None,
            variant=variant,
            language=language,
        )

    def _made_from(
        self,
        session: Session,
        share: Share,
        organisation: Organisation,
        language: str,
        *,
        displayed: bool,
    ) -> str:
        """Return what a bundle says besides its images; with other words it is another bundle."""
        profile = [organisation.name, organisation.telephone, organisation.hours, self._base_url, language]
        patient = session.get(DiscPatient, share.disc_patient_id) if share.disc_patient_id else None
        viewer = page().sha256 if displayed else None
        tools = [viewer, organisation.measuring, organisation.reslicing]
        return json.dumps(
            [*profile, self._signer.public_keys[0], patient and _identity(share, patient), *tools]
        )


def language_of(share: Share, organisation: Organisation) -> str:
    """Return what a share's people read, where nobody says otherwise; its letters are in it, too."""
    return share.language or organisation.language


def _newest(share: Share) -> ShareVersion:
    if not share.versions:
        raise NotFound("There is nothing to save yet.")
    return share.versions[-1]


def _part(every: Sequence[Instance], choice: Choice) -> tuple[Sequence[Instance], tuple[int, int] | None]:
    """Return what is chosen and how many series that is, of how many; None for all."""
    there = {instance.series_id for instance in every}
    if choice.series_ids is None:
        return every, None
    if not choice.series_ids <= there:
        raise NotFound("There is no such series.")
    chosen = [instance for instance in every if instance.series_id in choice.series_ids]
    return chosen, (len(choice.series_ids), len(there))


def _identity(share: Share, patient: DiscPatient) -> list[object]:
    """Return what staff said of whose images these are, which may change while a version lasts."""
    corrected = (patient.corrected_name, patient.corrected_birth_date, patient.corrected_patient_id)
    return [*corrected, unmatched(share, patient)]
