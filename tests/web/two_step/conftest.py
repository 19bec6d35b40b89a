"""A member of staff, and a browser that nobody has logged in to."""

import pytest
from flask import Flask

from app.accounts.models import Organisation
from app.accounts.rights import Staff
from app.site import Site
from tests.second_factors import EMAIL
from tests.staff import Browser, a_member


@pytest.fixture
def staff(site: Site, organisation: Organisation) -> Staff:
    return a_member(site, organisation, email=EMAIL)


@pytest.fixture
def browser(app: Flask, staff: Staff) -> Browser:
    return Browser(app)
