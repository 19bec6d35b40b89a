"""Makes an empty data folder fit for use, so that every command works first."""

from sqlalchemy import inspect, select

from app import migrations
from app.accounts.models import Organisation
from app.accounts.service import FIRST_ORGANISATION, create_organisation
from app.site import Site


def prepare(here: Site) -> None:
    """Create the database and the first organisation where there are none. Cheap when there are."""
    here.config.data_dir.mkdir(parents=True, exist_ok=True)
    if not inspect(here.sessions.engine).has_table("organisation"):
        migrations.upgrade(here.config.database_url)
    with here.sessions() as session:
        exists = session.scalars(select(Organisation.id).limit(1)).first()
    if exists is None:
        with here.sessions.begin() as session:
            if session.scalars(select(Organisation.id).limit(1)).first() is None:
                create_organisation(
                    session, *FIRST_ORGANISATION, here.now(), asks_second_factor=here.config.secure
                )
