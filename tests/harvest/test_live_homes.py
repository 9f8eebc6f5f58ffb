"""Home prices that an operator switches on: Redfin's and Zillow's layouts, and the damage seen."""

import gzip

import pytest

from citylake.errors import SourceChanged
from lambdas.harvest.connectors import CONNECTORS, LIVE_CONNECTORS, home_sales, zillow
from lambdas.harvest.fetch import Answer, Get
from lambdas.harvest.model import Connector, Draft, Inputs, Record, Row, SourceProtocol
from lambdas.harvest.protocols import FilteredFile, WideMonths
from lambdas.harvest.protocols.wide import month_of


def place(geoid: str, name: str, state: str, county: str) -> Row:
    return {
        "geoid": geoid,
        "name": name,
        "state": state,
        "county_name": county,
        "has_government": True,
    }


PLACES = [
    place("3719000", "Durham", "NC", "Durham County"),
    place("3301719700", "Durham", "NH", "Strafford County"),
    place("5578650", "Superior", "WI", "Douglas County"),
    place("5578660", "Superior", "WI", "Douglas County"),
]

REDFIN_HEADER = (
    '"PERIOD_BEGIN"\t"PERIOD_END"\t"PERIOD_DURATION"\t"REGION_TYPE"\t"TABLE_ID"\t'
    '"IS_SEASONALLY_ADJUSTED"\t"REGION"\t"CITY"\t"STATE"\t"STATE_CODE"\t"PROPERTY_TYPE"\t'
    '"MEDIAN_SALE_PRICE"\t"HOMES_SOLD"\n'
)


def sale(
    *,
    begin: str = "2024-06-01",
    days: str = "30",
    city: str = "Durham",
    state: str = "NC",
    kind: str = "All Residential",
    price: str = "415000",
) -> str:
    return (
        f'"{begin}"\t"2024-06-30"\t"{days}"\t"place"\t"4909"\t"f"\t"{city}, {state}"\t"{city}"\t'
        f'"x"\t"{state}"\t"{kind}"\t{price}\t310\n'
    )


REDFIN = "".join(
    [
        REDFIN_HEADER,
        sale(),
        sale(kind="Condo/Co-op"),
        sale(days="90"),
        sale(begin="2019-12-01"),
        sale(begin="2024-07-01", price=""),
        sale(),
        sale(city="Superior", state="WI"),
    ]
)

ZORI = """\
RegionID,SizeRank,RegionName,RegionType,StateName,State,Metro,CountyName,2019-12-31,2020-01-31,2025-03-31
1,90,Durham,city,NC,NC,"Durham-Chapel Hill, NC",Durham County,1100.5,1110.123,1650.987
2,999,Durham,city,NH,NH,,Strafford County,,,2100.5
3,999,Durham,city,NC,NC,,Wake County,,900,900
4,999,Superior,city,WI,WI,,Douglas County,,700,700
"""


def server(body: bytes) -> Get:
    return lambda address, parameters=None: Answer(body, address)


def read(protocol: SourceProtocol, body: bytes) -> list[Record]:
    return [record for page in protocol.pages(server(body)) for record in page]


def made(connector: Connector, body: bytes) -> Draft:
    (source,) = connector.sources
    records = read(source.protocol, body)
    return connector.conform(Inputs({source.id: records}, {"places": PLACES}))


@pytest.mark.parametrize(
    "body",
    [gzip.compress(REDFIN.encode()), REDFIN.replace("PERIOD_BEGIN", "period_begin").encode()],
    ids=["gzipped", "header of another case"],
)
def test_a_month_of_all_homes_is_taken_once_from_redfins_many(body: bytes) -> None:
    draft = made(home_sales.CONNECTOR, body)
    assert draft.rows == [
        {
            "geoid": "3719000",
            "place_name": "Durham",
            "state": "NC",
            "month": "2024-06",
            "median_sale_price_usd": 415_000.0,
            "homes_sold": 310,
        }
    ]
    assert {group.reason: group.examples for group in draft.left_out} == {
        "month without a sale price": ("Durham, NC 2024-07",),
        "name that means no place of the state, or several": ("Superior, WI 2024-06",),
        "second region of one name in a state": ("Durham, NC 2024-06",),
    }


def test_zillows_columns_become_months_and_counties_tell_namesakes_apart() -> None:
    draft = made(zillow.RENT, ZORI.encode())
    assert [(row["geoid"], row["month"], row["rent_usd"]) for row in draft.rows] == [
        ("3719000", "2020-01", 1110.12),
        ("3719000", "2025-03", 1650.99),
        ("3301719700", "2025-03", 2100.5),
    ]
    (group,) = draft.left_out
    assert group.reason.startswith("region whose name and county lead to no place of the state")
    assert group.examples == ("Durham, Wake County, NC", "Superior, Douglas County, WI")


def test_the_value_index_has_the_same_layout() -> None:
    draft = made(zillow.HOME_VALUES, ZORI.replace("1650.987", "4.64E+05").encode())
    assert draft.rows[1]["home_value_usd"] == 464_000.0


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("2020-01-31", "2020-01"),
        ("2008-03", "2008-03"),
        ("1/31/00", "2000-01"),
        ("12/31/2019", "2019-12"),
        ("RegionName", ""),
        ("Property Tax", ""),
    ],
)
def test_a_month_is_known_by_its_columns_name(header: str, expected: str) -> None:
    assert month_of(header) == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("RegionName,2020-01\nDurham\n", "record 1 has 1 values, expected 2"),
        ("RegionName,Metro\n", "has no column of a month; it has RegionName, Metro"),
        ("Region,2020-01\n", "no longer has RegionName"),
        ("\xff", "not UTF-8 at byte 0"),
    ],
)
def test_a_wide_file_of_another_shape_is_refused(text: str, said: str) -> None:
    file = WideMonths(address="https://x.example/a.csv", fields={"name": "RegionName"})
    with pytest.raises(SourceChanged, match=said):
        read(file, text.encode("latin-1"))


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (gzip.compress(REDFIN.encode())[:40], "is damaged"),
        (b"CITY\n", "no longer has PERIOD_BEGIN"),
        (b"PERIOD_BEGIN\tCITY\n2020-01-01\n", "record 1 has 1 values, expected 2"),
    ],
)
def test_a_filtered_file_of_another_shape_is_refused(body: bytes, said: str) -> None:
    file = FilteredFile(
        address="https://x.example/a.tsv", fields={"begin": "PERIOD_BEGIN", "city": "CITY"}
    )
    with pytest.raises(SourceChanged, match=said):
        read(file, body)


def test_what_is_no_open_data_is_never_bundled() -> None:
    switched_on = {"home-sales", "zillow-home-values", "zillow-rents"}
    live = {connector.dataset.id: connector for connector in LIVE_CONNECTORS}
    assert switched_on <= live.keys()
    assert not switched_on & {connector.dataset.id for connector in CONNECTORS}
    assert all(source.copy is None for name in switched_on for source in live[name].sources)
