"""Crashes with people on foot or bicycle, counted by year."""

from collections import defaultdict
from collections.abc import Mapping

from citylake.datasets import (
    Chart,
    ChartKind,
    Comparison,
    Dataset,
    Field,
    FieldType,
    Figure,
    Theme,
)
from lambdas.harvest.checks import PartsWithinTotal
from lambdas.harvest.connectors import crashes
from lambdas.harvest.connectors.crashes import CRASHES_DATASET, CYCLIST, PEDESTRIAN
from lambdas.harvest.connectors.shared import PLACE_FIELDS
from lambdas.harvest.model import Connector, Draft, Inputs, Row

_KILLED = "K"
_SERIOUS = "A"

_COUNTS: Mapping[str, tuple[str, str]] = {
    "crashes": ("Crashes", "All crashes of the year."),
    "pedestrian_crashes": ("Crashes with pedestrians", "Crashes with somebody on foot."),
    "cyclist_crashes": ("Crashes with cyclists", "Crashes with somebody on a bicycle."),
    "fatal_crashes": ("Fatal crashes", "Crashes in which somebody was killed."),
    "serious_crashes": (
        "Crashes with serious injuries",
        "Crashes whose worst injury was a suspected serious one.",
    ),
}


def conform(inputs: Inputs) -> Draft:
    """Count the crashes of each place and year."""
    draft = Draft()
    grouped: dict[tuple[str, int], list[Row]] = defaultdict(list)
    for row in inputs.rows(CRASHES_DATASET):
        grouped[str(row["geoid"]), int(str(row["crash_year"]))].append(row)
    for (geoid, year), rows in grouped.items():
        draft.add(
            {
                "geoid": geoid,
                "place_name": rows[0]["place_name"],
                "state": rows[0]["state"],
                "year": year,
                "crashes": len(rows),
                "pedestrian_crashes": sum(row["person"] == PEDESTRIAN for row in rows),
                "cyclist_crashes": sum(row["person"] == CYCLIST for row in rows),
                "fatal_crashes": sum(row["severity_code"] == _KILLED for row in rows),
                "serious_crashes": sum(row["severity_code"] == _SERIOUS for row in rows),
            }
        )
    return draft


CONNECTOR = Connector(
    dataset=Dataset(
        id="crash-counts",
        title="Crashes with people on foot or bicycle, by year",
        description="Crashes that the police reported in which a motor vehicle met somebody on "
        "foot, on a bicycle or in a wheelchair, by year, kind and severity.",
        theme=Theme.TRANSPORT,
        key=("geoid", "year"),
        place_field="geoid",
        time_field="year",
        publisher=crashes.NCDOT,
        source_url=crashes.SOURCE.address,
        vintage=crashes.SOURCE.vintage,
        license=crashes.SOURCE.license,
        update_frequency="yearly",
        keywords=crashes.CONNECTOR.dataset.keywords,
        attribution="Counted from the dataset of single crashes. "
        + crashes.CONNECTOR.dataset.attribution,
        notes=(
            *crashes.CONNECTOR.dataset.notes,
            "People in wheelchairs, on scooters and on skateboards are in the sum of all crashes.",
        ),
        fields=(
            *PLACE_FIELDS,
            Field(
                name="year",
                type=FieldType.INT,
                label="Year",
                description="Year of the crashes.",
                facet=True,
            ),
            *(
                Field(
                    name=name,
                    type=FieldType.INT,
                    label=label,
                    description=description,
                    unit="crashes",
                )
                for name, (label, description) in _COUNTS.items()
            ),
        ),
        figures=(
            Figure(
                field="crashes",
                label="Crashes with people on foot or bicycle",
                sentence="The police of {place} reported {value} crashes with people on foot or "
                "bicycle in {time}.",
                comparison=Comparison.NONE,
            ),
            Figure(
                field="fatal_crashes",
                label="Fatal crashes among them",
                sentence="Somebody was killed in {value} of them in {time}.",
                comparison=Comparison.NONE,
            ),
        ),
        chart=Chart(
            kind=ChartKind.TREND,
            fields=("crashes",),
            title="Crashes with people on foot or bicycle, by year",
        ),
    ),
    sources=crashes.CONNECTOR.sources,
    conform=conform,
    needs=(CRASHES_DATASET,),
    checks=(PartsWithinTotal(("pedestrian_crashes", "cyclist_crashes"), "crashes"),),
)
