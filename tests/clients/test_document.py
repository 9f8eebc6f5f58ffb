"""schemathesis asks whatever our OpenAPI document allows, and more, and holds the answers to it."""

from typing import Any

import pytest

from lambdas.query.openapi import OPERATIONS

pytestmark = [pytest.mark.clients, pytest.mark.filterwarnings("ignore")]

schemathesis: Any = pytest.importorskip("schemathesis")
hypothesis: Any = pytest.importorskip("hypothesis")
checks: Any = pytest.importorskip("schemathesis.specs.openapi.checks")

NOT_ASKED = [
    checks.positive_data_acceptance,  # a text that may stand in `where` need not be ODSQL
    checks.negative_data_rejection,  # an empty parameter counts as absent, and so on
]

EXAMPLES = 25
"""Of each endpoint, in each mode."""


@pytest.fixture(scope="module")
def document(address: str) -> Any:
    """The document as the server tells it."""
    return schemathesis.openapi.from_url(f"{address}/nc/durham/api/explore/v2.1/openapi.json")


@pytest.mark.parametrize(
    ("operation", "mode"),
    [
        (operation.id, mode)
        for operation in OPERATIONS
        for mode in ("positive", "negative")
        if mode == "positive" or operation.endpoint or "{" in operation.path
    ],
)
def test_answers_are_as_the_document_says(document: Any, operation: str, mode: str) -> None:
    described = document.find_operation_by_id(operation)
    generation = schemathesis.GenerationMode(mode)

    def ask(case: Any, known: bool) -> None:
        if known and "dataset_id" in (case.path_parameters or {}):
            case.path_parameters["dataset_id"] = "trees"
        case.call_and_validate(excluded_checks=NOT_ASKED)

    given = hypothesis.given(
        case=described.as_strategy(generation_mode=generation),
        known=hypothesis.strategies.booleans(),
    )
    settings = hypothesis.settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    settings(given(ask))()
