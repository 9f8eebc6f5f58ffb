from pathlib import Path

from lambdas.harvest.bundle import read_manifest
from lambdas.harvest.lineage import describe

PAGE = Path(__file__).parents[2] / "docs" / "sources.md"


def test_the_page_of_sources_is_in_step_with_the_bundle() -> None:
    again = "python -m lambdas.harvest.lineage > docs/sources.md"
    assert PAGE.read_text() == describe(read_manifest()), again
