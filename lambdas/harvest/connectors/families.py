"""Children per family and average age, asked of the Census Bureau: no bundled file has them."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from citylake.datasets import Dataset, Field, FieldType, Figure, Theme
from citylake.places import PLACES_DATASET
from lambdas.harvest.clean.codes import place_geoid
from lambdas.harvest.clean.margins import margin, ratio_margin, sum_margin
from lambdas.harvest.clean.numbers import estimate
from lambdas.harvest.connectors.shared import ACS_YEARS, PLACE_FIELDS, place_columns
from lambdas.harvest.model import Connector, Draft, Inputs, Record, Row, Source
from lambdas.harvest.protocols import CensusApi
from lambdas.harvest.sources import CENSUS

VINTAGE = "2020-2024"

_CHILDREN = "B09002_001"
_FAMILIES = ("B11003_003", "B11003_010", "B11003_016")
"""Families with own children under 18: of married couples, of a father alone, of a mother alone."""

_FROM_YEARS = (
    *(0, 5, 10, 15, 18, 20, 21, 22, 25, 30, 35, 40, 45, 50, 55, 60, 62, 65, 67, 70, 75, 80),
    85,
)
"""Where each age group of table B01001 begins; men's groups and women's are the same."""

_OLDEST_YEARS = 90.0
"""The age at which people of 85 and more are counted, whose group has no end."""

_MALE = tuple(f"B01001_{number:03}" for number in range(3, 26))
_FEMALE = tuple(f"B01001_{number:03}" for number in range(27, 50))

_AGE_OF_GROUP = (*((low + high) / 2 for low, high in pairwise(_FROM_YEARS)), _OLDEST_YEARS)

_ADDRESS = "https://api.census.gov/data/2024/acs/acs5"

SOURCE = Source(
    id=f"census-families-{VINTAGE}",
    publisher=f"{CENSUS}, American Community Survey 5-year estimates",
    address=_ADDRESS,
    vintage=VINTAGE,
    protocol=CensusApi(
        address=_ADDRESS,
        fields={
            "state": "state",
            "place": "place",
            "name": "NAME",
            **{
                f"{variable}{kind}": f"{variable}{kind}"
                for variable in (_CHILDREN, *_FAMILIES, *_MALE, *_FEMALE)
                for kind in "EM"
            },
        },
        areas="place:*",
    ),
)


def conform(inputs: Inputs) -> Draft:
    """Reckon both figures, with their margins, for every place of the register."""
    draft = Draft()
    places = {str(row["geoid"]): row for row in inputs.rows(PLACES_DATASET)}
    for record in inputs.records(SOURCE):
        place = places.get(place_geoid(record["state"], record["place"]))
        if place is None:
            draft.leave_out("place that is not in the register", record["name"])
            continue
        row = {**_family_columns(record), **_age_columns(record)}
        if any(row[figure.field] is not None for figure in CONNECTOR.dataset.figures):
            draft.add({**place_columns(place), "vintage": SOURCE.vintage, **row})
        else:
            draft.leave_out("place for which the survey has neither figure", record["name"])
    return draft


def _family_columns(record: Record) -> Row:
    children, children_margin = _read(record, _CHILDREN)
    counts, margins = zip(*(_read(record, variable) for variable in _FAMILIES), strict=True)
    families, families_margin = _total(counts), sum_margin(margins)
    per_family = per_family_margin = None
    if children is not None and families:
        per_family = children / families
        per_family_margin = ratio_margin(children, children_margin, families, families_margin)
    return {
        "children": _whole(children),
        "children_margin": _whole(children_margin),
        "families_with_children": _whole(families),
        "families_with_children_margin": _whole(families_margin),
        "children_per_family": _rounded(per_family),
        "children_per_family_margin": _rounded(per_family_margin),
    }


def _age_columns(record: Record) -> Row:
    ages = (*_AGE_OF_GROUP, *_AGE_OF_GROUP)
    counts, margins = zip(
        *(_read(record, variable) for variable in (*_MALE, *_FEMALE)), strict=True
    )
    people = _total(counts)
    if not people:
        return {"mean_age_years": None, "mean_age_years_margin": None}
    mean = sum(age * (count or 0) for age, count in zip(ages, counts, strict=True)) / people
    # A group's error moves the mean by how far the group's age lies from it.
    moved = [
        None if each is None else each * abs(age - mean) / people
        for age, each in zip(ages, margins, strict=True)
    ]
    return {
        "mean_age_years": _rounded(mean),
        "mean_age_years_margin": _rounded(sum_margin(moved)),
    }


def _read(record: Record, variable: str) -> tuple[float | None, float | None]:
    return estimate(record[f"{variable}E"]), margin(record[f"{variable}M"])


def _total(counts: Iterable[float | None]) -> float | None:
    known: Sequence[float | None] = list(counts)
    present = [count for count in known if count is not None]
    return sum(present) if len(present) == len(known) else None


def _whole(value: float | None) -> int | None:
    return None if value is None else round(value)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


_NO_CHANGE = "Vintages that have years in common must not be subtracted from each other."


def _margin_field(name: str, label: str, type_: FieldType, unit: str = "") -> Field:
    return Field(
        name=f"{name}_margin",
        type=type_,
        label=f"{label}, margin of error",
        description="Half-width of the interval that holds the true figure with 90 percent "
        "confidence.",
        unit=unit,
        margin_of=name,
    )


CONNECTOR = Connector(
    dataset=Dataset(
        id="families",
        title="Families and average age",
        description="Children per family with children, and the average age of all people, "
        "reckoned with their margins of error from tables of the American Community Survey.",
        theme=Theme.FAMILIES,
        key=("geoid", "vintage"),
        place_field="geoid",
        time_field="vintage",
        publisher=CENSUS,
        source_url="https://www.census.gov/programs-surveys/acs",
        vintage=VINTAGE,
        update_frequency="yearly",
        keywords=("children", "families", "average age", "mean age", "ACS"),
        attribution="The tables are published by place; figures are reckoned within each place.",
        absence="The survey has too few answers from {place} for these figures.",
        notes=(
            (
                "Children per family is the number of own children under 18 (table B09002) over "
                "the number of families with own children under 18 (table B11003): families "
                "without children are not counted."
            ),
            (
                "The average age is reckoned from the 46 age groups of table B01001: everybody is "
                "taken to be at the middle of their group, and people of 85 and more to be 90. "
                "The Census Bureau itself publishes a median age only."
            ),
            (
                "Margins are carried along by the Census Bureau's formulas for sums and ratios, "
                "which take the groups as independent of each other."
            ),
            _NO_CHANGE,
        ),
        fields=(
            *PLACE_FIELDS,
            ACS_YEARS,
            Field(
                name="children",
                type=FieldType.INT,
                label="Own children under 18",
                description="Children of the householder, by birth, marriage or adoption.",
                unit="people",
            ),
            _margin_field("children", "Own children under 18", FieldType.INT, "people"),
            Field(
                name="families_with_children",
                type=FieldType.INT,
                label="Families with children",
                description="Families with own children under 18.",
                unit="families",
            ),
            _margin_field(
                "families_with_children", "Families with children", FieldType.INT, "families"
            ),
            Field(
                name="children_per_family",
                type=FieldType.DOUBLE,
                label="Children per family",
                description="Own children under 18 per family with such children.",
            ),
            _margin_field("children_per_family", "Children per family", FieldType.DOUBLE),
            Field(
                name="mean_age_years",
                type=FieldType.DOUBLE,
                label="Average age",
                description="Mean age of all people, reckoned from age groups.",
                unit="years",
            ),
            _margin_field("mean_age_years", "Average age", FieldType.DOUBLE, "years"),
        ),
        figures=(
            Figure(
                field="children_per_family",
                label="Children per family",
                sentence="Families of {place} that have children under 18 had {value} of them on "
                "average ({time}).",
                headline=True,
                change=False,
                no_change_because=_NO_CHANGE,
                decimals=2,
            ),
            Figure(
                field="mean_age_years",
                label="Average age",
                sentence="The people of {place} were {value} years old on average ({time}).",
                headline=True,
                change=False,
                no_change_because=_NO_CHANGE,
                decimals=1,
            ),
        ),
    ),
    sources=(SOURCE,),
    conform=conform,
    needs=(PLACES_DATASET,),
)
