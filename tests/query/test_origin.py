"""What whole addresses begin with, whatever a stranger sends as host."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citylake.settings import Site
from lambdas.query.origin import read_origin
from tests.query.events import event

HERE = Site()


def origin(host: str, proto: str = "", site: Site = HERE) -> str:
    headers = {"host": host, **({"x-forwarded-proto": proto} if proto else {})}
    return read_origin(event("/", "GET", headers), site)


@pytest.mark.parametrize(
    ("host", "proto", "expected"),
    [
        ("127.0.0.1:8000", "", "http://127.0.0.1:8000"),
        ("data.example.gov", "https", "https://data.example.gov"),
        ("Data.Example.GOV", "HTTPS", "https://data.example.gov"),
        ("data.example.gov", "https,http", "https://data.example.gov"),
        ("data.example.gov", "javascript", "http://data.example.gov"),
        ("[::1]:8000", "", "http://[::1]:8000"),
    ],
)
def test_a_hosts_name_is_taken_as_it_came(host: str, proto: str, expected: str) -> None:
    assert origin(host, proto) == expected


@pytest.mark.parametrize(
    "host",
    [
        "",
        "a b",
        "evil.example/x",
        "user@evil.example",
        "a.example:port",
        "a\r\nb",
        "<script>",
        "-a",
    ],
)
def test_what_is_no_hosts_name_is_not_repeated(host: str) -> None:
    assert origin(host) == "http://127.0.0.1"  # what the gateway calls itself


def test_without_any_name_the_origin_is_nobodys() -> None:
    request = {"headers": {}, "requestContext": {"domainName": "?"}}
    assert read_origin(request, HERE) == "http://localhost"


def test_the_sites_own_origin_comes_first() -> None:
    site = Site(origin="https://data.example.gov")
    assert origin("elsewhere.example", "http", site) == "https://data.example.gov"


@given(host=st.text(max_size=300), proto=st.text(max_size=20))
def test_an_origin_is_a_scheme_and_a_host_and_nothing_else(host: str, proto: str) -> None:
    assert re.fullmatch(r"https?://[a-z0-9.:\[\]-]+", origin(host, proto))
