"""Real discs, whole: every folder of the corpus makes bundles without a fault and without a lost original."""

from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pytest

from app.bundles.iso_extent import SECTOR
from app.bundles.iso_reader import read_image
from tests.corpus import dicom_folders
from tests.shelf import Shelf
from tests.unit.bundles.bundle_checks import standard_faults
from tests.unit.bundles.conftest import Bundle


@pytest.mark.filterwarnings("ignore::UserWarning")  # pydicom's, of what real files spell wrongly
@pytest.mark.parametrize("folder", dicom_folders(), ids=lambda folder: folder.name)
def test_a_real_disc_makes_bundles_without_a_fault(shelf: Shelf, bundle: Bundle, folder: Path) -> None:
    shelf.take_folder(folder)
    shelf.show_reports()
    kept = set()
    for instances in shelf.instances.values():
        made, found = bundle(instances, pages=True)
        assert files_of(shelf.whole(made.iso)) == {entry.name: entry.sha256 for entry in made.entries}
        assert standard_faults(found) == []
        kept |= {sha256(found.read(name)).hexdigest() for name in found.namelist()}
    wanted = {instance.sha256 for of_patient in shelf.instances.values() for instance in of_patient}
    assert wanted <= kept


def files_of(image: bytes) -> dict[str, str]:
    """Return the SHA-256 of every file of an ISO image, by its name."""
    found = read_image(BytesIO(image))
    parts = {name: image[one.sector * SECTOR :][: one.size] for name, one in found.items()}
    return {name: sha256(part).hexdigest() for name, part in parts.items()}
