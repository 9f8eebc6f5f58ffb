"""City finances: three publishers' lines in one chart of accounts."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from citylake.errors import SourceChanged
from lambdas.harvest.clean.accounts import ACCOUNTS, OTHER, Side, accounts_of
from lambdas.harvest.connectors import finance_lines, finances
from lambdas.harvest.connectors.finance_lines import (
    MASSACHUSETTS,
    OAKLAND,
    OAKLAND_GEOID,
    SOURCES,
    AnnualReport,
)
from lambdas.harvest.fetch import Answer
from lambdas.harvest.gather import read_copy
from lambdas.harvest.model import Inputs, Row
from tests.harvest.conftest import LeftOutOf, Rows


def town(geoid: str, name: str, state: str, *, has_government: bool = True) -> Row:
    return {"geoid": geoid, "name": name, "state": state, "has_government": has_government}


REGISTER: list[Row] = [
    town("2500135", "Abington", "MA", has_government=False),  # the designated place in the town
    town("2502300170", "Abington", "MA"),
    town("2501370", "Amherst", "MA"),
    town("2501703005", "Ayer", "MA"),
    town(OAKLAND_GEOID, "Oakland", "CA"),
    town("4861796", "Richardson", "TX"),
]
PEOPLE: list[Row] = [
    {"geoid": "4861796", "series": "Estimate, vintage 2023", "year": 2023, "population": 117_435},
    {"geoid": "4861796", "series": "Estimate, vintage 2023", "year": 2022, "population": 117_000},
    {"geoid": OAKLAND_GEOID, "series": "Estimate, vintage 2019", "year": 2015, "population": 400},
    {"geoid": OAKLAND_GEOID, "series": "Census count", "year": 2010, "population": 390_724},
]


@pytest.fixture
def sources(raw: Path) -> Mapping[str, Sequence[Mapping[str, str]]]:
    return {source.id: read_copy(source, raw).records for source in SOURCES}


@pytest.fixture
def lines(sources: Mapping[str, Sequence[Mapping[str, str]]]) -> list[Row]:
    return finance_lines.conform(Inputs(sources, {"places": REGISTER})).rows


@pytest.fixture
def totals(
    sources: Mapping[str, Sequence[Mapping[str, str]]], lines: list[Row]
) -> Mapping[tuple[Any, Any], Row]:
    """The records by place and fiscal year."""
    needs = {"places": REGISTER, "population": PEOPLE, "finance-lines": lines}
    draft = finances.conform(Inputs(sources, needs))
    return {(row["place_name"], row["fiscal_year"]): row for row in draft.rows}


def amounts(row: Row) -> dict[str, Any]:
    """What a record says of money and residents."""
    return {
        name: value for name, value in row.items() if name not in {"geoid", "place_name", "state"}
    }


def test_spending_is_of_the_year_before_the_budget_that_stands_beside_it(
    totals: Mapping[tuple[Any, Any], Row],
) -> None:
    spent, planned = totals["Amherst", 2022], totals["Amherst", 2023]
    assert (spent["basis"], spent["spending_usd"], spent.get("revenue_usd")) == (
        "actual",
        81_198_374,
        None,
    )
    assert amounts(planned) == {
        "fiscal_year": 2023,
        "basis": "budget",
        "revenue_usd": 115_756_116,
        "revenue_scope": "general fund, enterprise funds and community preservation",
        "property_tax_usd": 61_725_183,
        "from_governments_usd": 17_451_592,
        "other_revenue_usd": 6_409_206 + 14_909_992 + 15_260_143,
        "population": 39_378,
        "population_year": 2021,
        "population_source": "Census estimate, as the state prints it beside the figures",
        "property_tax_per_resident_usd": 1567.5,
    }


def test_police_and_fire_are_parts_of_public_safety(
    totals: Mapping[tuple[Any, Any], Row],
) -> None:
    amherst = totals["Amherst", 2022]
    police, fire, others = 5_260_912, 4_985_628, 1_950_518
    assert (amherst["police_usd"], amherst["fire_usd"]) == (police, fire)
    assert amherst["public_safety_usd"] == police + fire + others
    parts = [amherst.get(f"{name}_usd", 0) for name in accounts_of(Side.SPENDING)]
    assert sum(int(str(part)) for part in parts) == amherst["spending_usd"]


def test_a_correction_stays_negative(lines: list[Row]) -> None:
    (ayer,) = (
        line
        for line in lines
        if line["place_name"] == "Ayer" and line["line"] == "Other Expenditures"
    )
    assert ayer["amount_usd"] == -1_124_690


def test_a_town_is_meant_not_the_designated_place_of_its_name(lines: list[Row]) -> None:
    assert {line["geoid"] for line in lines if line["place_name"] == "Abington"} == {"2502300170"}


def test_what_spans_several_accounts_is_other(
    lines: list[Row], totals: Mapping[tuple[Any, Any], Row]
) -> None:
    unmapped = {line["line"] for line in lines if line["account"] is None}
    assert unmapped == {
        "Community Services",
        "Enterprise & CPA Funds",
        "Local Receipts",
        "Other Revenue",
        "Public services",
    }
    assert amounts(totals["Richardson", 2024]) == {
        "fiscal_year": 2024,
        "basis": "actual",
        "spending_usd": 323_174_000,
        "spending_scope": "governmental funds",
        "general_government_usd": 58_169_000 + 1_353_000,
        "public_safety_usd": 71_378_000,
        "other_spending_usd": 29_281_000,
        "culture_and_recreation_usd": 4_417_000 + 17_807_000,
        "health_and_welfare_usd": 2_387_000,
        "debt_service_usd": 35_020_000 + 24_402_000,
        "capital_outlay_usd": 78_960_000,
        "revenue_usd": 422_189_000,
        "revenue_scope": "the whole city, with its utilities",
        "property_tax_usd": 132_912_399,
        "sales_tax_usd": 53_763_370,
        "other_taxes_usd": 5_088_522,
        "other_revenue_usd": 422_189_000 - 132_912_399 - 53_763_370 - 5_088_522,
        "population": 117_435,
        "population_year": 2023,
        "population_source": "Estimate, vintage 2023",
        "spending_per_resident_usd": 2751.94,
        "public_safety_per_resident_usd": 607.81,
        "property_tax_per_resident_usd": 1131.8,
    }


def test_a_budget_is_added_up_whatever_the_order_of_its_columns(
    totals: Mapping[tuple[Any, Any], Row],
) -> None:
    assert amounts(totals["Oakland", 2015]) == {
        "fiscal_year": 2015,
        "basis": "adopted budget",
        "spending_usd": 199_000_000 + 85_087_482,
        "spending_scope": "all funds, with transfers between them",
        "public_safety_usd": 199_000_000,
        "police_usd": 199_000_000,
        "other_spending_usd": 85_087_482,
        "revenue_usd": 558_707 + 60_400_000 + 2_000_000,
        "revenue_scope": "all funds, with transfers between them",
        "charges_and_fines_usd": 558_707,
        "sales_tax_usd": 60_400_000,
        "transfers_usd": 2_000_000,
        "population": 400,
        "population_year": 2015,
        "population_source": "Estimate, vintage 2019",
        "spending_per_resident_usd": 710_218.7,
        "public_safety_per_resident_usd": 497_500.0,
        "police_per_resident_usd": 497_500.0,
    }
    assert totals["Oakland", 2017]["police_usd"] == 242_535_092


def test_nothing_is_said_per_resident_where_no_estimate_is_near(
    sources: Mapping[str, Sequence[Mapping[str, str]]], lines: list[Row]
) -> None:
    old: list[Row] = [{**row, "year": 2012} for row in PEOPLE if row["series"] != "Census count"]
    needs = {"places": REGISTER, "population": old, "finance-lines": lines}
    rows = finances.conform(Inputs(sources, needs)).rows
    assert not [row for row in rows if row["state"] != "MA" and "population" in row]


def test_cities_outside_of_the_register_are_left_out_and_said(
    rows: Rows, left_out: LeftOutOf
) -> None:
    assert {row["place_name"] for row in rows("finance-lines")} == {"Amherst"}
    told = left_out("finance-lines")
    assert told["municipality whose name leads to no place, or to several"].examples == (
        "Abington, MA",
        "Ayer, MA",
    )
    assert "4861796" in told["city that is not in the register"].examples


def test_a_budget_line_that_is_neither_expense_nor_revenue_is_an_error() -> None:
    record = {
        "year": "FY14-15",
        "department": "Mayor",
        "side": "Asset",
        "category": "",
        "amount": "1",
    }
    inputs = Inputs(
        {**{source.id: [] for source in SOURCES}, OAKLAND[0].id: [record]}, {"places": REGISTER}
    )
    with pytest.raises(SourceChanged, match="'Asset' in a budget: expected Expense or Revenue"):
        finance_lines.conform(inputs)


@pytest.mark.parametrize("body", [b"export const data = []", b'[{"year": 2024}]'])
def test_a_report_of_another_shape_is_an_error(body: bytes) -> None:
    with pytest.raises(SourceChanged, match="is no annual report"):
        list(
            AnnualReport(MASSACHUSETTS.address).pages(lambda address, _=None: Answer(body, address))
        )


def test_the_chart_of_accounts_is_whole() -> None:
    for side, name in OTHER.items():
        assert ACCOUNTS[name].side is side
    for account in ACCOUNTS.values():
        assert not account.within or ACCOUNTS[account.within].side is account.side
