"""What the viewer is told of where pictures are lapses with the visit alone, whichever store holds the bytes.

Frames and previews are served by the product, which asks the store anew each time; no signature of the store
reaches the page, so that none can lapse in it.
"""

from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from app.accounts.models import Organisation
from app.config import Config
from app.site import Site
from app.storage.s3 import S3Store
from tests import viewing
from tests.conftest import Clock
from tests.factories import a_disc, a_share


@pytest.fixture(params=["folder", pytest.param("bucket", marks=pytest.mark.xdist_group("seaweedfs"))])
def config(config: Config, request: pytest.FixtureRequest) -> Config:
    if request.param == "folder":
        return config
    return replace(config, storage_url=request.getfixturevalue("s3_url"))


def test_pictures_can_be_had_by_the_addresses_of_the_first_moment_until_the_visit_ends(
    site: Site, organisation: Organisation, client: FlaskClient, clock: Clock, config: Config
) -> None:
    assert isinstance(site.store, S3Store) == config.storage_url.startswith("s3:")
    disc_id = a_disc(site, organisation, slices=1)
    viewing.show(site, disc_id)
    view = viewing.enter(client, a_share(site, organisation, disc_id))
    page = client.get(view, headers={"Accept-Encoding": ""}).text
    [entry] = client.get(f"{view}/manifest.json").json["studies"][0]["series"][0]["instances"]  # type: ignore[index]  # of our own
    addresses = [entry["frames"][0]["url"], entry["preview"]]
    for address in addresses:
        assert address in page
        assert address.startswith(f"{view}/")
        assert "?" not in address
    for sign in ("X-Amz-", "AWSAccessKeyId", "Signature="):
        assert sign not in page
    first = [client.get(address, buffered=True).data for address in addresses]
    for _ in range(11):
        clock.advance(minutes=20)
        assert [client.get(address, buffered=True).data for address in addresses] == first
    clock.advance(minutes=20)
    assert {client.get(address).status_code for address in addresses} == {410}
