"""The bundle of a share: its newest version, planned once and the same for every worker."""

import json

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Organisation
from app.bundles.cache import Plans
from app.bundles.kept import KeptPlans
from app.bundles.plan import Plan, plan
from app.errors import NotFound
from app.shares.models import Share, ShareVersion
from app.shares.queries import shared_instances
from app.signing import DocumentSigner
from app.storage import ObjectStore


class Bundles:
    """Plans of shares: in memory the last used ones, in the store every one that was asked for."""

    def __init__(self, store: ObjectStore, signer: DocumentSigner, plans: Plans | None = None) -> None:
        self._store, self._signer = store, signer
        self._plans = plans or Plans()

    def plan_of(self, session: Session, share: Share, organisation: Organisation) -> Plan:
        """Return the plan of what ``share`` shows now. Raises NotFound while it shows nothing yet."""
        if not share.versions:
            raise NotFound("There is nothing to save yet.")
        version = share.versions[-1]
        made_from = self._made_from(organisation)
        return self._plans.get(
            (version.id, made_from), lambda: self._kept(session, share, organisation, version, made_from)
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
    ) -> Plan:
        kept = KeptPlans(self._store, share.organisation_id, share.disc_id)
        if found := kept.find(version.id, made_from):
            return found
        instances = shared_instances(session, share, version.id)
        made = plan(
            session, instances, organisation, version.created_at, seed=version.id, signer=self._signer
        )
        kept.keep(version.id, made_from, made)
        return made

    def _made_from(self, organisation: Organisation) -> str:
        """Return what a bundle says besides its images; with other words it is another bundle."""
        profile = [organisation.name, organisation.telephone, organisation.hours]
        return json.dumps([*profile, self._signer.public_keys[0]])
