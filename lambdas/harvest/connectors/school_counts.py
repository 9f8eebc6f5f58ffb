"""Public schools of a place, counted by level, from the lists that name every school."""

from collections import defaultdict
from collections.abc import Sequence

from citylake.datasets import Chart, ChartKind, Dataset, Field, FieldType, Figure, Theme
from citylake.places import PLACES_DATASET
from lambdas.harvest.checks import PartsWithinTotal
from lambdas.harvest.connectors import schools
from lambdas.harvest.connectors.schools import ELEMENTARY, HIGH, MIDDLE, OTHER, SCHOOLS_DATASET
from lambdas.harvest.connectors.shared import PLACE_FIELDS, place_columns
from lambdas.harvest.model import Connector, Draft, Inputs, Row

_LEVELS = {
    "elementary_schools": (ELEMENTARY, "Elementary schools"),
    "middle_schools": (MIDDLE, "Middle schools"),
    "high_schools": (HIGH, "High schools"),
    "other_schools": (OTHER, "Other schools"),
}
_COUNTED = "schools"
_NO_CHANGE = "One list of each state is at hand."


def conform(inputs: Inputs) -> Draft:
    """Count the schools of each place; a list that is not whole counts for nothing."""
    draft = Draft()
    places = {str(row["geoid"]): row for row in inputs.rows(PLACES_DATASET)}
    of_place: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for school in inputs.rows(SCHOOLS_DATASET):
        if school["list_is_whole"]:
            of_place[str(school["geoid"]), str(school["as_of"])].append(school)
        else:
            draft.leave_out(
                "school of a list that does not have every school of the state",
                ", ".join(str(school[name]) for name in ("name", "place_name", "state")),
            )
    for (geoid, as_of), members in of_place.items():
        draft.add({**place_columns(places[geoid]), "as_of": as_of, **_counts(members)})
    return draft


def _counts(members: Sequence[Row]) -> Row:
    students = [school["students"] for school in members if isinstance(school["students"], int)]
    taught = [
        (float(school["students"]), school["teachers"])
        for school in members
        if isinstance(school["students"], int) and isinstance(school["teachers"], float)
    ]
    teachers = sum(count for _, count in taught)
    return {
        "schools": len(members),
        **{
            name: sum(school["level"] == level for school in members)
            for name, (level, _) in _LEVELS.items()
        },
        "charter_schools": sum(bool(school["is_charter"]) for school in members),
        "students": sum(students) if students else None,
        "schools_with_students": len(students),
        "students_per_teacher": round(sum(count for count, _ in taught) / teachers, 1)
        if teachers
        else None,
        "by_boundary_pct": round(
            100
            * sum(school["attributed_by"] == schools.BY_BOUNDARY for school in members)
            / len(members),
            1,
        ),
        "publisher": members[0]["publisher"],
    }


CONNECTOR = Connector(
    dataset=Dataset(
        id="school-counts",
        title="Public schools by level",
        description="Open public schools of a place by level, with their students and teachers.",
        theme=Theme.SCHOOLS,
        key=("geoid", "as_of"),
        place_field="geoid",
        time_field="as_of",
        publisher=schools.NCES,
        source_url=schools.CONNECTOR.dataset.source_url,
        vintage="lists of 2019 (North Carolina) and 2025 (California, Florida, Michigan)",
        license=schools.CONNECTOR.dataset.license,
        update_frequency="yearly",
        keywords=("schools", "education", "students", "teachers"),
        attribution="Counted from the dataset of public schools. "
        + schools.CONNECTOR.dataset.attribution,
        absence=schools.CONNECTOR.dataset.absence,
        notes=(
            *schools.CONNECTOR.dataset.notes[-1:],
            (
                "North Carolina's figures come from a list of the state's own; it does not say how "
                "many students a school has."
            ),
            (
                "Schools whose address is a post office box, or the name of no place or of "
                "several, are not counted: they are named in the lineage of the public schools."
            ),
        ),
        fields=(
            *PLACE_FIELDS,
            Field(
                name="as_of",
                type=FieldType.TEXT,
                label="List of",
                description="Year of the list that was counted.",
                facet=True,
            ),
            Field(
                name="schools",
                type=FieldType.INT,
                label="Public schools",
                description="Open public schools, charter schools among them.",
                unit=_COUNTED,
            ),
            *(
                Field(
                    name=name,
                    type=FieldType.INT,
                    label=label,
                    description=f"{label}, by the grades that they teach.",
                    unit=_COUNTED,
                )
                for name, (_, label) in _LEVELS.items()
            ),
            Field(
                name="charter_schools",
                type=FieldType.INT,
                label="Charter schools",
                description="Charter schools; they are counted in their level as well.",
                unit=_COUNTED,
            ),
            Field(
                name="students",
                type=FieldType.INT,
                label="Students",
                description="Students of the schools that state them; empty where none does.",
                unit="students",
            ),
            Field(
                name="schools_with_students",
                type=FieldType.INT,
                label="Schools that state their students",
                description="From how many schools the number of students was added up.",
                unit=_COUNTED,
            ),
            Field(
                name="students_per_teacher",
                type=FieldType.DOUBLE,
                label="Students per teacher",
                description="Students over teachers (full-time equivalents) of the schools that "
                "state both.",
                unit="students",
            ),
            Field(
                name="by_boundary_pct",
                type=FieldType.DOUBLE,
                label="Attributed by boundary",
                description="Share of the schools that lie in the city's boundary for certain; the "
                "others were given to it by their address.",
                unit="%",
            ),
            Field(
                name="publisher",
                type=FieldType.TEXT,
                label="Publisher of the list",
                description="Who published the list that was counted.",
                facet=True,
            ),
        ),
        figures=(
            Figure(
                field="schools",
                label="Public schools",
                sentence="{place} has {value} public schools by the list of {time}.",
                headline=True,
                change=False,
                no_change_because=_NO_CHANGE,
            ),
            Figure(
                field="students",
                label="Students in public schools",
                sentence="{value} students attend public schools of {place} by the list of {time}.",
                change=False,
                no_change_because=_NO_CHANGE,
            ),
            Figure(
                field="students_per_teacher",
                label="Students per teacher",
                sentence="One teacher has {value} students in the public schools of {place}.",
                change=False,
                no_change_because=_NO_CHANGE,
                decimals=1,
            ),
        ),
        chart=Chart(
            kind=ChartKind.PARTS,
            fields=tuple(_LEVELS),
            title="Public schools by level",
        ),
    ),
    sources=schools.SOURCES,
    conform=conform,
    needs=(PLACES_DATASET, SCHOOLS_DATASET),
    checks=(PartsWithinTotal(tuple(_LEVELS), "schools"),),
)
