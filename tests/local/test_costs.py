from dataclasses import fields, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.cli import Level
from local.costs import prices
from local.costs.assumptions import LARGE, LEVELS, MEDIUM, SMALL, TYPICAL, Assumptions, Traffic
from local.costs.model import Charge, city_charges, city_month, platform_charges, total
from local.costs.page import describe
from local.costs.prices import PRICES, Price

PAGE = Path(__file__).parents[2] / "docs" / "costs.md"

NOTHING = Assumptions(**{known.name: 0.0 for known in fields(Assumptions)})


def cents(usd: float) -> float:
    return round(usd * 100, 6)


def test_the_page_is_what_the_model_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == describe() + "\n", (
        "bring it up to date with: python -m local.costs > docs/costs.md"
    )


def test_every_price_and_every_assumption_says_where_it_is_from() -> None:
    declared = [price for price in vars(prices).values() if isinstance(price, Price)]
    assert list(PRICES) == declared
    assert all(price.usd > 0 and price.unit and price.page for price in PRICES)
    assert len({price.name for price in PRICES}) == len(PRICES)
    assert all(known.metadata["unit"] and known.metadata["basis"] for known in fields(Assumptions))


def test_every_level_can_be_asked_for_on_the_command_line() -> None:
    assert [level.value for level in Level] == list(LEVELS)


def test_an_idle_city_costs_its_place_at_the_edge() -> None:
    idle = Traffic(name="none", page_views=0, api_calls=0, edge_hits=0, cold_starts=0)
    charges = [charge for charge in city_charges(idle, NOTHING) if charge.usd]
    assert charges == [Charge("edge", prices.EDGE_TENANT, 1)]


def test_a_million_pages_are_summed_up_as_by_hand() -> None:
    million = Traffic(
        name="m", page_views=1_000_000, api_calls=0, edge_hits=0.5, cold_starts=0.1
    )  # fmt: skip
    known = replace(
        NOTHING, page_seconds=0.2, cold_seconds=2, read_megabytes=1_024, page_kilobytes=20,
        warm_reads=8, cold_reads=20, function_log_kilobytes=1, edge_log_kilobytes=0.5,
    )  # fmt: skip

    bill = {
        (charge.part, charge.price.name): cents(charge.usd)
        for charge in city_charges(million, known)
        if charge.usd
    }

    assert bill == {
        ("edge", "CloudFront distribution tenant"): 10,
        ("edge", "CloudFront requests, HTTPS"): 100,
        ("edge", "CloudFront Functions"): 10,
        ("edge", "CloudFront to the internet"): 170,  # 20 GB
        ("edge", "WAF requests"): 60,
        ("API", "HTTP API"): 50,  # the half that the edge does not answer
        ("functions", "Lambda requests"): 10,
        # half a million times 0.2 s and a tenth of 2 s, with 1 GB
        ("functions", "Lambda, arm64"): cents(200_000 * 0.0000133334),
        ("storage", "S3 GET"): 200,  # half a million times 8 and a tenth of 20
        (
            "logs",
            "CloudWatch Logs, taken in",
        ): 50,  # half a GB each: functions, edge
    }


def test_what_has_no_edge_pays_for_every_answer_and_its_way_to_the_internet() -> None:
    showcase = replace(NOTHING, showcase_views=1_000_000, page_kilobytes=10, api_kilobytes=30)
    charges = platform_charges(showcase)
    by_price = {
        price.name: cents(sum(charge.usd for charge in charges if charge.price is price))
        for price in PRICES
    }
    assert by_price["HTTP API"] == 200
    assert by_price["From the region to the internet"] == 360  # 40 GB
    assert by_price["CloudFront requests, HTTPS"] == 0


@given(
    cities=st.integers(1, 10_000),
    more=st.integers(1, 10_000),
    level=st.sampled_from([SMALL, MEDIUM, LARGE]),
)
def test_more_cities_make_each_cheaper_and_never_touch_its_own_part(
    cities: int, more: int, level: Traffic
) -> None:
    few, many = city_month(level, cities), city_month(level, cities + more)
    assert many.usd < few.usd
    assert many.own == few.own
    assert total(few.share) * cities == pytest.approx(total(platform_charges()))
    assert sum(few.by_part().values()) == pytest.approx(few.usd)


@given(
    pages=st.integers(0, 10**7), calls=st.integers(0, 10**7), more=st.integers(1, 10**6),
    hits=st.floats(0, 1),
)  # fmt: skip
def test_more_traffic_never_costs_less(pages: int, calls: int, more: int, hits: float) -> None:
    def usd(page_views: int, api_calls: int) -> float:
        traffic = Traffic(
            name="t", page_views=page_views, api_calls=api_calls, edge_hits=hits, cold_starts=0.1
        )  # fmt: skip
        return total(city_charges(traffic))

    assert usd(pages, calls) < usd(pages + more, calls)
    assert usd(pages, calls) < usd(pages, calls + more)


@pytest.mark.parametrize("known", fields(Assumptions), ids=lambda known: known.name)
def test_every_assumption_counts(known: object) -> None:
    name = known.name  # type: ignore[attr-defined]  # a Field, which mypy knows only by its value
    doubled = replace(TYPICAL, **{name: getattr(TYPICAL, name) * 2})
    assert city_month(MEDIUM, 1, doubled).usd != city_month(MEDIUM, 1).usd
