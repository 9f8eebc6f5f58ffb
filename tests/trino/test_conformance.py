"""The conformance suite on Trino, which stands for Athena."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from lambdas.query.search import Explorer
from tests.query.conformance.conftest import conformance_home  # noqa: F401 - a fixture
from tests.query.conformance.suite import LAKES, Case, answer, cases, check, explorer_over
from tests.trino.engine import Client, RecordsOnTrino

CASES = [case for case in cases() if not case.is_for_http_alone]


@pytest.fixture(scope="module")
def explorers(trino: Client, conformance_home: Path) -> Mapping[str, Explorer]:  # noqa: F811 - the fixture
    return {
        lake: explorer_over(conformance_home, lake, RecordsOnTrino(trino, conformance_home / lake))
        for lake in LAKES
    }


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_it_is_answered_as_specified(explorers: Mapping[str, Explorer], case: Case) -> None:
    if not case.is_offered:
        pytest.skip(f"there is no export as {case.export}")
    if "athena" in case.approximate_on:
        pytest.skip(case.approximate_on["athena"])
    check(case, answer(explorers[case.lake], case))
