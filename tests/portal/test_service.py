"""The functions as Lambda calls them: events that are odd, lakes that are empty, lines of log."""

import io
import json
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from aws_lambda_powertools import Logger

from citylake.errors import InputInvalid, LakeUnusable
from citylake.lake.read import Lake
from citylake.lake.store import FolderStore
from citylake.pages.assets import Assets
from citylake.settings import ExportPace
from lambdas.portal.handler import build
from lambdas.portal.service import Service
from lambdas.query.offload import Offload
from tests.portal.samples import publish_samples
from tests.query.depots import MemoryDepot, content, target_of
from tests.query.events import body, event, header, json_of

DURHAM = "3719000"
CSV = "/api/explore/v2.1/catalog/datasets/population/exports/csv"


class Context:
    """What the runtime hands to a function."""

    def get_remaining_time_in_millis(self) -> int:
        return 900_000


class Deployment:
    """The functions of a city, over a lake in a folder."""

    def __init__(self, home: Path, assets: Assets, *, own_seconds: float = 15.0) -> None:
        lake = Lake(FolderStore(home))
        self.depot = MemoryDepot()
        self.orders: list[dict[str, Any]] = []
        self.lines = io.StringIO()
        self.offload = Offload(
            FolderStore(home.parent / "storage"),
            self.depot,
            self.orders.append,
            pace=ExportPace(own_seconds=own_seconds),
        )
        make = partial(build, lake, pinned=DURHAM, deliver=self.offload.deliver, assets=assets)
        log = Logger(service=f"read-{uuid4()}", stream=self.lines)
        self.service = Service(lake, make, self.offload, log, place=DURHAM)

    def read(self, asked: dict[str, Any]) -> dict[str, Any]:
        return self.service.read(asked, Context())

    def logged(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.lines.getvalue().splitlines()]


@pytest.fixture
def empty(tmp_path: Path, assets: Assets) -> Deployment:
    """A city whose national lake holds nothing yet."""
    return Deployment(tmp_path / "lake", assets)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("service") / "lake"
    publish_samples(home)
    return home


@pytest.fixture
def city(home: Path, assets: Assets) -> Deployment:
    return Deployment(home, assets)


def test_a_portal_without_data_says_so_and_recovers_by_itself(
    empty: Deployment, tmp_path: Path
) -> None:
    for _ in range(2):
        page = empty.read(event("/"))
        assert page["statusCode"] == 503
        assert header(page, "retry-after") == "60"
        assert "being filled with data" in body(page).decode()
        assert 'lang="es">Este portal' in body(page).decode()
    api = empty.read(event("/api/explore/v2.1/catalog/datasets"))
    assert json_of(api)["error_code"] == "DataUnavailable"
    assert header(api, "access-control-allow-origin") == "*"
    publish_samples(tmp_path / "lake")
    page = empty.read(event("/"))
    assert page["statusCode"] == 200
    assert "Durham" in body(page).decode()


def test_a_lake_that_cannot_be_reached_is_no_empty_one(
    city: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise LakeUnusable("10.0.0.7 does not answer")

    monkeypatch.setattr(Lake, "catalog", fail)
    assert city.read(event("/"))["statusCode"] == 503
    assert "10.0.0.7" in city.logged()[0]["exception"]
    monkeypatch.undo()
    assert city.read(event("/"))["statusCode"] == 200


def test_what_nobody_foresaw_is_logged_whole_and_answered_briefly(
    city: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(city.offload, "answer", fail)
    for path in ("/", "/api/explore/v2.1/"):
        answer = city.read(event(path))
        assert answer["statusCode"] == 500
        assert b"secret" not in body(answer)
    assert "secret detail" in city.logged()[0]["exception"]


@pytest.mark.parametrize(
    "odd",
    [
        {},
        {"Records": [{"s3": {}}]},
        {"requestContext": None, "rawPath": "/"},
        {"requestContext": {"http": {}}, "rawPath": "/"},
        {"requestContext": {"http": {"method": "GET"}}},
        {"requestContext": {"httpMethod": "GET"}, "path": "/", "httpMethod": "GET"},
    ],
)
def test_an_event_that_is_no_request_is_refused_and_named(
    city: Deployment, odd: dict[str, Any]
) -> None:
    with pytest.raises(InputInvalid, match="expected a request of an HTTP API"):
        city.read(odd)
    assert city.logged()[0]["message"] == "an event is no request"


def test_a_request_may_lack_what_the_gateway_leaves_out(city: Deployment) -> None:
    bare = {"version": "2.0", "rawPath": "/", "requestContext": {"http": {"method": "GET"}}}
    assert city.read(bare)["statusCode"] == 200


def test_names_of_headers_count_in_any_case(city: Deployment) -> None:
    asked = event("/api/explore/v2.1/catalog/datasets", headers={"Accept-Encoding": "gzip"})
    assert header(city.read(asked), "content-encoding") == "gzip"


@pytest.mark.parametrize(
    ("path", "title"), [("/prod/", "Durham"), ("/prod", "Durham"), ("/prod/about/", "About")]
)
def test_a_stage_that_has_a_name_is_no_part_of_a_path(
    city: Deployment, path: str, title: str
) -> None:
    asked = event(path)
    asked["requestContext"]["stage"] = "prod"
    answer = city.read(asked)
    assert answer["statusCode"] == 200
    assert title in body(answer).decode()


def test_a_request_is_one_line_that_names_nobody(city: Deployment) -> None:
    asked = event(
        "/api/explore/v2.1/catalog/datasets?where=a&apikey=s3cret",
        headers={"authorization": "Bearer s3cret", "user-agent": "curl"},
    )
    asked["requestContext"]["http"]["sourceIp"] = "198.51.100.7"
    city.read(asked)
    (line,) = city.logged()
    assert line["message"] == "answered"
    assert line["status"] == 401
    assert line["method"] == "GET"
    assert line["path"] == "/api/explore/v2.1/catalog/datasets"
    assert line["query_characters"] == len("where=a&apikey=s3cret")
    assert line["place"] == DURHAM
    assert isinstance(line["ms"], int)
    for secret in ("s3cret", "198.51.100.7", "curl"):
        assert secret not in city.lines.getvalue()


def test_pictures_and_files_of_bytes_travel_in_base64(city: Deployment) -> None:
    parquet = city.read(event(CSV.replace("csv", "parquet")))
    assert parquet["isBase64Encoded"]
    assert body(parquet).startswith(b"PAR1")
    packed = city.read(event("/", headers={"accept-encoding": "gzip"}))
    assert packed["isBase64Encoded"]
    assert header(packed, "content-encoding") == "gzip"
    assert b"Durham" in body(packed)


@pytest.mark.parametrize("form", ["csv", "json", "jsonl", "geojson", "parquet", "xlsx"])
@pytest.mark.parametrize("packed", [True, False])
def test_an_export_that_is_handed_over_has_the_bytes_of_one_that_is_not(
    home: Path, assets: Assets, form: str, packed: bool
) -> None:
    asked = event(
        f"{CSV.removesuffix('csv')}{form}?where=year%3E2020",
        headers={"accept-encoding": "gzip"} if packed else {},
    )
    at_once = Deployment(home, assets)
    streamed, _ = content(at_once.read(asked), at_once.depot)
    late = Deployment(home, assets, own_seconds=-1)
    turn = late.read(asked)
    if turn["headers"].get("Location", "").startswith("depot:"):  # another case made it
        assert content(turn, late.depot)[0] == streamed
        return
    (order,) = late.orders
    late.service.export(json.loads(json.dumps(order)), Context())
    followed = late.read(event(target_of(turn), headers=asked["headers"]))
    assert content(followed, late.depot)[0] == streamed


def test_a_failure_of_a_long_export_is_worded_as_the_api_words_it(
    home: Path, assets: Assets, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = Deployment(home, assets, own_seconds=-1)
    turn = late.read(event(f"{CSV}?where=year%2Bcast=1"))
    assert turn["statusCode"] == 400  # what is wrong with a question is said at once
    turn = late.read(event(f"{CSV}?select=9223372036854775807%2Byear%20as%20y"))
    if turn["statusCode"] == 302:
        late.service.export(late.orders.pop(), Context())
        turn = late.read(event(target_of(turn)))
    assert turn["statusCode"] == 400
    assert json_of(turn)["error_code"] == "ODSQLError"


def test_an_order_that_is_none_fails_loudly(city: Deployment) -> None:
    with pytest.raises(KeyError):
        city.service.export({"rawPath": "/"}, Context())
    assert city.logged()[0]["message"] == "an export failed"
