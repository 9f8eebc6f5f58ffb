"""The vendor's own client, unmodified, with its ``apiKey`` option."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.clients.serving import serving
from tests.clients.test_api_client import HERE
from tests.query.api_samples import publish_samples
from tests.query.key_samples import DURHAM, KeyBox, publish_private

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What the client read with a key of five calls."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        pytest.skip("needs Node: run by make test-browser")
    if not (HERE / "node_modules").is_dir():
        subprocess.run([npm, "ci", "--silent", "--no-audit", "--no-fund"], cwd=HERE, check=True)
    home: Path = tmp_path_factory.mktemp("keys") / "lake"
    publish_samples(home)
    lake = publish_private(home)
    secret = KeyBox(lake).make("client", DURHAM, datasets=("wages",), daily_calls=5)
    with serving(lake) as address:
        asked = subprocess.run(
            [node, "api_client_key.mjs", f"{address}/nc/durham/", secret],
            cwd=HERE,
            check=False,
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert asked.returncode == 0, asked.stderr
    return json.loads(asked.stdout)


def test_the_key_opens_records_exports_and_the_catalog(answers: Any) -> None:
    assert answers["stranger"]["refused"] == "NotFoundError"
    assert answers["records"]["total_count"] == 3
    assert len(answers["export"]) == 3
    listed = [dataset["dataset_id"] for dataset in answers["datasets"]["results"]]
    assert listed == ["notes", "places", "population", "wages"]


def test_a_header_that_the_client_doubles_is_understood(answers: Any) -> None:
    assert answers["doubled"]
    assert answers["once"] == answers["twice"] == {"total_count": 3, "results": []}


def test_a_wrong_key_is_an_authentication_error_to_the_client(answers: Any) -> None:
    assert answers["wrong"]["refused"] == "AuthenticationError"
    assert answers["wrong"]["details"]["error_code"] == "AuthenticationFailed"


def test_calls_beyond_the_quota_reach_the_program_with_when_it_has_them_again(
    answers: Any,
) -> None:
    assert answers["usedUp"]["refused"] == "UserError"
    assert answers["usedUp"]["details"]["errorcode"] == 10002
    assert answers["usedUp"]["details"]["call_limit"] == 5
