"""What the disc page counts costs no row of an instance: discs may hold tens of thousands."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, event
from sqlalchemy.orm import Session

from app.accounts.models import Organisation
from app.site import Site
from app.studies import overview
from app.studies.gaps import gaps
from app.studies.models import Disc
from tests.factories import a_disc


@pytest.mark.parametrize(
    "count",
    [
        gaps,
        overview.middles,
        lambda session, disc: overview.contents(session, [disc]),
    ],
    ids=["gaps", "middles", "contents"],
)
def test_the_disc_page_counts_instances_in_an_index_alone(
    site: Site, organisation: Organisation, count: Callable[[Session, Disc], object]
) -> None:
    disc_id = a_disc(site, organisation)
    asked: list[tuple[str, Any]] = []

    def ask(_: Connection, __: object, statement: str, parameters: Any, *___: object) -> None:
        asked.append((statement, parameters))

    with site.sessions() as session:
        disc = session.get_one(Disc, disc_id)
        event.listen(site.sessions.engine, "before_cursor_execute", ask)
        count(session, disc)
        event.remove(site.sessions.engine, "before_cursor_execute", ask)
        steps = [
            step.detail
            for statement, parameters in asked
            for step in session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        ]
    of_instances = [step for step in steps if "instance" in step]
    assert any("COVERING INDEX ix_instance_counted" in step for step in of_instances)
    assert [step for step in of_instances if "COVERING INDEX ix_instance_counted" not in step] == []
