"""The bundle of a share: its newest version, made once and the same for every worker."""

from sqlalchemy.orm import Session

from app.accounts.models import Organisation
from app.bundles.cache import Plans
from app.bundles.plan import Plan, plan
from app.errors import NotFound
from app.shares.models import Share
from app.shares.queries import shared_instances


def plan_of(session: Session, share: Share, organisation: Organisation, plans: Plans) -> Plan:
    """Return the plan of what ``share`` shows now. Raises NotFound while it shows nothing yet."""
    if not share.versions:
        raise NotFound("There is nothing to save yet.")
    version = share.versions[-1]
    made_from = (version.id, organisation.name, organisation.telephone, organisation.hours)
    return plans.get(
        made_from,
        lambda: plan(
            session,
            shared_instances(session, share, version.id),
            organisation,
            version.created_at,
            seed=version.id,
        ),
    )
