"""What cities spend and take in by account, and per resident: a record a fiscal year and basis."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from citylake.datasets import (
    Chart,
    ChartKind,
    Comparison,
    Dataset,
    Field,
    FieldType,
    Figure,
    License,
    Theme,
)
from citylake.places import PLACES_DATASET
from lambdas.harvest.clean.accounts import ACCOUNTS, OTHER, TOTAL, Side, accounts_of
from lambdas.harvest.clean.numbers import whole
from lambdas.harvest.connectors.finance_lines import (
    FINANCE_LINES_DATASET,
    SOURCES,
    massachusetts_places,
)
from lambdas.harvest.connectors.population import COUNT, VINTAGE_2019, VINTAGE_2023
from lambdas.harvest.connectors.shared import FISCAL_YEAR, PLACE_FIELDS
from lambdas.harvest.model import Connector, Draft, Inputs, Row

_STATE_ESTIMATE = "Census estimate, as the state prints it beside the figures"
_STATE_ESTIMATE_YEAR = 2021

_OLDEST_POPULATION = 2
"""Years by which a population may be older than the fiscal year it is held against."""

_ROUNDING_USD = 5

_PER_RESIDENT: Mapping[str, tuple[str, str]] = {
    "spending_per_resident_usd": ("spending_usd", "Spending per resident"),
    "public_safety_per_resident_usd": ("public_safety_usd", "Public safety per resident"),
    "police_per_resident_usd": ("police_usd", "Police per resident"),
    "fire_per_resident_usd": ("fire_usd", "Fire protection per resident"),
    "education_per_resident_usd": ("education_usd", "Schools per resident"),
    "property_tax_per_resident_usd": ("property_tax_usd", "Property tax per resident"),
}


@dataclass(frozen=True, slots=True)
class _People:
    """How many people lived in a place, in which year, by whose reckoning."""

    year: int
    count: int
    source: str


def conform(inputs: Inputs) -> Draft:
    """Add up the lines of each place, fiscal year and basis by account."""
    draft = Draft()
    peopled = _people(inputs)
    grouped: dict[tuple[str, int, str], list[Row]] = defaultdict(list)
    for line in inputs.rows(FINANCE_LINES_DATASET):
        key = str(line["geoid"]), int(str(line["fiscal_year"])), str(line["basis"])
        grouped[key].append(line)
    for (geoid, year, basis), lines in grouped.items():
        amounts: Row = {}
        for side in Side:
            of_side = [line for line in lines if line["side"] == side.value]
            if of_side:
                amounts |= _sums(side, of_side)
        people = _people_of(year, peopled[geoid])
        draft.add(
            {
                **{name: lines[0][name] for name in ("geoid", "place_name", "state")},
                "fiscal_year": year,
                "basis": basis,
                **amounts,
                **_per_resident(amounts, people),
            }
        )
    return draft


def _sums(side: Side, lines: Sequence[Row]) -> Row:
    """The amounts of one side by account; what lines do not tell of a total is other."""
    sums: dict[str, int] = defaultdict(int)
    published = None
    for line in lines:
        amount, account = int(str(line["amount_usd"])), line["account"]
        if account == TOTAL:
            published = amount
            continue
        name = OTHER[side] if account is None else str(account)
        sums[name] += amount
        if within := ACCOUNTS[name].within:
            sums[within] += amount
    told = sum(sums[name] for name in accounts_of(side) if name in sums)
    total = told if published is None else published
    if abs(total - told) > _ROUNDING_USD:
        sums[OTHER[side]] += total - told
    return {
        f"{side.value}_usd": total,
        f"{side.value}_scope": lines[0]["scope"],
        **{f"{name}_usd": amount for name, amount in sums.items()},
    }


def _per_resident(amounts: Row, people: _People | None) -> Row:
    if people is None:
        return {}
    return {
        "population": people.count,
        "population_year": people.year,
        "population_source": people.source,
        **{
            name: round(float(str(amounts[total])) / people.count, 2)
            for name, (total, _) in _PER_RESIDENT.items()
            if amounts.get(total) is not None
        },
    }


def _people(inputs: Inputs) -> Mapping[str, Sequence[_People]]:
    found: dict[str, list[_People]] = defaultdict(list)
    for row in inputs.rows("population"):
        if row["series"] in (COUNT, VINTAGE_2019, VINTAGE_2023):
            year, count = int(str(row["year"])), int(str(row["population"]))
            found[str(row["geoid"])].append(_People(year, count, str(row["series"])))
    for record, place in massachusetts_places(inputs):
        printed = whole(record["population_2021"])
        if place is not None and printed:
            found[str(place["geoid"])] = [_People(_STATE_ESTIMATE_YEAR, printed, _STATE_ESTIMATE)]
    return found


def _people_of(year: int, known: Sequence[_People]) -> _People | None:
    """The newest population up to the fiscal year; none that is too old, or of nobody."""
    fitting = [
        people
        for people in known
        if year - _OLDEST_POPULATION <= people.year <= year and people.count > 0
    ]
    return max(fitting, key=lambda people: people.year, default=None)


def _account_fields(side: Side, sum_label: str) -> Iterator[Field]:
    yield Field(
        name=f"{side.value}_usd",
        type=FieldType.INT,
        label=sum_label,
        description=f"Sum of all {side.value}, as the publisher has it.",
        unit="US dollars",
    )
    yield Field(
        name=f"{side.value}_scope",
        type=FieldType.TEXT,
        label=f"Scope of {side.value}",
        description=f"Which funds of the government the {side.value} covers.",
        facet=True,
    )
    for name, account in ACCOUNTS.items():
        if account.side is side:
            part = f" Part of {ACCOUNTS[account.within].label.lower()}." if account.within else ""
            yield Field(
                name=f"{name}_usd",
                type=FieldType.INT,
                label=account.label,
                description=account.description + part,
                unit="US dollars",
            )


_SCOPES_DIFFER = (
    "Cities differ in what they are charged with: in Massachusetts they run the schools, in Texas "
    "and California they do not. Amounts are not held against those of other cities here."
)


def _figure(field: str, label: str, what: str, *, headline: bool = False) -> Figure:
    return Figure(
        field=field,
        label=label,
        sentence=f"{what} of {{place}} came to {{value}} per resident in fiscal year {{time}}.",
        comparison=Comparison.NONE,
        headline=headline,
    )


CONNECTOR = Connector(
    dataset=Dataset(
        id="finances",
        title="City finances",
        description="What cities and towns spend and take in, by one chart of accounts and per "
        "resident. Each amount leads back to its lines in the dataset «City finances, line by "
        "line».",
        theme=Theme.BUDGET,
        key=("geoid", "fiscal_year", "basis"),
        place_field="geoid",
        time_field="fiscal_year",
        series_field="basis",
        publisher="Massachusetts Division of Local Services; cities of Texas; City of Oakland",
        source_url="https://www.mass.gov/info-details/municipality-at-a-glance",
        vintage="fiscal years 2015 to 2025",
        license=License(name="Public records of a state and of cities; see each source"),
        update_frequency="yearly",
        keywords=("budget", "spending", "revenue", "finances", "taxes", "police", "schools"),
        attribution="Massachusetts names its cities and towns; figures are shown where one "
        "government of the state bears the name. The other files are each about one city.",
        absence="The bundled files cover the cities and towns of Massachusetts, six cities of "
        "Texas, and Oakland, California. The Census Bureau publishes finances of every government "
        "in years that end with 2 and 7.",
        notes=(
            _SCOPES_DIFFER,
            (
                "Accounts group the functions of the Census Bureau's classification of government "
                "finances. A line that belongs to several accounts counts as other, and so does "
                "what a published total holds beyond its published lines."
            ),
            (
                "Massachusetts: spending is that of the general fund in fiscal year 2022, without "
                "water, sewers and other enterprises; revenue is the budget of 2023. Texas: "
                "spending is that of all governmental funds; revenue is that of the whole city, "
                "with its utilities. Oakland: the adopted budget of all funds, with transfers "
                "between them."
            ),
            (
                "Residents are those of the newest estimate up to the fiscal year, at most two "
                "years older; its year and source stand beside each amount."
            ),
        ),
        fields=(
            *PLACE_FIELDS,
            FISCAL_YEAR,
            Field(
                name="basis",
                type=FieldType.TEXT,
                label="Basis",
                description="Whether the money was spent or taken in, or planned to be; only "
                "amounts of one basis can be compared over time.",
                facet=True,
            ),
            *_account_fields(Side.SPENDING, "Spending"),
            *_account_fields(Side.REVENUE, "Revenue"),
            Field(
                name="population",
                type=FieldType.INT,
                label="Residents",
                description="People that the amounts per resident are reckoned with.",
                unit="people",
            ),
            Field(
                name="population_year",
                type=FieldType.INT,
                label="Year of residents",
                description="Year that the number of residents speaks of.",
            ),
            Field(
                name="population_source",
                type=FieldType.TEXT,
                label="Source of residents",
                description="Count or estimate, with its vintage.",
            ),
            *(
                Field(
                    name=name,
                    type=FieldType.DOUBLE,
                    label=label,
                    description=f"{label}, in the dollars of the year.",
                    unit="US dollars",
                )
                for name, (_, label) in _PER_RESIDENT.items()
            ),
        ),
        figures=(
            _figure(
                "spending_per_resident_usd",
                "City spending per resident",
                "Spending",
                headline=True,
            ),
            _figure("police_per_resident_usd", "Police, per resident", "The cost of the police"),
            _figure("fire_per_resident_usd", "Fire protection, per resident", "Fire protection"),
            _figure("property_tax_per_resident_usd", "Property tax, per resident", "Property tax"),
        ),
        chart=Chart(
            kind=ChartKind.PARTS,
            fields=tuple(f"{name}_usd" for name in accounts_of(Side.SPENDING)),
            title="What the city spends on",
        ),
    ),
    sources=SOURCES,
    conform=conform,
    needs=(PLACES_DATASET, "population", FINANCE_LINES_DATASET),
    signed=("other_spending_usd", "other_revenue_usd"),
)
