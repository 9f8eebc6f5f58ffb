"""The vendor's own client, unmodified, reads the nation and a place from a running server."""

import json
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from citylake.lake.read import Lake
from citylake.lake.store import FolderStore
from lambdas.portal.handler import build
from local.bridge import Bridge, Streams
from local.server import bind
from tests.query.api_samples import publish_samples

HERE = Path(__file__).parent

pytestmark = pytest.mark.browser


class Server(uvicorn.Server):
    """A server that says when it answers."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.answers = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.answers.set()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of the sample lake; its address without a slash at the end."""
    home = tmp_path_factory.mktemp("home") / "lake"
    publish_samples(home)
    streams = Streams()
    bridge = Bridge(build(Lake(FolderStore(home)), deliver=streams.deliver), streams)
    listener = bind("127.0.0.1", 0)
    server = Server(uvicorn.Config(bridge, log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    assert server.answers.wait(timeout=10)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join(timeout=10)
    listener.close()


@pytest.fixture(scope="module")
def answers(address: str) -> Any:
    """What the client read, by address and by question."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        pytest.skip("needs Node: run by make test-browser")
    if not (HERE / "node_modules").is_dir():
        subprocess.run([npm, "ci", "--silent", "--no-audit", "--no-fund"], cwd=HERE, check=True)
    asked = subprocess.run(
        [node, "api_client.mjs", address, f"{address}/nc/durham"],
        cwd=HERE,
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return json.loads(asked.stdout)


@pytest.fixture
def nation(answers: Any, address: str) -> Any:
    return answers[address]


@pytest.fixture
def durham(answers: Any, address: str) -> Any:
    return answers[f"{address}/nc/durham"]


def test_the_catalog_is_listed(nation: Any, durham: Any) -> None:
    ids = [dataset["dataset_id"] for dataset in nation["datasets"]["results"]]
    assert ids == ["notes", "places", "population"]
    assert nation["datasets"]["total_count"] == nation["datasetCount"]["total_count"] == 3
    assert nation["datasetCount"]["results"] == []
    assert [dataset["dataset_id"] for dataset in durham["datasets"]["results"]] == ids


def test_a_dataset_has_the_parts_that_the_clients_types_name(nation: Any) -> None:
    assert set(nation["dataset"]) >= {
        "visibility",
        "fields",
        "dataset_id",
        "dataset_uid",
        "has_records",
        "features",
        "attachments",
        "data_visible",
        "metas",
    }
    assert nation["dataset"]["metas"]["default"]["records_count"] == 7


def test_records_are_read_for_the_nation_and_for_a_place(nation: Any, durham: Any) -> None:
    assert nation["records"]["total_count"] == 5
    assert [record["geoid"] for record in nation["records"]["results"]] == [
        "0804000",
        "0804000",
        "0811810",
    ]
    assert durham["records"] == {
        "total_count": 2,
        "results": [
            {
                "geoid": "3719000",
                "place_name": "Durham",
                "state": "NC",
                "series": series,
                "year": year,
                "population": people,
            }
            for series, year, people in (("estimate", 2021, 285_527), ("census", 2020, 283_506))
        ],
    }


def test_one_record_is_read_by_its_id(durham: Any) -> None:
    assert durham["record"]["_id"] == "3719000-estimate-2021"
    assert durham["record"]["population"] == 285_527


def test_groups_have_no_total_count(nation: Any) -> None:
    assert nation["groups"] == {
        "results": [
            {"year": 2020, "people": 686_908},
            {"year": 2021, "people": 674_272},
            {"year": 2022, "people": 291_928},
        ]
    }


def test_facets_have_links_names_values_counts_and_states(nation: Any) -> None:
    (series,) = (group for group in nation["facets"]["facets"] if group["name"] == "series")
    assert series["facets"] == [
        {"name": "census", "count": 2, "state": "displayed", "value": "census"},
        {"name": "estimate", "count": 2, "state": "displayed", "value": "estimate"},
    ]
    assert nation["facets"]["links"]


def test_json_exports_are_read_though_the_client_asks_for_json_only(nation: Any) -> None:
    assert len(nation["export"]) == 5
    assert set(nation["export"][0]) == {"geoid", "year"}
    assert len(nation["catalogExport"]) == 3


@pytest.mark.parametrize(
    ("question", "kind", "code"),
    [
        ("unknownDataset", "NotFoundError", "NotFoundResource"),
        ("unknownField", "UserError", "ODSQLError"),
        ("brokenQuery", "UserError", "ODSQLSyntaxError"),
        ("hugeLimit", "UserError", "InvalidRESTParameterError"),
    ],
)
def test_a_refusal_reaches_the_program_with_its_code(
    nation: Any, question: str, kind: str, code: str
) -> None:
    refusal = nation[question]
    assert (refusal["refused"], refusal["details"]["error_code"]) == (kind, code)
    assert refusal["details"]["message"]
