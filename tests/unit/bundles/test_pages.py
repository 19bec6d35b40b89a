"""Pages for people: what reports say, in any browser."""

from xml.etree import ElementTree

from pydicom.dataset import Dataset

from tests import documents
from tests.shelf import Shelf
from tests.unit.bundles.conftest import Bundle

PAGE = "IHE_PDI/REP00001.HTM"


def nameless(kind: str, *inner: Dataset, **attributes: object) -> Dataset:
    item = documents.item(kind, "", *inner, **attributes)
    del item.ConceptNameCodeSequence
    return item


def test_a_report_is_told_whatever_its_items_lack(shelf: Shelf, bundle: Bundle) -> None:
    items = [
        nameless("CONTAINER", documents.item("TEXT", "Name without a value")),
        nameless("TEXT", TextValue="Value without a name"),
        documents.item("NUM", "Number without a value", nameless("CONTAINER")),
    ]
    instances = shelf.take([documents.report(items=items)])
    shelf.show_reports()
    _, found = bundle(instances, pages=True)
    told = "".join(ElementTree.fromstring(found.read(PAGE)).itertext())
    assert "Name without a value" in told
    assert "Value without a name" in told
    assert "Number without a value" in told
