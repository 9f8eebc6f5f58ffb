"""Harvesting from publishers: bytes kept, unchanged ones not asked for again."""

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from pyiceberg.catalog import Catalog as Tables

from citylake.lake.read import Lake
from lambdas.harvest.connectors import demographics
from lambdas.harvest.feeds import BundleFeed
from lambdas.harvest.fetch import Answer, Get, Known, Secret
from lambdas.harvest.landed import read_landings
from lambdas.harvest.live import LiveFeed, keys_from
from lambdas.harvest.report import Outcome
from lambdas.harvest.run import fill
from tests.harvest.raw_samples import AIR_2023, AIR_2024

EPA = "https://aqs.epa.gov/aqsweb/airdata/annual_aqi_by_county_{}.zip"


def zipped(text: str) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as writer:
        writer.writestr(zipfile.ZipInfo("annual.csv"), text)
    return archive.getvalue()


class Publishers:
    """Servers that tag their answers, and say when nothing changed."""

    def __init__(self, bodies: Mapping[str, bytes]) -> None:
        self.bodies = dict(bodies)
        self.sent: list[str] = []

    def get_with(self, known: Known) -> Get:
        def get(address: str, parameters: Mapping[str, str] | None = None) -> Answer:
            tag = str(hash(self.bodies[address]))
            kept = known(address)
            if kept and kept.etag == tag:
                return kept
            self.sent.append(address)
            return Answer(self.bodies[address], address, "application/zip", etag=tag)

        return get


@pytest.fixture
def epa() -> Publishers:
    return Publishers({EPA.format(2023): zipped(AIR_2023), EPA.format(2024): zipped(AIR_2024)})


@pytest.fixture
def harvest(
    lake: Lake, tables: Tables, bundle: Path, epa: Publishers
) -> Callable[[], tuple[str, str]]:
    """Harvest air quality live; say how it went and which release readers see."""
    fill(lake, tables, feed=BundleFeed(bundle))

    def run() -> tuple[str, str]:
        feed = LiveFeed(lake, get_with=epa.get_with)
        (made,) = fill(lake, tables, feed=feed, datasets=["air-quality"]).datasets
        return made.outcome, made.error or made.release

    return run


def test_publishers_give_what_the_bundle_gives(
    lake: Lake, harvest: Callable[[], tuple[str, str]]
) -> None:
    bundled = lake.release("air-quality")
    assert harvest()[0] == "published"
    live = lake.release("air-quality")
    assert (live.records_count, live.left_out) == (bundled.records_count, bundled.left_out)
    assert all(result.passed for result in live.checks)


def test_bytes_are_kept_unchanged_under_their_checksum(
    lake: Lake, epa: Publishers, harvest: Callable[[], tuple[str, str]]
) -> None:
    harvest()
    for receipt in lake.release("air-quality").receipts:
        held = lake.store.get(receipt.raw_key)
        assert held
        assert held.body == epa.bodies[receipt.address]
        assert receipt.raw_key.endswith(receipt.sha256)
        assert receipt.copied_from == ""


def test_what_has_not_changed_is_neither_sent_nor_published_again(
    epa: Publishers, harvest: Callable[[], tuple[str, str]]
) -> None:
    _, release = harvest()
    assert len(epa.sent) == 2
    assert harvest() == ("unchanged", release)
    assert len(epa.sent) == 2


def test_a_year_that_was_revised_is_a_new_release(
    epa: Publishers, harvest: Callable[[], tuple[str, str]]
) -> None:
    _, release = harvest()
    epa.bodies[EPA.format(2024)] = zipped(AIR_2024.replace("366,170,196", "366,171,195"))
    outcome, revised = harvest()
    assert (outcome, revised != release) == ("published", True)


def test_an_answer_that_cannot_be_read_is_kept_and_asked_for_again(
    lake: Lake, epa: Publishers, harvest: Callable[[], tuple[str, str]]
) -> None:
    good, epa.bodies[EPA.format(2024)] = epa.bodies[EPA.format(2024)], b"<html>moved</html>"
    before = lake.entry("air-quality").release
    outcome, error = harvest()
    assert outcome == Outcome.FAILED
    assert "no longer has State" in error
    assert lake.entry("air-quality").release == before
    kept = [lake.store.get(key) for key in lake.store.keys("raw/epa-aqi-by-county-2024/")]
    assert [held.body for held in kept if held] == [b"<html>moved</html>"]
    epa.bodies[EPA.format(2024)] = good
    assert harvest()[0] == "published"


def test_what_came_is_listed_even_if_it_could_not_be_read(
    lake: Lake, epa: Publishers, harvest: Callable[[], tuple[str, str]]
) -> None:
    good, epa.bodies[EPA.format(2024)] = epa.bodies[EPA.format(2024)], b"<html>moved</html>"
    harvest()
    epa.bodies[EPA.format(2024)] = good
    harvest()
    harvest()
    listed = [each for each in read_landings(lake.store) if each.address == EPA.format(2024)]
    assert [each.bytes for each in listed] == [len(b"<html>moved</html>"), len(good)]
    for each in listed:
        held = lake.store.get(each.key)
        assert held
        assert len(held.body) == each.bytes


def test_a_source_that_answers_no_program_says_so(
    lake: Lake, tables: Tables, epa: Publishers
) -> None:
    feed = LiveFeed(lake, get_with=epa.get_with)
    (made,) = fill(lake, tables, feed=feed, datasets=["places"]).datasets
    assert made.outcome == Outcome.FAILED
    assert "places cannot be harvested live: https://mcdc.missouri.edu" in made.error


def test_keys_come_from_the_environment() -> None:
    assert keys_from({}) == ()
    assert keys_from({"CENSUS_API_KEY": "k"}) == (Secret("api.census.gov", "key", "k"),)


COUNTS = {
    "NAME": "Wilmington city, Delaware",
    "B01003_001E": "71124",
    "B06002_001E": "36.7",
    "B19013_001E": "55269",
    "B25064_001E": "-666666666",
    "B15003_001E": "50000",
    "B15003_022E": "10000",
    "B15003_023E": "5000",
    "B15003_024E": "1000",
    "B15003_025E": "500",
    "B17020_001E": "70000",
    "B17020_002E": "16247",
    "B23025_001E": "57000",
    "B23025_002E": "36970",
    "B23025_003E": "36900",
    "B23025_005E": "2819",
    "B02001_001E": "71124",
    "B02001_003E": "37191",
    "B02001_005E": "-999999999",
    "B03002_001E": "71124",
    "B03002_003E": "21074",
    "B03001_001E": "71124",
    "B03001_003E": "8428",
    "B05006_001E": "5917",
    "state": "10",
    "place": "77580",
}


def survey(record: Mapping[str, str]) -> Get:
    body = json.dumps([list(record), list(record.values())]).encode()
    return lambda address, parameters=None: Answer(body, address)


def test_the_census_api_gives_the_survey_in_the_shape_of_the_copy() -> None:
    (page,) = demographics.SOURCES[1].protocol.pages(survey(COUNTS))
    assert page == [
        {
            "geoid": "1077580",
            "name": "Wilmington",
            "state_name": "Delaware",
            "population": "71124",
            "median_age_years": "36.7",
            "median_household_income_usd": "55269",
            "median_gross_rent_usd": "-666666666",
            "bachelors_pct": "33.0",
            "poverty_pct": "23.21",
            "unemployed_pct": "7.6396",
            "labor_force_pct": "64.8596",
            "asian_pct": "",
            "black_pct": "52.2904",
            "white_non_hispanic_pct": "29.6299",
            "hispanic_pct": "11.8497",
            "foreign_born_pct": "8.3193",
        }
    ]


def test_demographics_can_be_harvested_live(lake: Lake, tables: Tables, bundle: Path) -> None:
    fill(lake, tables, feed=BundleFeed(bundle), datasets=["places"])
    feed = LiveFeed(lake, get_with=lambda known: survey(COUNTS))
    (made,) = fill(lake, tables, feed=feed, datasets=["demographics"]).datasets
    assert (made.outcome, made.records, made.error) == (Outcome.PUBLISHED, 2, "")


def test_without_a_key_the_census_bureau_says_what_is_missing(
    lake: Lake, tables: Tables, bundle: Path
) -> None:
    def page(address: str, parameters: Mapping[str, str] | None = None) -> Answer:
        return Answer(b"<html><title>Missing Key</title></html>", address)

    fill(lake, tables, feed=BundleFeed(bundle), datasets=["places"])
    feed = LiveFeed(lake, get_with=lambda known: page)
    (made,) = fill(lake, tables, feed=feed, datasets=["demographics"]).datasets
    assert "Missing Key" in made.error
