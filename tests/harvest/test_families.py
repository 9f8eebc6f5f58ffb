"""Children per family and average age, from an answer of the Census API."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from pyiceberg.catalog import Catalog as Tables

from citylake.lake.read import Lake
from lambdas.harvest.connectors import families
from lambdas.harvest.feeds import BundleFeed
from lambdas.harvest.fetch import Answer
from lambdas.harvest.live import LiveFeed
from lambdas.harvest.model import Draft, Inputs
from lambdas.harvest.report import Outcome
from lambdas.harvest.run import fill

DURHAM = {
    "NAME": "Durham city, North Carolina",
    "B09002_001E": "55000",
    "B09002_001M": "1100",
    "B11003_003E": "20000",
    "B11003_003M": "300",
    "B11003_010E": "2000",
    "B11003_010M": "400",
    "B11003_016E": "8000",
    "B11003_016M": "1200",
    "B01001_003E": "30000",  # boys under 5
    "B01001_003M": "600",
    "B01001_035E": "60000",  # women of 25 to 29
    "B01001_035M": "-555555555",
    "B01001_049E": "10000",  # women of 85 and more
    "B01001_049M": "500",
    "state": "37",
    "place": "19000",
}
NOBODY_ASKED = {
    "NAME": "Abbeville city, Alabama",
    "B09002_001E": "-666666666",
    "B09002_001M": "-222222222",
    "state": "01",
    "place": "00124",
}
GONE = {"NAME": "Macon city, Georgia", "state": "13", "place": "49000"}


def ask(address: str, parameters: Mapping[str, str] | None = None) -> Answer:
    """The API: what is not in a record is zero, its margin too."""
    variables = (parameters or {})["get"].split(",")
    header = [*variables, "state", "place"]
    table = [[area.get(name, "0") for name in header] for area in (DURHAM, NOBODY_ASKED, GONE)]
    return Answer(json.dumps([header, *table]).encode(), address)


@pytest.fixture
def draft() -> Draft:
    records = [record for page in families.SOURCE.protocol.pages(ask) for record in page]
    register: list[dict[str, Any]] = [
        {"geoid": "3719000", "name": "Durham", "state": "NC"},
        {"geoid": "0100124", "name": "Abbeville", "state": "AL"},
    ]
    return families.conform(Inputs({families.SOURCE.id: records}, {"places": register}))


def test_both_figures_come_with_their_margins(draft: Draft) -> None:
    assert draft.rows == [
        {
            "geoid": "3719000",
            "place_name": "Durham",
            "state": "NC",
            "vintage": "2020-2024",
            "children": 55000,
            "children_margin": 1100,
            "families_with_children": 30000,
            "families_with_children_margin": 1300,  # the root of 300² + 400² + 1200²
            "children_per_family": 1.8333,
            "children_per_family_margin": 0.0875,  # the root of 1100² + (1.8333 x 1300)², a family
            "mean_age_years": 26.25,  # (30,000 x 2.5 + 60,000 x 27.5 + 10,000 x 90) / 100,000
            "mean_age_years_margin": 0.3492,
        }
    ]


def test_a_place_without_either_figure_is_left_out_and_said(draft: Draft) -> None:
    assert {group.reason: group.examples for group in draft.left_out} == {
        "place for which the survey has neither figure": ("Abbeville city, Alabama",),
        "place that is not in the register": ("Macon city, Georgia",),
    }


def test_the_catalog_awaits_what_no_file_has_until_it_is_harvested(
    lake: Lake, tables: Tables, bundle: Path
) -> None:
    live = [families.CONNECTOR]
    fill(lake, tables, feed=BundleFeed(bundle), datasets=["places"], live_connectors=live)
    before = lake.catalog()
    assert before.catalog.awaited == (families.CONNECTOR.dataset,)
    assert [figure.label for figure in before.catalog.awaited[0].figures] == [
        "Children per family",
        "Average age",
    ]
    fill(lake, tables, feed=BundleFeed(bundle), datasets=["places"], live_connectors=live)
    assert lake.catalog().version == before.version  # nothing new, nothing written
    feed = LiveFeed(lake, get_with=lambda known: ask)
    (made,) = fill(lake, tables, feed=feed, datasets=["families"], live_connectors=live).datasets
    assert (made.outcome, made.records, made.error) == (Outcome.PUBLISHED, 1, "")
    assert lake.catalog().catalog.awaited == ()


def test_it_cannot_come_from_the_bundle(lake: Lake, tables: Tables, bundle: Path) -> None:
    report = fill(lake, tables, feed=BundleFeed(bundle), datasets=["places", "families"])
    (failed,) = report.of(Outcome.FAILED)
    assert "families is not in the bundle" in failed.error
    assert "harvest it with --from live" in failed.error
