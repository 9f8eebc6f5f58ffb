"""The conformance suite on DuckDB."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from lambdas.query.search import Explorer
from tests.query.conformance.suite import (
    LAKES,
    Case,
    answer,
    cases,
    check,
    explorer_over,
)

CASES = [case for case in cases() if not case.is_for_http_alone]


@pytest.fixture(scope="module")
def explorers(conformance_home: Path) -> Mapping[str, Explorer]:
    return {lake: explorer_over(conformance_home, lake) for lake in LAKES}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_it_is_answered_as_specified(explorers: Mapping[str, Explorer], case: Case) -> None:
    if not case.is_offered:
        pytest.skip(f"there is no export as {case.export}")
    check(case, answer(explorers[case.lake], case))


def test_every_case_has_a_name_of_its_own() -> None:
    names = [case.id for case in cases()]
    assert sorted(names) == sorted(set(names))
