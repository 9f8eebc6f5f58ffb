"""The connector in docs/add-a-dataset.md is a whole one: it runs as it stands there."""

import re
from pathlib import Path
from typing import Any

from citylake.datasets import Chart, ChartKind, Dataset, Field, FieldType, Figure, Theme
from lambdas.harvest.clean.numbers import whole
from lambdas.harvest.connectors.shared import GEOID
from lambdas.harvest.gather import make, read_copy
from lambdas.harvest.model import Connector, Copy, Draft, Inputs, Source
from lambdas.harvest.protocols import DelimitedFile

PAGE = Path(__file__).parents[2] / "docs" / "add-a-dataset.md"

NOUNS = (
    Chart, ChartKind, Connector, Copy, Dataset, DelimitedFile, Draft, Field, FieldType, Figure,
    Inputs, Source, Theme, whole,
)  # fmt: skip


def test_the_documented_connector_makes_its_records(tmp_path: Path) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    names: dict[str, Any] = {noun.__name__: noun for noun in NOUNS} | {"GEOID": GEOID}
    exec(code, names)
    (tmp_path / "library-visits.csv").write_text("Month,Door Count\n2024-01,1200\n2024-02,\n")
    made = make(names["CONNECTOR"], lambda source: read_copy(source, tmp_path), {})
    assert made.table.to_pylist() == [{"geoid": "3719000", "month": "2024-01", "visits": 1200}]
    assert [(left.reason, left.examples) for left in made.left_out] == [
        ("month that was not counted", ("2024-02",))
    ]
