"""Who comes by an address of another version or portal is told where to go."""

import pytest

from citylake.errors import Gone, PageNotFound, PortalError
from lambdas.query.astray import astray
from lambdas.query.scope import NATION
from tests.query.trees import DURHAM

API = "/api/explore/v2.1"


@pytest.mark.parametrize(
    ("path", "kind", "instead"),
    [
        ("/api/explore/v2.0/catalog/datasets", Gone, f"asked of {API}/catalog/datasets."),
        ("/api/v2/catalog/datasets/a/records/", Gone, f"{API}/catalog/datasets/a/records/."),
        ("/api/v2", Gone, f"asked of {API}/."),
        ("/api/v2/catalog/datasets/a/aggregates", Gone, f"{API}/catalog/datasets/a/records."),
        ("/api/explore/v2.0/catalog/aggregates/", Gone, f"asked of {API}/catalog/datasets."),
        ("/api/records/1.0/search/", Gone, f"Version 2.1 begins at {API}/."),
        ("/api/datasets/1.0/search", Gone, f"Version 2.1 begins at {API}/."),
        (
            f"{API}/catalog/datasets/a/aggregates",
            Gone,
            f"asked of {API}/catalog/datasets/a/records with select and group_by.",
        ),
        (
            f"{API}/catalog/query/",
            Gone,
            f"has no query any more; the same is asked of {API}/catalog/datasets with",
        ),
        (
            f"{API}/monitoring/datasets/ods-api-monitoring/records",
            PageNotFound,
            f"The source monitoring does not exist; there is one source, {API}/catalog/.",
        ),
        (f"{API}/shared", PageNotFound, "The source shared does not exist"),
        (f"{API}/opendatasoft/datasets/", PageNotFound, "The source opendatasoft does not"),
        (f"{API}/catalog/assets", PageNotFound, f"The API begins at {API}/."),
        (f"{API}/catalog/metadata_templates", PageNotFound, f"The API begins at {API}/."),
        (f"{API}/catalog/datasets/a/static_exports/b", PageNotFound, f"begins at {API}/."),
        ("/api/v20/x", PageNotFound, f"The API begins at {API}/."),
    ],
)
def test_what_is_not_here_says_what_is(path: str, kind: type[PortalError], instead: str) -> None:
    error = astray(path, NATION)
    assert type(error) is kind
    assert instead in str(error)


def test_a_places_visitors_are_kept_in_its_scope() -> None:
    assert str(astray("/api/v2/catalog/datasets", DURHAM)).endswith(
        f" /nc/durham{API}/catalog/datasets."
    )


def test_a_long_address_is_not_repeated_whole() -> None:
    assert len(str(astray(f"/api/{'x' * 9_999}", NATION))) < 300
