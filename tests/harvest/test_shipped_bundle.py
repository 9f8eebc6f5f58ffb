"""The bundle that comes with the project, and the raw files it was made from where they are."""

import csv
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from lambdas.harvest import bundle as shipped
from lambdas.harvest.bundle import read_manifest
from lambdas.harvest.bundling import LARGEST_FILE, build
from lambdas.harvest.clean.states import STATES
from lambdas.harvest.connectors import CONNECTORS
from lambdas.harvest.staging import checksum

FOLDER = Path(shipped.__file__).parent
RAW = Path(__file__).parents[3] / "shared" / "data"

needs_raw = pytest.mark.skipif(
    not RAW.is_dir(), reason="the raw files are not part of the project: see make bundle"
)


@cache
def rows(dataset: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pq.read_table(FOLDER / f"{dataset}.parquet").to_pylist()
    return found


def test_it_holds_every_dataset_small_and_whole() -> None:
    manifest = read_manifest()
    assert [entry.id for entry in manifest.datasets] == [each.dataset.id for each in CONNECTORS]
    for entry in manifest.datasets:
        body = (FOLDER / entry.file).read_bytes()
        assert checksum(body) == entry.sha256, entry.file
        assert len(body) <= LARGEST_FILE, entry.file


def test_every_figure_leads_back_to_its_bytes() -> None:
    for entry in read_manifest().datasets:
        for receipt in entry.receipts:
            assert receipt.address.startswith("https://"), receipt
            assert len(receipt.sha256) == 64, receipt
            assert receipt.copied_from.startswith("github.com/"), receipt
            assert receipt.vintage, receipt
            assert receipt.records, receipt


def test_every_city_of_the_market_is_there_with_its_people() -> None:
    in_2019 = {
        row["geoid"]
        for row in rows("population")
        if row["series"] == "Estimate, vintage 2019"
        and row["year"] == 2019
        and 60_000 <= row["population"] <= 130_000
    }
    found = {row["geoid"]: row for row in rows("places") if row["geoid"] in in_2019}
    assert len(found) == len(in_2019) == 413  # 412, and Athens, whose file has no consolidated city
    assert all(row["population_year"] == 2023 and row["tier"] for row in found.values())


def test_every_place_has_an_address_of_its_own() -> None:
    slugs = [row["slug"] for row in rows("places")]
    assert len(set(slugs)) == len(slugs) == 44_402
    durhams = {row["slug"] for row in rows("places") if row["name"] == "Durham"}
    assert {"nc/durham", "nh/durham", "ks/durham", "or/durham", "ny/durham"} <= durhams


@pytest.mark.parametrize(
    ("dataset", "key", "expected"),
    [
        ("population", {"geoid": "0807850", "year": 2023}, {"population": 105_898}),
        ("demographics", {"geoid": "4962470", "vintage": "2019-2023"}, {"poverty_pct": 22.29}),
        ("air-quality", {"geoid": "5566000", "year": 2024}, {"days_with_aqi": 205}),
        ("offenses", {"geoid": "2511000", "year": 2019}, {"violent_crime": 334, "murder": 1}),
        ("offenses", {"geoid": "3719000", "year": 2018}, {"violent_crime": None, "murder": 33}),
        ("ages", {"geoid": "3719000", "year": 2018}, {"from_65_pct": 12.2, "under_18_pct": 20.9}),
        ("incomes", {"geoid": "3719000", "year": 2023}, {"median_household_income_usd": 80_064}),
        ("commuting", {"geoid": "0606000"}, {"transit": 7287, "transit_margin": 647}),
        ("finances", {"geoid": "2511000", "fiscal_year": 2022}, {"police_usd": 56_187_124}),
        ("agency-places", {"ori": "NC0320100"}, {"geoid": "3719000", "certainty": "certain"}),
    ],
)
def test_figures_checked_by_hand(
    dataset: str, key: dict[str, Any], expected: dict[str, Any]
) -> None:
    (found,) = (row for row in rows(dataset) if key.items() <= row.items())
    assert expected.items() <= found.items()


@needs_raw
def test_states_are_those_of_the_census_files() -> None:
    with (RAW / "places/sub-est2019_all.excel-damaged.csv").open(encoding="latin-1") as file:
        named = {(row["STATE"].zfill(2), row["STNAME"]) for row in csv.DictReader(file)}
    with (RAW / "places/county_place_geocorr2022.csv").open(encoding="latin-1") as file:
        postal = {(row["state"], row["stab"]) for row in csv.DictReader(file)}
    assert {(state.code, state.postal) for state in STATES} == postal
    assert {(state.code, state.name) for state in STATES if state.postal != "PR"} == named


@needs_raw
def test_making_it_again_gives_the_same_records(tmp_path: Path) -> None:
    """Bytes are the same from one pyarrow only: a file names the version that wrote it."""
    build(RAW, tmp_path)
    made, held = (
        [replace(entry, sha256="") for entry in read_manifest(folder).datasets]
        for folder in (tmp_path, FOLDER)
    )
    assert made == held
    for entry in held:
        again = pq.read_table(tmp_path / entry.file)
        assert again.equals(pq.read_table(FOLDER / entry.file), check_metadata=True), entry.file
