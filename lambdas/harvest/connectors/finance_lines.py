"""What cities spend and take in, line by line as they print it, each with its account."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from citylake.datasets import Dataset, Field, FieldType, License, Theme
from citylake.errors import SourceChanged
from citylake.places import PLACES_DATASET
from lambdas.harvest.clean.accounts import ACCOUNTS, TOTAL, Side
from lambdas.harvest.clean.numbers import decimal
from lambdas.harvest.clean.register import PlaceNames
from lambdas.harvest.connectors.shared import FISCAL_YEAR, PLACE_FIELDS, place_columns
from lambdas.harvest.fetch import Get
from lambdas.harvest.model import Connector, Copy, Draft, Inputs, Record, Row, Source
from lambdas.harvest.protocols import DelimitedFile

FINANCE_LINES_DATASET = "finance-lines"

ACTUAL = "actual"
BUDGET = "budget"
ADOPTED = "adopted budget"

_GENERAL_FUND = "general fund"
_ALL_SOURCES = "general fund, enterprise funds and community preservation"
_GOVERNMENTAL_FUNDS = "governmental funds"
_WHOLE_CITY = "the whole city, with its utilities"
_ALL_FUNDS = "all funds, with transfers between them"


@dataclass(frozen=True, slots=True)
class _Line:
    """One line as it is published, on its way to a place.

    Attributes:
        fiscal_year: calendar year in which the fiscal year ends.
        basis: whether it was spent, or planned.
        scope: which funds of the government it covers.
        side: whether money leaves or comes in.
        name: as the publisher writes it.
        dollars: amount.
        account: account that it certainly belongs to; ``None`` where there is none.
    """

    fiscal_year: int
    basis: str
    scope: str
    side: Side
    name: str
    dollars: float
    account: str | None


# Massachusetts ------------------------------------------------------------------------------

_MASSACHUSETTS_SPENDING: Mapping[str, str] = {
    "General Government": "general_government",
    "Police": "police",
    "Fire": "fire",
    "Other Public Safety": "public_safety",
    "Education": "education",
    "Public Works": "public_works",
    "Human Services": "health_and_welfare",
    "Culture and Recreation": "culture_and_recreation",
    "Fixed Costs": "benefits_and_insurance",
    "Intergovernmental Assessments": "payments_to_governments",
    "Other Expenditures": "other_spending",
    "Debt Service": "debt_service",
    "Total Expenditures": TOTAL,
}
_MASSACHUSETTS_REVENUE: Mapping[str, str | None] = {
    "Tax Levy": "property_tax",
    "State Aid": "from_governments",
    "Local Receipts": None,  # excise taxes, charges, fines and interest in one
    "Enterprise & CPA Funds": None,
    "Other Revenue": None,
    "Total Budget...14": TOTAL,
}
_TOTAL_BUDGET = "Total Budget"

MASSACHUSETTS = Source(
    id="massachusetts-at-a-glance-2023",
    publisher="Massachusetts Division of Local Services",
    address="https://www.mass.gov/info-details/municipality-at-a-glance",
    vintage="spending of fiscal year 2022, budgets of fiscal year 2023",
    fetchable=False,
    license=License(name="Public record of the Commonwealth of Massachusetts"),
    protocol=DelimitedFile(
        address="https://www.mass.gov/info-details/municipality-at-a-glance",
        fields={
            "name": "Municipality",
            "budget_year": "Fiscal Year",
            "population_2021": "2021 Population",
            **{name: name for name in (*_MASSACHUSETTS_SPENDING, *_MASSACHUSETTS_REVENUE)},
        },
    ),
    copy=Copy(
        path="budgets/ma_municipalities_fy2023.csv",
        copied_from="github.com/amarder/locovote src/data/municipalities.csv @3006caf560",
        note="Spending is that of the fiscal year before the one that the file names, revenue is "
        "that year's budget; columns of one name are told apart by numbers after them.",
    ),
)


def _massachusetts(record: Record) -> Iterator[_Line]:
    year = int(record["budget_year"])
    for name, account in _MASSACHUSETTS_SPENDING.items():
        yield _Line(
            year - 1,
            ACTUAL,
            _GENERAL_FUND,
            Side.SPENDING,
            name,
            decimal(record[name]) or 0,
            account,
        )
    for name, mapped in _MASSACHUSETTS_REVENUE.items():
        yield _Line(
            year,
            BUDGET,
            _ALL_SOURCES,
            Side.REVENUE,
            name.partition("...")[0],
            decimal(record[name]) or 0,
            mapped,
        )


# Texas --------------------------------------------------------------------------------------

_TEXAS_SPENDING: Mapping[str, str] = {
    "General government": "general_government",
    "General government and administration": "general_government",
    "General administration": "general_government",
    "Public safety": "public_safety",
    "Public health": "health_and_welfare",
    "Library": "culture_and_recreation",
    "Parks and recreation": "culture_and_recreation",
    "Cultural and recreational": "culture_and_recreation",
    "Debt service: principal": "debt_service",
    "Debt service: interest": "debt_service",
    "Capital outlay": "capital_outlay",
    "Total expenditures": TOTAL,
}
"""Not among them: Richardson's «Public services» and Carrollton's «Development services», which
span streets, planning and more, and what Carrollton refunds to developers."""

_TEXAS_REVENUE: Mapping[str, str] = {
    "Property tax": "property_tax",
    "Sales tax": "sales_tax",
    "Hotel tax": "other_taxes",
    "Total revenue": TOTAL,
}

_TEXAS_CITIES: Mapping[str, str] = {
    "allen": "4801924",
    "carrollton": "4813024",
    "denton": "4819972",
    "frisco": "4827684",
    "lewisville": "4842508",
    "richardson": "4861796",
}


class _Amount(msgspec.Struct, frozen=True):
    name: str
    value: float


class _DebtService(msgspec.Struct, frozen=True):
    principal: float
    interest: float


class _Expenditures(msgspec.Struct, frozen=True, rename="camel"):
    current: list[_Amount]
    debt_service: _DebtService
    capital_outlay: float
    total: float


class _FiscalYear(msgspec.Struct, frozen=True, rename="camel"):
    fiscal_year: int
    total_revenue: float | None = None
    property_tax_revenue: float | None = None
    sales_tax_revenue: float | None = None
    hotel_tax_revenue: float | None = None
    modified_accrual_expenditures: _Expenditures | None = None


_REPORT = msgspec.json.Decoder(list[_FiscalYear])


@dataclass(frozen=True, slots=True)
class AnnualReport:
    """A city's annual financial reports, written down as JSON: one object a fiscal year.

    Attributes:
        address: where the document is.

    Raises (from ``pages``):
        SourceChanged: no such document.
    """

    address: str

    def pages(self, get: Get) -> Iterator[list[Record]]:
        """Read every line of every year, spending and revenue."""
        try:
            years = _REPORT.decode(get(self.address).body)
        except msgspec.MsgspecError as error:
            raise SourceChanged(f"{self.address} is no annual report: {error}") from error
        yield [
            {"year": str(year.fiscal_year), "side": side, "line": line, "amount": str(amount)}
            for year in years
            for side, line, amount in _lines_of(year)
            if amount is not None
        ]


def _lines_of(year: _FiscalYear) -> Iterator[tuple[Side, str, float | None]]:
    spent = year.modified_accrual_expenditures
    if spent is not None:
        for amount in spent.current:
            yield Side.SPENDING, amount.name, amount.value
        yield Side.SPENDING, "Debt service: principal", spent.debt_service.principal
        yield Side.SPENDING, "Debt service: interest", spent.debt_service.interest
        yield Side.SPENDING, "Capital outlay", spent.capital_outlay
        yield Side.SPENDING, "Total expenditures", spent.total
    yield Side.REVENUE, "Property tax", year.property_tax_revenue
    yield Side.REVENUE, "Sales tax", year.sales_tax_revenue
    yield Side.REVENUE, "Hotel tax", year.hotel_tax_revenue
    yield Side.REVENUE, "Total revenue", year.total_revenue


def _texas_source(name: str) -> Source:
    address = f"https://github.com/CurtisGreen/city-budget/blob/main/data/acfr-json/{name}.ts"
    return Source(
        id=f"annual-reports-tx-{name}",
        publisher=f"City of {name.title()}, Annual Comprehensive Financial Reports",
        address=address,
        vintage="fiscal years 2015 to 2025",
        fetchable=False,
        license=License(name="Facts from the city's published annual reports"),
        protocol=AnnualReport(address),
        copy=Copy(
            path=f"budgets/tx_{name}_acfr.json",
            copied_from=f"github.com/CurtisGreen/city-budget data/acfr-json/{name}.ts @5abb872bdf",
            note="Written down by hand from the reports; some years lack some lines.",
        ),
    )


TEXAS: Mapping[str, Source] = {geoid: _texas_source(name) for name, geoid in _TEXAS_CITIES.items()}
"""Sources by the GEOID of the city they are about."""


def _texas(record: Record) -> _Line:
    side = Side(record["side"])
    accounts = _TEXAS_SPENDING if side is Side.SPENDING else _TEXAS_REVENUE
    return _Line(
        int(record["year"]),
        ACTUAL,
        _GOVERNMENTAL_FUNDS if side is Side.SPENDING else _WHOLE_CITY,
        side,
        record["line"],
        decimal(record["amount"]) or 0,
        accounts.get(record["line"]),
    )


# Oakland ------------------------------------------------------------------------------------

OAKLAND_GEOID = "0653000"

_OAKLAND_SPENDING: Mapping[str, str] = {
    **dict.fromkeys(
        (
            "Administrative Services",
            "City Administrator",
            "City Attorney",
            "City Auditor",
            "City Clerk",
            "City Council",
            "Finance",
            "Human Resources Management",
            "Information Technology",
            "Mayor",
            "Public Ethics Commission",
            "Race & Equity",
        ),
        "general_government",
    ),
    "Police Department": "police",
    "Police": "police",
    "Fire Department": "fire",
    "Fire": "fire",
    "Public Works": "public_works",
    "Oakland Public Works": "public_works",
    "Human Services": "health_and_welfare",
    "Library": "culture_and_recreation",
    "Oakland Public Library": "culture_and_recreation",
    "Oakland Parks & Recreation": "culture_and_recreation",
    "Housing & Community Development": "housing_and_development",
    "Planning & Building": "housing_and_development",
    "Economic & Workforce Development": "housing_and_development",
    "Capital Improvement Projects": "capital_outlay",
}
"""Not among them: «Community Services», which were parks and human services in one, and
«Non-Departmental», which holds debt, transfers and more."""

_OAKLAND_REVENUE: Mapping[str, str] = {
    "Property Tax": "property_tax",
    "Sales Tax": "sales_tax",
    **dict.fromkeys(
        (
            "Business License Tax",
            "Local Tax",
            "Parking Tax",
            "Real Estate Transfer Tax",
            "Transient Occupancy Tax",
            "Utility Consumption Tax",
        ),
        "other_taxes",
    ),
    **dict.fromkeys(("Gas Tax", "Gasoline Tax", "Grants & Subsidies"), "from_governments"),
    **dict.fromkeys(
        ("Fines & Penalties", "Licenses & Permits", "Service Charges"), "charges_and_fines"
    ),
    **dict.fromkeys(
        ("Interfund Transfers", "Internal Service Funds", "Transfers from Fund Balance"),
        "transfers",
    ),
}


def _oakland_source(years: str, commit: str) -> Source:
    address = "https://www.oaklandca.gov/topics/budget"
    return Source(
        id=f"oakland-adopted-budget-{years.lower()}",
        publisher="City of Oakland, adopted budget",
        address=address,
        vintage=years,
        fetchable=False,
        license=License(
            name="City of Oakland, adopted budget; restated by OpenOakland under the MIT License"
        ),
        protocol=DelimitedFile(
            address=address,
            fields={
                "year": "budget_year",
                "department": "department",
                "side": "account_type",
                "category": "account_category",
                "amount": "amount",
            },
        ),
        copy=Copy(
            path=f"budgets/oakland_ca_{years}__adopted.csv",
            copied_from="github.com/openoakland/openbudgetoakland "
            f"_src/data/flow/{years}__adopted.csv @{commit}",
            note="Lines repeat their names; negative amounts are corrections. They are added up by "
            "department and by kind of revenue.",
        ),
    )


OAKLAND = (
    _oakland_source("FY14-15", "8c740adb9f"),
    _oakland_source("FY16-17", "8c740adb9f"),
)

_SIDES = {"Expense": Side.SPENDING, "Revenue": Side.REVENUE}
_CENTURY = 2000


def _oakland(records: Sequence[Record]) -> Iterator[_Line]:
    """Add up what bears one name.

    Raises:
        SourceChanged: a line is neither expense nor revenue.
    """
    added: dict[tuple[int, Side, str], float] = defaultdict(float)
    for record in records:
        side = _SIDES.get(record["side"])
        if side is None:
            raise SourceChanged(f"{record['side']!r} in a budget: expected Expense or Revenue")
        name = record["department"] if side is Side.SPENDING else record["category"]
        year = _CENTURY + int(record["year"].rpartition("-")[2])
        added[year, side, name] += decimal(record["amount"]) or 0
    for (year, side, name), dollars in added.items():
        accounts = _OAKLAND_SPENDING if side is Side.SPENDING else _OAKLAND_REVENUE
        yield _Line(year, ADOPTED, _ALL_FUNDS, side, name, dollars, accounts.get(name))


# All of them --------------------------------------------------------------------------------

SOURCES = (MASSACHUSETTS, *TEXAS.values(), *OAKLAND)


def massachusetts_places(inputs: Inputs) -> Iterator[tuple[Record, Row | None]]:
    """The state's municipalities with the governments that bear their names.

    Every one of the 351 is a city or a town; a census designated place of the name is not meant.
    """
    names = PlaceNames(
        place for place in inputs.rows(PLACES_DATASET) if place["has_government"] is True
    )
    for record in inputs.records(MASSACHUSETTS):
        yield record, names.the_one("MA", record["name"])


def conform(inputs: Inputs) -> Draft:
    """Tie every line to its place and account."""
    draft = Draft()
    places = {str(row["geoid"]): row for row in inputs.rows(PLACES_DATASET)}
    for record, place in massachusetts_places(inputs):
        if place is None:
            draft.leave_out(
                "municipality whose name leads to no place, or to several",
                f"{record['name']}, MA",
            )
        else:
            _add(draft, place, _massachusetts(record))
    for geoid, lines in (
        *((geoid, map(_texas, inputs.records(source))) for geoid, source in TEXAS.items()),
        *((OAKLAND_GEOID, _oakland(inputs.records(source))) for source in OAKLAND),
    ):
        if geoid in places:
            _add(draft, places[geoid], lines)
        else:
            draft.leave_out("city that is not in the register", geoid)
    return draft


def _add(draft: Draft, place: Row, lines: Iterator[_Line]) -> None:
    for line in lines:
        draft.add(
            {
                **place_columns(place),
                "fiscal_year": line.fiscal_year,
                "basis": line.basis,
                "side": line.side.value,
                "line": line.name,
                "amount_usd": round(line.dollars),
                "scope": line.scope,
                "account": line.account,
                "account_name": _name_of(line.account),
            }
        )


def _name_of(account: str | None) -> str | None:
    if account is None:
        return None
    return "Total" if account == TOTAL else ACCOUNTS[account].label


CONNECTOR = Connector(
    dataset=Dataset(
        id=FINANCE_LINES_DATASET,
        title="City finances, line by line",
        description="What cities and towns spend and take in, line by line as they print it, and "
        "the account to which each line was mapped so that it can be held beside another's.",
        theme=Theme.BUDGET,
        key=("geoid", "fiscal_year", "basis", "side", "line"),
        place_field="geoid",
        publisher="Massachusetts Division of Local Services; cities of Texas; City of Oakland",
        source_url="https://www.mass.gov/info-details/municipality-at-a-glance",
        vintage="fiscal years 2015 to 2025",
        license=License(name="Public records of a state and of cities; see each source"),
        update_frequency="yearly",
        keywords=("budget", "spending", "revenue", "finances", "taxes", "police", "schools"),
        attribution="Massachusetts names its cities and towns; a line is shown where one "
        "government of the state bears the name. The other files are each about one city.",
        absence="The bundled files cover the cities and towns of Massachusetts, six cities of "
        "Texas, and Oakland, California.",
        notes=(
            (
                "A line without an account belongs to several accounts, or to none with "
                "certainty; it counts as other."
            ),
            (
                "Scopes differ: the general fund alone, all governmental funds, or all funds with "
                "transfers between them. Amounts of different scopes cannot be compared."
            ),
            "Oakland's lines are sums of many lines of one name, some of them negative.",
        ),
        fields=(
            *PLACE_FIELDS,
            FISCAL_YEAR,
            Field(
                name="basis",
                type=FieldType.TEXT,
                label="Basis",
                description="Whether the money was spent or taken in, or planned to be.",
                facet=True,
            ),
            Field(
                name="side",
                type=FieldType.TEXT,
                label="Side",
                description="Spending or revenue.",
                facet=True,
            ),
            Field(
                name="line",
                type=FieldType.TEXT,
                label="Line",
                description="Line as the publisher prints it.",
            ),
            Field(
                name="amount_usd",
                type=FieldType.INT,
                label="Amount",
                description="Amount of the line.",
                unit="US dollars",
            ),
            Field(
                name="scope",
                type=FieldType.TEXT,
                label="Scope",
                description="Which funds of the government the line covers.",
                facet=True,
            ),
            Field(
                name="account",
                type=FieldType.TEXT,
                label="Account",
                description="Account to which the line was mapped; empty where none is certain.",
                facet=True,
            ),
            Field(
                name="account_name",
                type=FieldType.TEXT,
                label="Account, name",
                description="The account as people read it.",
            ),
        ),
    ),
    sources=SOURCES,
    conform=conform,
    needs=(PLACES_DATASET,),
    signed=("amount_usd",),
)
