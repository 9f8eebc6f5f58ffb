"""Exports that go by way of storage, of what not everyone may read."""

import json
from pathlib import Path
from typing import Any

import pytest

from citylake.pages.resolver import Resolver
from citylake.settings import ExportPace
from lambdas.publish.keys import revoke_key
from lambdas.query.doorman import Doorman
from lambdas.query.engines.duckdb import DuckDBEngine
from lambdas.query.handler import api_routes
from lambdas.query.offload import TURN, Offload
from lambdas.query.places import LakePlaces
from lambdas.query.scope import resolve, scoped
from lambdas.query.search import Explorer
from tests.query.api_samples import publish_samples
from tests.query.depots import MemoryDepot, content, target_of
from tests.query.events import event, header
from tests.query.key_samples import DURHAM, SECRET, KeyBox, make_keys, publish_private

API = "/nc/durham/api/explore/v2.1/catalog"
WAGES = f"{API}/datasets/wages/exports/csv"


class Cloud:
    """The function that reads, which has no time for exports, and the one that makes them."""

    def __init__(self, box: KeyBox) -> None:
        self.box = box
        self.depot = MemoryDepot()
        self.orders: list[str] = []
        self.time = 1_000_000.0
        self.offload = Offload(
            box.lake.store,
            self.depot,
            lambda order: self.orders.append(json.dumps(order)),
            pace=ExportPace(own_seconds=-1e9),
            now=lambda: self.time,
            clock=lambda: self.time,
            pause=self._pause,
        )
        engine = DuckDBEngine(box.lake.roots)
        self._places = LakePlaces(box.lake, engine)
        self._resolver = Resolver()
        self._resolver.include_router(
            api_routes(Explorer(box.lake, engine), self.offload.deliver, Doorman.of(box.lake))
        )

    def _pause(self, seconds: float) -> None:
        self.time += seconds

    def handle(self, request: dict[str, Any], context: Any) -> dict[str, Any]:
        scope, rest = resolve(request["rawPath"], self._places, None)
        http = {**request["requestContext"]["http"], "path": rest}
        asked = {
            **request,
            "rawPath": rest,
            "requestContext": {**request["requestContext"], "http": http},
        }
        with scoped(scope):
            return self._resolver.resolve(asked, context)

    def ask(self, target: str, secret: str = "") -> dict[str, Any]:
        headers = {"authorization": f"Apikey {secret}"} if secret else {}
        return self.offload.answer(self.handle, event(target, headers=headers), None)

    def make(self) -> None:
        """Let the oldest order be made, by a process that knows nothing but what it says."""
        self.offload.make(self.handle, json.loads(self.orders.pop(0)), None, seconds=800)


@pytest.fixture
def cloud(tmp_path: Path) -> Cloud:
    home = tmp_path / "lake"
    publish_samples(home)
    return Cloud(make_keys(publish_private(home)))


def is_turn(answer: dict[str, Any]) -> bool:
    return answer["statusCode"] == 302 and f"{TURN}=" in answer["headers"]["Location"]


@pytest.mark.parametrize("query", ["", "?where=amount>0 or now()>date'2000'"])
def test_a_long_export_is_made_with_the_rights_of_who_asked_and_without_the_key(
    cloud: Cloud, query: str
) -> None:
    secret = cloud.box.secrets["wages"]
    first = cloud.ask(f"{WAGES}{query}", secret)
    assert is_turn(first)
    assert header(first, "cache-control") == "private, no-store"
    assert secret not in f"{first['headers']}{cloud.orders}"
    cloud.make()
    found = cloud.ask(target_of(first), secret)
    assert SECRET.encode() in content(found, cloud.depot)[0]


def test_a_key_in_the_query_leads_back_to_the_same_address_and_into_no_order(
    cloud: Cloud,
) -> None:
    secret = cloud.box.secrets["wages"]
    first = cloud.ask(f"{WAGES}?apikey={secret}&where=now()>date'2000'")
    assert is_turn(first)
    assert secret not in str(cloud.orders)
    cloud.make()
    found = cloud.ask(target_of(first))
    assert SECRET.encode() in content(found, cloud.depot)[0]
    assert secret not in str(cloud.depot.files)


def test_a_file_is_found_by_who_has_the_same_rights_and_by_nobody_else(cloud: Cloud) -> None:
    secrets = cloud.box.secrets
    cloud.box.make("wages again", DURHAM, datasets=("wages",))
    turn = target_of(cloud.ask(WAGES, secrets["wages"]))
    cloud.make()
    assert cloud.ask(turn, secrets["wages again"])["headers"]["Location"].startswith("depot:")
    assert cloud.ask(turn)["statusCode"] == 404
    assert cloud.ask(turn, secrets["for Raleigh"])["statusCode"] == 404
    assert cloud.ask(turn, secrets["Raleigh's"])["statusCode"] == 401
    assert is_turn(cloud.ask(turn, secrets["all"]))  # another file, of the same bytes


@pytest.mark.parametrize("query", ["?", "?where=records_count>=0 or modified>now()&"])
def test_the_catalog_that_a_key_exports_is_nobody_elses(cloud: Cloud, query: str) -> None:
    secrets = cloud.box.secrets
    target = f"{API}/exports/csv{query}"
    turn = target_of(cloud.ask(target, secrets["all"]))
    cloud.make()
    assert SECRET.encode() in content(cloud.ask(turn, secrets["all"]), cloud.depot)[0]
    for secret in ("", secrets["for a stranger"]):
        answer = cloud.ask(turn, secret)  # even with the number of the other's turn
        assert is_turn(answer)
        cloud.make()
        assert SECRET.encode() not in content(cloud.ask(target_of(answer), secret), cloud.depot)[0]


def test_a_key_that_is_revoked_meanwhile_gets_no_file(cloud: Cloud) -> None:
    secret = cloud.box.secrets["wages"]
    turn = target_of(cloud.ask(WAGES, secret))
    revoke_key(cloud.box.lake, DURHAM, cloud.box.kept["wages"].id)
    cloud.make()
    later = Cloud(cloud.box)  # a process that has read the keys since
    assert later.ask(turn, secret)["statusCode"] == 401


def test_an_event_cannot_say_what_may_be_read(cloud: Cloud) -> None:
    """Rights come with an order of our own, and never with a request."""
    request = event(WAGES)
    rights = {"owner": DURHAM, "everything": True}
    request["rights"] = rights
    request["requestContext"]["authorizer"] = {"lambda": rights, "rights": rights}
    answer = cloud.offload.answer(cloud.handle, request, None)
    assert answer["statusCode"] == 404
