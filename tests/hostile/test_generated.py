"""Every sample of the generator has the outcome that its manifest asks for."""

from pathlib import Path

import pytest

from app.accounts.models import Organisation
from app.errors import TooLarge
from app.ingest.sandbox import Sandbox
from app.site import Site
from app.studies import queries
from app.studies.models import Disc, DiscFile
from tests.factories import imported_disc
from tests.hostile.generated import NOT_TAKEN, WHOLES, Whole, generate, generator, outcome_of
from tests.hostile.outcomes import check
from tests.hostile.samples import Outcome

needs_the_generator = pytest.mark.skipif(generator() is None, reason="no generator of hostile samples here")
Generated = dict[str, list[Path]]


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Generated:
    return generate(tmp_path_factory.mktemp("hostile"))


@pytest.fixture
def files(generated: Generated) -> list[tuple[str, Path, Outcome | None]]:
    """The samples that are single files of a disc, with what must become of them."""
    return [
        (sample_id, path, outcome_of(sample_id))
        for sample_id, paths in generated.items()
        for path in paths
        if sample_id[0] in "DC"
    ]


@needs_the_generator
def test_each_file_has_its_outcome(
    files: list[tuple[str, Path, Outcome | None]], reading: Sandbox, subtests: pytest.Subtests
) -> None:
    """U-01."""
    assert len(files) > 100
    for sample_id, path, wanted in files:
        with subtests.test(sample_id):
            assert wanted is not None, "a sample that nobody has judged"
            check(reading, path, wanted)


@needs_the_generator
@pytest.mark.parametrize(("sample_id", "wanted"), WHOLES.items(), ids=WHOLES)
def test_an_archive_or_image_has_its_outcome(
    site: Site, organisation: Organisation, generated: Generated, sample_id: str, wanted: Whole
) -> None:
    """U-01, U-06, U-08, U-13."""
    path = generated[sample_id][0]
    if wanted.state == NOT_TAKEN:
        with pytest.raises(TooLarge, match=wanted.says):
            imported_disc(site, organisation, path)
        return
    disc_id = imported_disc(site, organisation, path)
    with site.sessions() as session:
        disc = session.get_one(Disc, disc_id)
        receipt = queries.receipt(session, disc)
        reasons = [file.reason or "" for file in session.query(DiscFile).filter_by(disc_id=disc_id)]
    assert (disc.state, receipt.instances) == (wanted.state, wanted.instances)
    assert wanted.says in " ".join(reasons)
    assert receipt.files == sum(receipt[2:-1])
    assert not list(Path("/tmp").glob("pwned*"))


@needs_the_generator
def test_nobody_forgot_an_archive_or_image(generated: Generated) -> None:
    assert {sample_id for sample_id in generated if sample_id[0] in "ZI"} == set(WHOLES)
