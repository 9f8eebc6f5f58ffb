"""The feed of changes: what each release changed, told once and for good."""

from dataclasses import replace
from email.utils import parsedate_to_datetime
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from citylake.datasets import Dataset, Field
from citylake.lake.read import Lake
from citylake.lake.store import FolderStore
from citylake.pages.assets import Assets
from lambdas.portal import feed
from lambdas.portal.handler import build
from tests.lakes import publish
from tests.portal.conftest import Visit, visitor
from tests.portal.samples import AIR, AIR_ROWS, HOSTILE, INT, PLACE_ROWS, PLACES

GROWN = replace(
    AIR,
    vintage="2024 and 2025",
    fields=(
        *(field for field in AIR.fields if field.name != "moderate_days"),
        Field(name="bad_days", type=INT, label="Bad days"),
    ),
    chart=None,
)
NEXT_YEAR = {"geoid": "3719000", "year": 2025, "good_days": 180, "good_days_pct": 49.3}


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory, assets: Assets) -> Visit:
    """A lake whose air was released three times, the second time without a change."""
    home = tmp_path_factory.mktemp("feed") / "lake"
    publish(home, PLACES, PLACE_ROWS)
    publish(home, AIR, AIR_ROWS)
    publish(home, AIR, AIR_ROWS)
    publish(home, GROWN, [*AIR_ROWS, NEXT_YEAR])
    return visitor(build(Lake(FolderStore(home)), assets=assets))


def items(visit: Visit, path: str) -> list[ET.Element]:
    channel = ET.fromstring(visit(path).text).find("channel")
    assert channel is not None
    return channel.findall("item")


def told(visit: Visit, path: str, name: str) -> list[str]:
    return [item.findtext(name) or "" for item in items(visit, path) if "Air" in str(item[0].text)]


def test_a_release_says_what_it_changed(changed: Visit) -> None:
    assert told(changed, "/changes.rss", "description") == [
        (
            "4 records, 3 before (+1). Vintage: 2024 and 2025 (before: 2024). "
            "New fields: bad_days. Fields that are gone: moderate_days."
        ),
        "3 records, as many as before. Vintage: 2024.",
        "3 records. Vintage: 2024.",
    ]
    assert told(changed, "/changes.rss", "title") == [
        "Air quality of the county: new release",
        "Air quality of the county: new release",
        "Air quality of the county: first release",
    ]


def test_a_places_feed_counts_its_own_records(changed: Visit) -> None:
    assert told(changed, "/nc/durham/changes.rss", "description")[0].startswith(
        "3 records of Durham, NC, 2 before (+1)."
    )
    assert told(changed, "/nc/raleigh/changes.rss", "description")[-1] == (
        "1 record of Raleigh, NC. Vintage: 2024."
    )


def test_a_release_is_named_for_good_whatever_the_host(changed: Visit) -> None:
    names = told(changed, "/nc/durham/changes.rss", "guid")
    assert len(set(names)) == 3
    assert all(name.startswith("national/air-quality/20") for name in names)
    other = ET.fromstring(changed("/nc/durham/changes.rss", "GET", {"host": "b.example"}).text)
    assert set(names) <= {guid.text for guid in other.iter("guid")}
    assert not set(names) & set(told(changed, "/changes.rss", "guid"))


def test_an_items_address_shows_that_release(changed: Visit) -> None:
    for address in told(changed, "/nc/durham/changes.rss", "link"):
        release = address.partition("?version=")[2]
        assert f"Release {release}." in changed(address.removeprefix("http://127.0.0.1:8000")).words


def test_dates_are_those_of_mail_and_the_newest_comes_first(changed: Visit) -> None:
    dates = [parsedate_to_datetime(date) for date in told(changed, "/changes.rss", "pubDate")]
    assert dates == sorted(dates, reverse=True)


def test_the_feed_knows_its_own_address(changed: Visit) -> None:
    root = ET.fromstring(changed("/nc/durham/changes.rss").text)
    (link,) = root.iter("{http://www.w3.org/2005/Atom}link")
    assert link.attrib == {
        "href": "http://127.0.0.1:8000/nc/durham/changes.rss",
        "rel": "self",
        "type": "application/rss+xml",
    }


def test_a_feed_holds_the_newest_and_says_how_many(
    changed: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "ITEMS", 2)
    assert len(items(changed, "/changes.rss")) == 2
    assert "2 at most" in changed("/changes.rss").text


def test_hostile_words_stay_words(tmp_path: Path, assets: Assets) -> None:
    hostile: Dataset = replace(PLACES, title=f"{HOSTILE}\x00\x1b]]>", vintage=HOSTILE)
    publish(tmp_path / "lake", hostile, PLACE_ROWS)
    visit = visitor(build(Lake(FolderStore(tmp_path / "lake")), assets=assets))
    (item,) = items(visit, "/changes.rss")
    assert item.findtext("title") == f"{HOSTILE}]]>: first release"
    assert "<script>" not in visit("/changes.rss").text
    assert "<script>alert" not in visit("/datasets/places/").text
