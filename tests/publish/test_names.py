"""Names of fields, whatever the headers."""

from hypothesis import given
from hypothesis import strategies as st

from citylake.datasets import Dataset, Field, FieldType, Theme
from lambdas.publish.names import RESERVED, label_of, name_fields


@given(st.lists(st.text(max_size=80), max_size=12))
def test_any_headers_give_names_that_a_dataset_takes(headers: list[str]) -> None:
    names = name_fields(headers)
    dataset = Dataset(
        id="any",
        title="Any",
        description="Any.",
        theme=Theme.CITY,
        publisher="Anyone",
        key=(),
        fields=tuple(
            Field(name=name, type=FieldType.TEXT, label=label_of(header, number))
            for number, (name, header) in enumerate(zip(names, headers, strict=True), start=1)
        ),
    )
    assert len(dataset.fields) == len(headers)
    assert not RESERVED.intersection(names)
    assert all(len(name) <= 63 and "__" not in name for name in names)
