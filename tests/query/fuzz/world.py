"""A lake of two cities with secrets, and a server that strangers may ask anything."""

import os
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from citylake.datasets import Dataset
from citylake.lake.read import Lake
from citylake.lake.store import FolderStore
from citylake.pages.resolver import Resolver
from citylake.settings import QueryLimits
from lambdas.query.engines.duckdb import DuckDBEngine
from lambdas.query.handler import api_routes
from lambdas.query.scope import Scope, scoped
from lambdas.query.search import Explorer
from tests.lakes import publish
from tests.query.events import body, event, json_of
from tests.query.trees import DURHAM, TREES

EXAMPLES = int(os.environ.get("CITYLAKE_FUZZ", "40"))
"""Queries that each fuzzer makes up; ``make test-soak`` sets more."""

SECRET, CANARY = "Bostonsecret", "Canaryfile"
"""In every text of the other city; in files beside the lake and within its folder."""

SECRET_NUMBER = 7_770_000
"""What the numbers of the other city begin at."""

RECORDS = 40
"""Of each city."""

LONGEST_SECONDS = 20
"""Of any answer, on a machine that does much else."""

BASE = "/api/explore/v2.1"

_NAMES = (
    "Oak", "White oak", "Élan_maple", "Oak's end", 'a "quoted" one', "5:00 pm", "a/b", "50% _off",
    "back\\slash", "", " padded ", "Straße ß", "日本 桜", "🌳 tree", "line\nbreak", None,
)  # fmt: skip
_TAGS: tuple[list[str] | None, ...] = (
    None,
    [],
    ["old"],
    ["big"],
    ["old", "big"],
    ["a:b", "c/d"],
    ["white oak"],
)


def rows(geoid: str, first: int, mark: str, seed: int) -> list[dict[str, Any]]:
    """Records of one city, the same on every day."""
    chance = random.Random(seed)

    def record(number: int) -> dict[str, Any]:
        name = chance.choice(_NAMES)
        known = chance.random() > 0.2
        return {
            "geoid": geoid,
            "number": first + number,
            "name": name if name is None else f"{name}{mark}",
            "height_m": chance.choice([None, 0.0, -0.0, 1.5, 20.25, 1e9, -3.0]),
            "is_alive": chance.choice([None, True, False]),
            "planted_date": date(2019 + number % 5, 1 + number % 12, 1 + number % 28)
            if known
            else None,
            "surveyed": date(2018 + number % 4, 1, 1) if chance.random() > 0.3 else None,
            "seen_at": datetime(2023, 12, 31, number % 24, 30, tzinfo=UTC) if known else None,
            "location__lon": -78.9 + number / 100 if known else None,
            "location__lat": 36.0 - number / 100 if known else None,
            "tags": chance.choice(_TAGS),
        }

    return [record(number) for number in range(RECORDS)]


@dataclass
class World:
    """The server, and what was asked of it."""

    home: Path
    limits: QueryLimits = QueryLimits(seconds=5, answer_seconds=8)
    tried: Counter[int] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        publish(
            self.home,
            TREES,
            [*rows("2507000", SECRET_NUMBER, f" {SECRET}", 1), *rows("3719000", 1, "", 2)],
        )
        for folder in (self.home.parent, self.home):
            (folder / "canary.csv").write_text(f"name\n{CANARY}\n")
        self.lake = Lake(FolderStore(self.home))
        self.engine = DuckDBEngine(self.lake.roots, self.limits)
        self.explorer = Explorer(self.lake, self.engine, limits=self.limits)
        self._resolver = Resolver()
        self._resolver.include_router(api_routes(self.explorer))
        self._settings = self.settings()

    @property
    def dataset(self) -> Dataset:
        return TREES

    def settings(self) -> Any:
        """Every setting of the engine's database."""
        with self.engine._plain.cursor() as cursor:
            return cursor.execute("SELECT name, value FROM duckdb_settings()").fetchall()

    def ask(self, path: str, *pairs: tuple[str, str | bytes], scope: Scope = DURHAM) -> Any:
        """Ask for a path below the API's base, as a stranger does; the answer as Lambda's."""
        query = "&".join(f"{name}={quote(value, safe='')}" for name, value in pairs)
        with scoped(scope):
            request = event(f"{BASE}{path}?{query}")
            return self._resolver.resolve(request, None)  # type: ignore[arg-type] # outside of Lambda

    def attack(self, path: str, *pairs: tuple[str, str | bytes]) -> None:
        """Ask, and hold the answer to what any answer must be."""
        began = time.monotonic()
        answer = self.ask(path, *pairs)
        took = time.monotonic() - began
        status = answer["statusCode"]
        self.tried[status] += 1
        assert status in {200, 400, 404}, (path, pairs, body(answer)[:300])
        assert took < LONGEST_SECONDS, (path, pairs, took)
        raw = body(answer)
        if status != 200:
            error = json_of(answer)
            assert error["error_code"], (path, pairs)
            assert error["message"], (path, pairs)
            return
        for secret in (SECRET, CANARY):
            assert secret.encode() not in raw, (path, pairs, secret)
        assert str(SECRET_NUMBER)[:4].encode() not in raw or _says(pairs, "777"), (path, pairs)
        if path.endswith("/records"):
            total = json_of(answer).get("total_count", 0)
            assert total <= RECORDS, (path, pairs, total)

    def probe(self) -> None:
        """The server is as it was: it answers, and nobody changed its settings."""
        answer = self.ask("/catalog/datasets/trees/records", ("limit", "0"))
        assert json_of(answer) == {"total_count": RECORDS, "results": []}
        assert self.settings() == self._settings


def _says(pairs: Any, text: str) -> bool:
    return any(text in (value if isinstance(value, str) else repr(value)) for _, value in pairs)
