"""A recipient's Orthanc takes our ZIP as it is: every instance of it, and nothing else as one."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydicom.uid import EncapsulatedPDFStorage

from tests.corpus import dicom_folders
from tests.factories import ROOT, ct_bytes, ct_dataset, part10
from tests.orthanc import Orthanc
from tests.servers import orthanc
from tests.shelf import Shelf
from tests.unit.bundles.conftest import Bundle

pytestmark = pytest.mark.xdist_group("orthanc")


@pytest.fixture(scope="module")
def server() -> Iterator[Orthanc]:
    with orthanc() as running:
        yield running


@pytest.fixture
def recipient(server: Orthanc) -> Orthanc:
    """Somebody who has nothing of ours yet."""
    server.forget()
    return server


def test_orthanc_imports_every_instance_of_a_bundle(recipient: Orthanc, shelf: Shelf, bundle: Bundle) -> None:
    report = ct_dataset(
        9, SOPInstanceUID=f"{ROOT}77", Modality="DOC", Rows=None, Columns=None, PixelData=None
    )
    report.SOPClassUID = EncapsulatedPDFStorage
    made, _ = bundle(shelf.take([*(ct_bytes(n) for n in range(1, 41)), part10(report)]), pages=True)
    answers = recipient.send(shelf.whole(made.archive))
    assert [answer["Status"] for answer in answers] == ["Success"] * 41
    assert made.listed == 41
    assert recipient.get("/statistics")["CountInstances"] == 41


@pytest.mark.parametrize("folder", dicom_folders(), ids=lambda folder: folder.name)
def test_orthanc_imports_every_instance_of_a_real_disc(
    recipient: Orthanc, shelf: Shelf, bundle: Bundle, folder: Path
) -> None:
    """What our index lists is new to it; of the rest it may have seen the UID, or refuse what is no DICOM."""
    shelf.take_folder(folder)
    for instances in shelf.instances.values():
        recipient.forget()
        made, _ = bundle(instances)
        answers = recipient.send(shelf.whole(made.archive))
        assert [answer["Status"] for answer in answers[: made.listed]] == ["Success"] * made.listed
        stored = {answer["ID"] for answer in answers}
        assert recipient.get("/statistics")["CountInstances"] == len(stored) >= made.listed
