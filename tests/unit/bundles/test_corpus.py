"""Real discs, whole: every folder of the corpus makes bundles without a fault and without a lost original."""

from hashlib import sha256
from pathlib import Path

import pytest

from tests.corpus import dicom_folders
from tests.shelf import Shelf
from tests.unit.bundles.bundle_checks import standard_faults
from tests.unit.bundles.conftest import Bundle


@pytest.mark.filterwarnings("ignore::UserWarning")  # pydicom's, of what real files spell wrongly
@pytest.mark.parametrize("folder", dicom_folders(), ids=lambda folder: folder.name)
def test_a_real_disc_makes_bundles_without_a_fault(shelf: Shelf, bundle: Bundle, folder: Path) -> None:
    shelf.take_folder(folder)
    kept = set()
    for instances in shelf.instances.values():
        _, found = bundle(instances)
        assert standard_faults(found) == []
        kept |= {sha256(found.read(name)).hexdigest() for name in found.namelist()}
    wanted = {instance.sha256 for of_patient in shelf.instances.values() for instance in of_patient}
    assert wanted <= kept
