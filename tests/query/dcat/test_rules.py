"""The rules themselves find what they are there to find."""

from copy import deepcopy
from typing import Any

import pytest

from tests.query.dcat.rules import SCHEMA, faults_of_us11, faults_of_us30

CONTACT = {"fn": "Data team", "hasEmail": "mailto:data@example.gov"}
VALID_11: dict[str, Any] = {
    "conformsTo": SCHEMA,
    "dataset": [
        {
            "title": "Budget",
            "description": "What was spent.",
            "keyword": ["money"],
            "modified": "2026-11-23T07:31:19Z",
            "publisher": {"name": "City"},
            "contactPoint": CONTACT,
            "identifier": "budget",
            "accessLevel": "public",
        }
    ],
}
VALID_30: dict[str, Any] = {
    "dataset": [
        {
            "title": "Budget",
            "description": "What was spent.",
            "publisher": {"name": "City"},
            "contactPoint": CONTACT,
            "identifier": "budget",
        }
    ]
}


def test_the_least_that_is_asked_for_is_valid() -> None:
    assert faults_of_us11(VALID_11) == []
    assert faults_of_us30(VALID_30) == []


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("identifier", None, "/dataset/0/identifier is missing"),
        ("keyword", [], "/dataset/0/keyword may not be []"),
        ("license", "<p>Terms</p>", "/dataset/0/license may not be '<p>Terms</p>'"),
        ("accrualPeriodicity", "yearly", "/dataset/0/accrualPeriodicity may not be 'yearly'"),
        ("bureauCode", ["339:00"], "/dataset/0/bureauCode is not known"),
        (
            "distribution",
            [{"downloadURL": "https://example.gov/a.csv"}],
            "/dataset/0/distribution/0/mediaType is missing",
        ),
        (
            "contactPoint",
            {"fn": "x", "hasEmail": "x@example.gov"},
            "/dataset/0/contactPoint/hasEmail may not be 'x@example.gov'",
        ),
    ],
)
def test_a_fault_is_named(name: str, value: object, fault: str) -> None:
    catalog = deepcopy(VALID_11)
    if value is None:
        del catalog["dataset"][0][name]
    else:
        catalog["dataset"][0][name] = value
    assert faults_of_us11(catalog) == [fault]


def test_two_datasets_need_two_names() -> None:
    catalog = {**VALID_30, "dataset": VALID_30["dataset"] * 2}
    assert faults_of_us30(catalog) == ["budget names several"]
