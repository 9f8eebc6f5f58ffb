"""The API over a small lake, asked through events."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from citylake.lake.read import Lake
from citylake.lake.store import FolderStore
from citylake.pages.resolver import Resolver
from citylake.settings import QueryLimits
from lambdas.query.delivery import Deliver, join
from lambdas.query.engines.duckdb import DuckDBEngine
from lambdas.query.handler import api_routes
from lambdas.query.places import LakePlaces
from lambdas.query.scope import resolve, scoped
from lambdas.query.search import Explorer
from tests.query.api_samples import publish_samples
from tests.query.events import event

Ask = Callable[..., dict[str, Any]]
"""``ask("/api/…?…", "GET", {"accept-encoding": "gzip"})`` gives what Lambda would be given."""


def api_over(
    home: Path,
    deliver: Deliver = join,
    *,
    limits: QueryLimits = QueryLimits(),
    origin: str = "",
) -> Ask:
    """The API alone over the lake in ``home``, with places in its addresses."""
    lake = Lake(FolderStore(home))
    engine = DuckDBEngine(lake.roots, limits)
    places = LakePlaces(lake, engine)
    resolver = Resolver()
    resolver.include_router(api_routes(Explorer(lake, engine, limits=limits), deliver))

    def ask(target: str, method: str = "GET", headers: Any = None) -> dict[str, Any]:
        path, mark, query = target.partition("?")
        scope, rest = resolve(path, places, None)
        with scoped(replace(scope, origin=origin)):
            request = event(f"{rest}{mark}{query}", method, headers)
            return resolver.resolve(request, None)  # type: ignore[arg-type]  # outside of Lambda

    return ask


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake with the samples, which no test changes."""
    home = tmp_path_factory.mktemp("home") / "lake"
    publish_samples(home)
    return home


@pytest.fixture(scope="session")
def ask(home: Path) -> Ask:
    """The API over the samples."""
    return api_over(home)
