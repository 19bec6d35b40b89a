"""Discs are found by what stands on them, and only by their own organisation."""

import pytest
from sqlalchemy import event

from app.accounts.models import Organisation
from app.errors import NotFound
from app.site import Site
from app.studies import queries
from app.studies.models import Disc, DiscPatient, PatientDecision
from tests.conftest import Clock
from tests.factories import a_disc


def test_a_disc_of_another_organisation_does_not_exist(site: Site, organisation: Organisation) -> None:
    disc_id = a_disc(site, organisation)
    with site.sessions() as session:
        assert queries.find_disc(session, organisation.id, disc_id).id == disc_id
        for elsewhere, asked in (("another", disc_id), (organisation.id, "nosuchdisc")):
            with pytest.raises(NotFound):
                queries.find_disc(session, elsewhere, asked)
        assert queries.list_discs(session, "another") == []


def test_discs_are_listed_newest_first_in_pages(site: Site, organisation: Organisation, clock: Clock) -> None:
    ids: list[str] = []
    for _ in range(3):
        ids.insert(0, a_disc(site, organisation, slices=1))
        clock.advance(minutes=1)
    with site.sessions() as session:
        assert [disc.id for disc in queries.list_discs(session, organisation.id)] == ids
        (second,) = queries.list_discs(session, organisation.id, limit=1, offset=1)
        assert second.id == ids[1]


@pytest.mark.parametrize(
    ("search", "count"),
    [
        ("", 1),
        ("test disc", 1),
        ("PATIENT test", 1),
        ("test-1", 1),
        ("chest", 1),
        ("acc-1", 1),
        ("muster", 1),
        ("MÜLLER", 1),
        ("müller", 1),
        ("patient nobody", 0),
        ("%", 0),
        ("_", 0),
        ("\\", 0),
        ("te%t", 0),
        ("x" * 100_000, 0),
        ("' OR 1=1", 0),
    ],
)
def test_search_finds_words_anywhere_in_any_case(
    site: Site, organisation: Organisation, search: str, count: int
) -> None:
    disc_id = a_disc(site, organisation)
    with site.sessions.begin() as session:
        session.get_one(Disc, disc_id).label = "Test disc Müller MUSTER"
    with site.sessions() as session:
        assert len(queries.list_discs(session, organisation.id, search=search)) == count


def test_the_receipt_is_the_sum_of_the_verdicts(site: Site, organisation: Organisation) -> None:
    disc_id = a_disc(site, organisation, slices=3)
    with site.sessions() as session:
        found = queries.receipt(session, session.get_one(Disc, disc_id))
    assert (found.files, found.instances, found.missing) == (3, 3, 0)
    assert found.bytes > 0


def test_the_tree_of_a_disc_takes_the_same_few_questions_whatever_its_size(
    site: Site, organisation: Organisation
) -> None:
    engine = site.sessions.engine

    def asked(slices: int) -> int:
        disc_id = a_disc(site, organisation, slices=slices, patients=2)
        statements: list[object] = []
        with site.sessions() as session:
            disc = session.get_one(Disc, disc_id)
            event.listen(engine, "before_cursor_execute", lambda *given: statements.append(given))
            patients = queries.patients_of(session, disc)
            found = [
                instance.number
                for patient in patients
                for study in patient.studies
                for series in study.series
                for instance in series.instances
            ]
            assert len(found) == 2 * slices
        return len(statements)

    assert asked(1) == asked(5) == 4


def test_patients_left_out_are_found_but_not_kept(site: Site, organisation: Organisation) -> None:
    disc_id = a_disc(site, organisation, patients=2)
    with site.sessions.begin() as session:
        other = session.query(DiscPatient).filter_by(disc_id=disc_id, name="Test^Other").one()
        other.decision = PatientDecision.LEAVE_OUT
    with site.sessions() as session:
        disc = session.get_one(Disc, disc_id)
        found, kept = queries.patients_of(session, disc), queries.kept_patients(session, disc)
        assert [patient.name for patient in found] == ["Test^Other", "Test^Patient"]
        assert [patient.name for patient in kept] == ["Test^Patient"]
