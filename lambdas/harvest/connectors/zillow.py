"""Zillow's indexes of home values and rents by city, for an operator who accepts its terms.

They are free to use with attribution, but no open data: they are never bundled.
"""

from citylake.datasets import Chart, ChartKind, Dataset, Field, FieldType, Figure, License, Theme
from citylake.places import PLACES_DATASET
from lambdas.harvest.clean.counties import county_key
from lambdas.harvest.clean.numbers import decimal
from lambdas.harvest.clean.register import PlaceNames
from lambdas.harvest.connectors.shared import PLACE_FIELDS, place_columns
from lambdas.harvest.connectors.unemployment import MONTH
from lambdas.harvest.model import Conform, Connector, Draft, Inputs, Row, Source
from lambdas.harvest.protocols import WideMonths, wide

ZILLOW = "Zillow Research"

ZILLOW_TERMS = License(
    name="Zillow Research data: use with attribution under Zillow's terms; not open data",
    url="https://www.zillow.com/research/data/",
)
_FOLDER = "https://files.zillowstatic.com/research/public_csvs"
_FIRST_MONTH = "2020-01"


def _source(series: str, address: str) -> Source:
    return Source(
        id=f"zillow-city-{series}",
        publisher=ZILLOW,
        address=address,
        vintage="since January 2020, restated every month",
        license=ZILLOW_TERMS,
        protocol=WideMonths(
            address=address,
            fields={
                "name": "RegionName",
                "kind": "RegionType",
                "state": "State",
                "county": "CountyName",
            },
            from_month=_FIRST_MONTH,
        ),
    )


VALUES = _source("zhvi", f"{_FOLDER}/zhvi/City_zhvi_uc_sfrcondo_tier_0.33_0.67_sm_sa_month.csv")
RENTS = _source("zori", f"{_FOLDER}/zori/City_zori_uc_sfrcondomfr_sm_month.csv")


def _conform(source: Source, field: str) -> Conform:
    def conform(inputs: Inputs) -> Draft:
        """Take the months of every city whose name and county lead to one place."""
        draft = Draft()
        names = PlaceNames(inputs.rows(PLACES_DATASET))
        regions: dict[tuple[str, str, str], Row | None] = {}
        taken: set[str] = set()
        for record in inputs.records(source):
            region = record["name"], record["county"], record["state"]
            if region not in regions:
                place, reason = _place_of(region, names, taken)
                regions[region] = place
                if place is None:
                    draft.leave_out(reason, ", ".join(region))
            if (place := regions[region]) is not None:
                value = decimal(record[wide.VALUE])
                draft.add(
                    {
                        **place_columns(place),
                        "month": record[wide.MONTH],
                        field: None if value is None else round(value, 2),
                    }
                )
        return draft

    return conform


def _place_of(
    region: tuple[str, str, str], names: PlaceNames, taken: set[str]
) -> tuple[Row | None, str]:
    """Find the place that a region is, each once; or say why it is none."""
    name, county, state = region
    place = names.the_one(state, name)
    if place is None or county_key(str(place["county_name"])) != county_key(county):
        return None, "region whose name and county lead to no place of the state, or to several"
    if str(place["geoid"]) in taken:
        return None, "second region of one name and county"
    taken.add(str(place["geoid"]))
    return place, ""


_ATTRIBUTION = (
    "Zillow publishes the index by city name, state and county, without GEOID. It is taken if the "
    "name is that of one place of the state whose people live in that county; Zillow draws cities "
    "in its own way."
)
_NOTES = (
    "The index is what a model of Zillow's says, smoothed and adjusted; it is no price of a sale.",
    "All months are restated with every edition.",
    "Data provided by Zillow Group.",
)


def _dataset(
    dataset_id: str, title: str, description: str, *, field: Field, figure: Figure
) -> Dataset:
    return Dataset(
        id=dataset_id,
        title=title,
        description=description,
        theme=Theme.HOMES,
        key=("geoid", "month"),
        place_field="geoid",
        time_field="month",
        publisher=ZILLOW,
        source_url="https://www.zillow.com/research/data/",
        vintage="since January 2020",
        license=ZILLOW_TERMS,
        update_frequency="monthly",
        keywords=("homes", "houses", "rents", "real estate", "housing"),
        attribution=_ATTRIBUTION,
        notes=_NOTES,
        fields=(*PLACE_FIELDS, MONTH, field),
        figures=(figure,),
        chart=Chart(kind=ChartKind.TREND, fields=(field.name,), title=f"{title}, by month"),
    )


HOME_VALUES = Connector(
    dataset=_dataset(
        "zillow-home-values",
        "Typical home value",
        "Zillow's index of what a home in the middle third of the market is worth.",
        field=Field(
            name="home_value_usd",
            type=FieldType.DOUBLE,
            label="Typical home value",
            description="Zillow Home Value Index: smoothed, seasonally adjusted.",
            unit="US dollars",
        ),
        figure=Figure(
            field="home_value_usd",
            label="Typical home value",
            sentence="By Zillow's model, a typical home in {place} was worth {value} in {time}.",
        ),
    ),
    sources=(VALUES,),
    conform=_conform(VALUES, "home_value_usd"),
    needs=(PLACES_DATASET,),
    change_pct=25.0,
)

RENT = Connector(
    dataset=_dataset(
        "zillow-rents",
        "Typical asking rent",
        "Zillow's index of the rent that is asked for a home in the middle of the market.",
        field=Field(
            name="rent_usd",
            type=FieldType.DOUBLE,
            label="Typical asking rent",
            description="Zillow Observed Rent Index: smoothed; a month's rent.",
            unit="US dollars",
        ),
        figure=Figure(
            field="rent_usd",
            label="Typical asking rent",
            sentence="By Zillow's index, a home in {place} rented for {value} a month in {time}.",
        ),
    ),
    sources=(RENTS,),
    conform=_conform(RENTS, "rent_usd"),
    needs=(PLACES_DATASET,),
    change_pct=25.0,
)
