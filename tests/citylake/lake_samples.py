"""One small dataset that the tests of the lake publish in many states."""

from citylake.datasets import Dataset, Field, FieldType, Theme
from tests.lakes import Rows

YEAR = Field(name="year", type=FieldType.INT, label="Year")
GEOID = Field(name="geoid", type=FieldType.TEXT, label="GEOID")
POPULATION = Field(name="population", type=FieldType.INT, label="Inhabitants", unit="people")


def population(*more: Field, key: tuple[str, ...] = ("geoid", "year")) -> Dataset:
    return Dataset(
        id="population",
        title="Population by year",
        description="People who live in a place on 1 July.",
        theme=Theme.PEOPLE,
        fields=(GEOID, YEAR, POPULATION, *more),
        key=key,
        place_field="geoid",
        time_field="year",
        publisher="U.S. Census Bureau",
    )


def durham(people: int) -> Rows:
    """Two places; all figures of a state are the same number, so that a mixed state would show."""
    return [
        {"geoid": geoid, "year": year, "population": people}
        for geoid in ("3719000", "0807850")
        for year in (2023, 2022)
    ]
