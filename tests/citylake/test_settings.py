"""Who answers for a deployment."""

import pytest

from citylake.errors import InputInvalid
from citylake.settings import Site


def test_a_site_is_read_from_the_environment() -> None:
    site = Site.from_environment(
        {
            "CITYLAKE_ORIGIN": "https://data.example.gov/",
            "CITYLAKE_PUBLISHER": "City of Durham",
            "CITYLAKE_CONTACT_NAME": "Open data team",
            "CITYLAKE_CONTACT_EMAIL": "opendata@example.gov",
        }
    )
    assert site == Site(
        origin="https://data.example.gov",
        publisher="City of Durham",
        contact_name="Open data team",
        contact_email="opendata@example.gov",
    )


def test_what_is_not_set_stays_as_it_is() -> None:
    assert Site.from_environment({"CITYLAKE_PUBLISHER": ""}) == Site()


@pytest.mark.parametrize(
    "origin", ["data.example.gov", "https://data.example.gov/x", "https://EXAMPLE.gov", "ftp://a"]
)
def test_an_origin_has_a_scheme_and_a_host_and_no_path(origin: str) -> None:
    with pytest.raises(InputInvalid, match="expected a scheme and a host"):
        Site(origin=origin)


@pytest.mark.parametrize("address", ["", "nobody", "a@b", "a b@example.gov"])
def test_a_contact_has_an_address(address: str) -> None:
    with pytest.raises(InputInvalid, match="expected an e-mail address"):
        Site(contact_email=address)
