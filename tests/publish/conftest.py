"""A lake with the register of places, in which cities publish."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from citylake.lake.read import Lake
from citylake.lake.store import FolderStore
from citylake.lake.write import open_folder_tables, quarantine_key
from lambdas.publish.publish import Published, Submission, publish
from lambdas.query.engines.duckdb import DuckDBEngine
from lambdas.query.places import LakePlaces
from lambdas.query.scope import NATION, Scope
from lambdas.query.search import Explorer
from tests.lakes import publish as publish_rows
from tests.query.api_samples import PLACES, PLACES_ROWS, POPULATION, POPULATION_ROWS

DURHAM, RALEIGH = "3719000", "3755000"


class City:
    """A lake, a folder for the files that are published to it, and the API that reads it."""

    def __init__(self, home: Path, folder: Path) -> None:
        self.home = home
        self.folder = folder
        self.lake = Lake(FolderStore(self.home))
        engine = DuckDBEngine(self.lake.roots)
        self.explorer = Explorer(self.lake, engine)
        self._places = LakePlaces(self.lake, engine)

    def publish(
        self,
        body: str,
        dataset_id: str = "trees",
        place: str = DURHAM,
        *,
        tell: Callable[[str], None] = lambda _: None,
        **submitted: Any,
    ) -> Published:
        """Publish a file of Durham's."""
        path = self.folder / "street_trees.csv"
        path.write_text(body)
        submission = Submission(path=path, dataset_id=dataset_id, place=place, **submitted)
        return publish(self.lake, open_folder_tables(self.home), submission, tell=tell)

    def scope(self, geoid: str = "") -> Scope:
        """What a request about a place sees; about the nation without one."""
        place = self._places.by_geoid(geoid)
        return Scope(place, f"/{place.slug}") if place else NATION

    def records(self, dataset_id: str, geoid: str = DURHAM, **asked: str) -> list[dict[str, Any]]:
        """Ask the API for records."""
        parameters = {name: [value] for name, value in asked.items()}
        found: list[dict[str, Any]] = self.explorer.records(
            self.scope(geoid), dataset_id, parameters
        )["results"]
        return found

    def catalog(self, geoid: str = "") -> list[str]:
        """Ids of the datasets that a scope lists."""
        found = self.explorer.datasets(self.scope(geoid), {})["results"]
        return sorted(result["dataset_id"] for result in found)

    def quarantine(self, published: Published) -> list[dict[str, Any]]:
        """The rows that a release could not take."""
        held = self.lake.store.get(
            quarantine_key(published.place, published.dataset, published.release)
        )
        return [json.loads(line) for line in held.body.splitlines()] if held else []


@pytest.fixture(scope="session")
def national(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake of national data, which no test changes."""
    home = tmp_path_factory.mktemp("national") / "lake"
    publish_rows(home, PLACES, PLACES_ROWS)
    publish_rows(home, POPULATION, POPULATION_ROWS)
    return home


@pytest.fixture
def city(national: Path, tmp_path: Path) -> City:
    """Durham, about to publish to a lake of its own test's."""
    home = tmp_path / "lake"
    shutil.copytree(national, home)
    return City(home, tmp_path)
