"""Files that take the way through storage are those that a stream gives, byte for byte."""

import os
import time
from collections.abc import Iterator
from itertools import pairwise
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest

from citylake.lake.cloud import open_cloud_lake
from lambdas.portal.handler import build
from local.bridge import Streams
from local.cloud.platform import SHOWCASE, Platform
from tests.cloud.calls import API, get

pytestmark = pytest.mark.cloud

EXPORT = f"{API}/datasets/population/exports/csv"
SECONDS = 60


def streamed(platform: Platform, path: str) -> bytes:
    """What the same handler streams over the same lake, on this machine."""
    bucket = platform.outputs("Citylake-Lake")["NationalBucket"]
    streams = Streams()
    lake = open_cloud_lake({**os.environ, "CITYLAKE_NATIONAL_BUCKET": bucket})
    handler = build(lake, pinned=None, deliver=streams.deliver)
    event = {
        "version": "2.0",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"host": "localhost"},
        "requestContext": {"http": {"method": "GET", "path": path}, "stage": "$default"},
        "isBase64Encoded": False,
    }
    answer = handler(event, None)
    return b"".join(streams.take(answer["headers"]["citylake-stream"]))


@pytest.fixture
def impatient(platform: Platform) -> Iterator[None]:
    """The showcase's function hands every export over that takes more than a moment."""
    functions = boto3.client("lambda")
    name = platform.outputs(SHOWCASE)["ReadFunction"]
    held = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]

    def configure(variables: dict[str, str]) -> None:
        functions.update_function_configuration(
            FunctionName=name, Environment={"Variables": variables}
        )

    configure({**held, "CITYLAKE_EXPORT_SECONDS": "0.001"})
    yield
    configure(held)


def test_a_large_file_is_the_one_that_is_streamed(platform: Platform, showcase: str) -> None:
    reply = get(f"{showcase}{EXPORT}", accept="identity")

    assert len(reply.asked) == 2
    assert reply.body == streamed(platform, EXPORT)


def test_a_long_export_is_handed_over_and_its_client_led_to_it(
    platform: Platform, showcase: str, impatient: None
) -> None:
    path = f"{API}/datasets/demographics/exports/jsonl"
    began = time.monotonic()

    reply = get(f"{showcase}{path}", accept="identity")

    assert time.monotonic() - began < SECONDS
    assert reply.status == 200
    turns = [parse_qs(urlsplit(address).query).get("_turn") for address in reply.asked[1:-1]]
    assert turns, "it was made at once"
    assert all(later != earlier for earlier, later in pairwise(turns))
    assert reply.body == streamed(platform, path)
