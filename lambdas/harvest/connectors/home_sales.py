"""What homes sell for: Redfin's monthly figures by city, for an operator who accepts its terms.

They are free to use with citation and a link, but no open data: they are never bundled.
"""

from citylake.datasets import Chart, ChartKind, Dataset, Field, FieldType, Figure, License, Theme
from citylake.places import PLACES_DATASET
from lambdas.harvest.clean.numbers import decimal, whole
from lambdas.harvest.clean.register import PlaceNames
from lambdas.harvest.connectors.shared import PLACE_FIELDS, place_columns
from lambdas.harvest.connectors.unemployment import MONTH
from lambdas.harvest.model import Connector, Draft, Inputs, Source
from lambdas.harvest.protocols import FilteredFile

REDFIN = "Redfin"

REDFIN_TERMS = License(
    name="Redfin Data Center: free to use with citation of Redfin and a link; not open data",
    url="https://www.redfin.com/news/data-center/",
)
_FIRST_DAY = "2020-01-01"
_LENGTH_OF_MONTH = len("2020-01")
_ADDRESS = (
    "https://redfin-public-data.s3.us-west-2.amazonaws.com/redfin_market_tracker/"
    "city_market_tracker.tsv000.gz"
)

SOURCE = Source(
    id="redfin-city-market",
    publisher=f"{REDFIN}, Data Center",
    address=_ADDRESS,
    vintage="since January 2020, restated every month",
    license=REDFIN_TERMS,
    protocol=FilteredFile(
        address=_ADDRESS,
        fields={
            "begin": "PERIOD_BEGIN",
            "days": "PERIOD_DURATION",
            "region_type": "REGION_TYPE",
            "region": "REGION",
            "city": "CITY",
            "state": "STATE_CODE",
            "adjusted": "IS_SEASONALLY_ADJUSTED",
            "kind": "PROPERTY_TYPE",
            "price": "MEDIAN_SALE_PRICE",
            "sold": "HOMES_SOLD",
        },
        only={"days": "30", "region_type": "place", "adjusted": "f", "kind": "All Residential"},
        since={"begin": _FIRST_DAY},
    ),
)


def conform(inputs: Inputs) -> Draft:
    """Take the months of every city whose name means one place of its state."""
    draft = Draft()
    names = PlaceNames(inputs.rows(PLACES_DATASET))
    seen: set[tuple[str, str]] = set()
    for record in inputs.records(SOURCE):
        month = record["begin"][:_LENGTH_OF_MONTH]
        example = f"{record['region']} {month}"
        place = names.the_one(record["state"], record["city"])
        if place is None:
            draft.leave_out("name that means no place of the state, or several", example)
            continue
        key = str(place["geoid"]), month
        if not record["price"]:
            draft.leave_out("month without a sale price", example)
        elif key in seen:
            draft.leave_out("second region of one name in a state", example)
        else:
            seen.add(key)
            draft.add(
                {
                    **place_columns(place),
                    "month": month,
                    "median_sale_price_usd": decimal(record["price"]),
                    "homes_sold": whole(record["sold"]),
                }
            )
    return draft


CONNECTOR = Connector(
    dataset=Dataset(
        id="home-sales",
        title="Home sale price by month",
        description="Median price of the homes that were sold in the month, all residential "
        "property together, and how many were sold.",
        theme=Theme.HOMES,
        key=("geoid", "month"),
        place_field="geoid",
        time_field="month",
        publisher=REDFIN,
        source_url="https://www.redfin.com/news/data-center/",
        vintage="since January 2020",
        license=REDFIN_TERMS,
        update_frequency="monthly",
        keywords=("homes", "houses", "sale price", "real estate", "housing"),
        attribution="Redfin publishes the figures by city name and state, without GEOID. They are "
        "taken if the name is that of one place of the state; Redfin draws cities in its own way.",
        notes=(
            "The median moves with the mix of homes that are sold, not with prices alone.",
            "All months are restated with every edition; the newest are incomplete.",
            "Figures by Redfin, a national real estate brokerage: cite it, with a link.",
        ),
        fields=(
            *PLACE_FIELDS,
            MONTH,
            Field(
                name="median_sale_price_usd",
                type=FieldType.DOUBLE,
                label="Median sale price",
                description="Half of the homes sold in the month sold for less.",
                unit="US dollars",
            ),
            Field(
                name="homes_sold",
                type=FieldType.INT,
                label="Homes sold",
                description="Homes sold in the month.",
                unit="homes",
            ),
        ),
        figures=(
            Figure(
                field="median_sale_price_usd",
                label="Home sale price",
                sentence="Half of the homes sold in {place} in {time} sold for less than {value}.",
                headline=True,
                change=False,
                no_change_because="Sales differ by season and by the mix of homes sold.",
            ),
        ),
        chart=Chart(
            kind=ChartKind.TREND,
            fields=("median_sale_price_usd",),
            title="Median home sale price by month",
        ),
    ),
    sources=(SOURCE,),
    conform=conform,
    needs=(PLACES_DATASET,),
    change_pct=25.0,
)
