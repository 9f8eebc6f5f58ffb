"""A run: what it publishes, skips, reports, and what it never lets happen."""

import shutil
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from pyiceberg.catalog import Catalog as Tables

from citylake.catalog import CheckResult
from citylake.errors import DatasetNotFound, LakeUnusable, SourceChanged
from citylake.lake.read import Lake
from lambdas.harvest.connectors import CONNECTORS
from lambdas.harvest.feeds import BundleFeed
from lambdas.harvest.model import Connector, Draft, Evidence, Inputs
from lambdas.harvest.report import Outcome, Progress, RunReport
from lambdas.harvest.run import fill

IDS = [connector.dataset.id for connector in CONNECTORS]


def outcomes(report: RunReport) -> dict[str, str]:
    return {made.dataset: made.outcome for made in report.datasets}


def changed(dataset_id: str, **changes: object) -> list[Connector]:
    """The connectors, one of them changed."""
    return [
        replace(each, **changes) if each.dataset.id == dataset_id else each  # type: ignore[arg-type] # a test's shorthand
        for each in CONNECTORS
    ]


@pytest.fixture
def feed(bundle: Path) -> BundleFeed:
    return BundleFeed(bundle)


def test_a_first_run_publishes_everything(lake: Lake, tables: Tables, feed: BundleFeed) -> None:
    report = fill(lake, tables, feed=feed)
    assert report.ok
    assert outcomes(report) == dict.fromkeys(IDS, "published")
    places = lake.release("places")
    assert places.records_count == report.datasets[0].records == 24
    assert {result.name for result in places.checks} >= {"key unique", "key present"}
    assert places.left_out == report.datasets[0].left_out
    assert [receipt.vintage for receipt in places.receipts][:2] == [
        "2020 Census, geography of 2022",
        "2019",
    ]
    assert all(len(receipt.sha256) == 64 for receipt in places.receipts)


def test_a_second_run_changes_nothing_and_says_the_same(
    lake: Lake, tables: Tables, feed: BundleFeed
) -> None:
    first = fill(lake, tables, feed=feed)
    second = fill(lake, tables, feed=feed)
    assert outcomes(second) == dict.fromkeys(IDS, "unchanged")
    for before, after in zip(first.datasets, second.datasets, strict=True):
        assert (after.release, after.left_out) == (before.release, before.left_out)
    assert len(list(lake.store.keys("runs/2"))) == 1


def test_everything_can_be_published_anew(lake: Lake, tables: Tables, feed: BundleFeed) -> None:
    fill(lake, tables, feed=feed, datasets=["places"])
    report = fill(lake, tables, feed=feed, datasets=["places"], anew=True)
    assert outcomes(report) == {"places": "published"}
    assert len(lake.entry("places").releases) == 2


def test_a_description_that_changed_is_a_new_release(
    lake: Lake, tables: Tables, feed: BundleFeed
) -> None:
    fill(lake, tables, feed=feed, datasets=["places"])
    described = replace(CONNECTORS[0].dataset, title="All places")
    connectors = changed("places", dataset=described)
    report = fill(lake, tables, feed=feed, datasets=["places"], connectors=connectors)
    assert outcomes(report) == {"places": "published"}
    assert lake.entry("places").dataset.title == "All places"


def test_the_report_is_kept_in_the_lake(lake: Lake, tables: Tables, feed: BundleFeed) -> None:
    report = fill(lake, tables, feed=feed)
    (key,) = lake.store.keys("runs/2")
    held = lake.store.get(key)
    assert held
    assert msgspec.json.decode(held.body, type=RunReport) == report


def test_a_run_tells_where_it_stands(lake: Lake, tables: Tables, feed: BundleFeed) -> None:
    told: list[Progress] = []
    fill(lake, tables, feed=feed, datasets=["places", "population"], progress=told.append)
    assert [(stand.number, stand.of, stand.dataset, stand.step) for stand in told][:4] == [
        (1, 2, "places", "take"),
        (1, 2, "places", "check"),
        (1, 2, "places", "write table"),
        (1, 2, "places", "tag snapshot"),
    ]
    assert told[-1].dataset == "population"


def test_what_failed_fails_alone(lake: Lake, tables: Tables, bundle: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged"
    shutil.copytree(bundle, damaged)
    (damaged / "population.parquet").write_bytes(b"half a fi")
    report = fill(lake, tables, feed=BundleFeed(damaged))
    assert not report.ok
    assert outcomes(report) == {**dict.fromkeys(IDS, "published"), "population": "failed"}
    (failed,) = report.of(Outcome.FAILED)
    assert "population.parquet is missing or damaged" in failed.error
    assert (failed.release, failed.records) == ("", 0)
    mended = fill(lake, tables, feed=BundleFeed(bundle))
    assert outcomes(mended) == {**dict.fromkeys(IDS, "unchanged"), "population": "published"}


def test_a_failed_check_leaves_the_last_release_in_place(
    lake: Lake, tables: Tables, feed: BundleFeed
) -> None:
    before = fill(lake, tables, feed=feed).datasets[2].release

    def taste(evidence: Evidence) -> CheckResult:
        return CheckResult(name="taste", passed=False, notes="not to my liking")

    report = fill(
        lake, tables, feed=feed, connectors=changed("population", checks=(taste,)), anew=True
    )
    (failed,) = report.of(Outcome.FAILED)
    assert failed.error == "dataset population is not published: taste: not to my liking"
    assert (failed.release, lake.entry("population").release) == (before, before)
    assert failed.checks[-1].name == "taste"


def test_places_come_first_or_nothing_can_be_about_them(
    lake: Lake, tables: Tables, feed: BundleFeed
) -> None:
    report = fill(lake, tables, feed=feed, datasets=["population"])
    (failed,) = report.of(Outcome.FAILED)
    assert failed.error == "The requested dataset places does not exist."


def test_a_mistake_of_a_connector_is_told_with_its_place(
    lake: Lake, tables: Tables, feed: BundleFeed
) -> None:
    def mistaken(evidence: Evidence) -> CheckResult:
        raise KeyError("nothing")

    report = fill(lake, tables, feed=feed, connectors=changed("places", checks=(mistaken,)))
    failed = report.datasets[0]
    assert (failed.outcome, failed.error) == (Outcome.FAILED, "KeyError: 'nothing'")
    assert "in mistaken" in failed.details


def test_a_dataset_that_nobody_makes_is_refused_by_name(
    lake: Lake, tables: Tables, feed: BundleFeed
) -> None:
    with pytest.raises(DatasetNotFound, match="no connector makes dataset weather; there are pl"):
        fill(lake, tables, feed=feed, datasets=["weather"])


def test_a_dataset_that_the_bundle_lacks_fails_with_what_it_has(bundle: Path) -> None:
    weather = Connector(
        dataset=replace(CONNECTORS[0].dataset, id="weather"), sources=(), conform=no_weather
    )
    with (
        pytest.raises(SourceChanged, match="weather is not in the bundle, which has places, pl"),
        BundleFeed(bundle).take(weather),
    ):
        pass


def no_weather(inputs: Inputs) -> Draft:
    raise AssertionError(inputs)


def test_a_lake_that_cannot_be_written_ends_the_run(
    lake: Lake, tables: Tables, feed: BundleFeed, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(lake, tables, feed=feed, datasets=["places"])

    def full(key: str, body: bytes, *, if_match: str | None = None) -> str:
        raise LakeUnusable(f"cannot write {key}: no space left")

    monkeypatch.setattr(lake.store, "put", full)
    with pytest.raises(LakeUnusable, match="no space left"):
        fill(lake, tables, feed=feed)


def test_a_memory_that_cannot_be_read_means_one_more_release(
    lake: Lake, tables: Tables, feed: BundleFeed
) -> None:
    fill(lake, tables, feed=feed, datasets=["places"])
    lake.store.put("runs/published/national/places.json", b"{")
    report = fill(lake, tables, feed=feed, datasets=["places"])
    assert outcomes(report) == {"places": "published"}
