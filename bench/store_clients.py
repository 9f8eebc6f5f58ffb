"""Which client should the lake's store on S3 use: boto3, botocore alone, or obstore?

Run: ``uv run bench/store_clients.py`` (starts an S3 of its own, moto's, on the loopback).

Every round is a fresh interpreter, as a cold start is. Only ratios mean something: the server is
Python and near, and its own time is in every request. What the store needs beside speed is tried
too: conditional puts and gets, and addresses that are signed for a while.
"""

# /// script
# requires-python = ">=3.11"
# dependencies = ["boto3==1.44.5", "moto[s3,server]==5.2.5", "obstore==0.12.1"]
# ///

import importlib.metadata
import json
import os
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

ROUNDS = 7
WARM = 50
BUCKET = "lake"
PACKAGES = {
    "boto3": ("boto3", "botocore", "s3transfer", "jmespath", "python-dateutil", "urllib3", "six"),
    "botocore": ("botocore", "jmespath", "python-dateutil", "urllib3", "six"),
    "obstore": ("obstore",),
}
Figures = dict[str, float | str]


def milliseconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def aws_client(package: str) -> tuple[dict[str, Callable[[], object]], Callable[[], str]]:
    """The requests of the store by AWS's own client."""
    if package == "boto3":
        import boto3

        client = boto3.client("s3")
    else:
        import botocore.session

        client = botocore.session.get_session().create_client("s3")
    from botocore.exceptions import ClientError

    def put(**condition: str) -> str:
        tag: str = client.put_object(Bucket=BUCKET, Key="k", Body=b"{}" * 500, **condition)["ETag"]
        return tag

    def get(**condition: str) -> bytes:
        return client.get_object(Bucket=BUCKET, Key="k", **condition)["Body"].read()

    def fails(code: str, work: Callable[[], object]) -> None:
        told = ""
        try:
            work()
        except ClientError as error:
            told = error.response["Error"]["Code"]
        assert told == code, told

    tag: list[str] = []
    return {
        "put": lambda: tag.append(put()),
        "get": get,
        "put, If-Match": lambda: tag.append(put(IfMatch=tag[-1])),
        "put, If-Match, refused": lambda: fails(
            "PreconditionFailed", lambda: put(IfMatch="0" * 32)
        ),
        "put, If-None-Match, refused": lambda: fails(
            "PreconditionFailed", lambda: put(IfNoneMatch="*")
        ),
        "get, If-None-Match, 304": lambda: fails("304", lambda: get(IfNoneMatch=tag[-1])),
    }, lambda: client.generate_presigned_url("get_object", {"Bucket": BUCKET, "Key": "k"})


def obstore_client() -> tuple[dict[str, Callable[[], object]], Callable[[], str]]:
    """The requests of the store by obstore."""
    from datetime import timedelta

    import obstore
    from obstore.exceptions import AlreadyExistsError, NotModifiedError, PreconditionError
    from obstore.store import S3Store

    store = S3Store(
        BUCKET,
        endpoint=os.environ["AWS_ENDPOINT_URL"],
        client_options={"allow_http": True},
        virtual_hosted_style_request=False,
    )
    tag: list[str] = []

    def put(mode: object = "overwrite") -> None:
        made = obstore.put(store, "k", b"{}" * 500, mode=mode, use_multipart=False)
        tag.append(made["e_tag"])

    def fails(kind: type[Exception], work: Callable[[], object]) -> None:
        try:
            work()
        except kind:
            return
        raise AssertionError(f"expected {kind}")

    return {
        "put": put,
        "get": lambda: bytes(obstore.get(store, "k").bytes()),
        "put, If-Match": lambda: put({"e_tag": tag[-1]}),
        "put, If-Match, refused": lambda: fails(
            PreconditionError, lambda: put({"e_tag": '"' + "0" * 32 + '"'})
        ),
        "put, If-None-Match, refused": lambda: fails(AlreadyExistsError, lambda: put("create")),
        "get, If-None-Match, 304": lambda: fails(
            NotModifiedError,
            lambda: obstore.get(store, "k", options={"if_none_match": tag[-1]}).bytes(),
        ),
    }, lambda: obstore.sign(store, "GET", "k", expires_in=timedelta(minutes=5))


def measure(package: str) -> Figures:
    """Time one cold start, and then the requests."""
    made: list[tuple[dict[str, Callable[[], object]], Callable[[], str]]] = []
    figures: Figures = {
        "import and make": milliseconds(
            lambda: made.append(obstore_client() if package == "obstore" else aws_client(package))
        )
    }
    requests, sign = made[0]
    for name, request in requests.items():
        try:
            figures[f"{name}, first"] = milliseconds(request)
            figures[f"{name}, warm"] = statistics.median(milliseconds(request) for _ in range(WARM))
        except Exception as error:  # noqa: BLE001 - a client that cannot is a finding
            figures[f"{name}, first"] = f"cannot: {type(error).__name__} {str(error)[:60]}"
    with urllib.request.urlopen(sign()) as answer:
        figures["signed address"] = "works" if answer.read() == b"{}" * 500 else "does not"
    return figures


def bytes_of(package: str) -> int:
    """Bytes of a package and what it needs, unpacked."""
    total = 0
    for name in PACKAGES[package]:
        for file in importlib.metadata.files(name) or ():
            with suppress(FileNotFoundError):
                total += Path(file.locate()).stat().st_size
    return total


def main() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    os.environ |= {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": address,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    server = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stderr=subprocess.DEVNULL,
    )
    try:
        while True:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.1)
        import boto3

        boto3.client("s3").create_bucket(Bucket=BUCKET)
        rounds: dict[str, list[Figures]] = {package: [] for package in PACKAGES}
        for _ in range(ROUNDS):
            for package in PACKAGES:
                out = subprocess.run(
                    [sys.executable, __file__, package], check=True, capture_output=True, text=True
                )
                rounds[package].append(json.loads(out.stdout))
    finally:
        server.terminate()
        server.wait()
    print(f"{'milliseconds, medians of ' + str(ROUNDS):34}", *(f"{name:>12}" for name in PACKAGES))
    for name in rounds["boto3"][0]:
        row = []
        for package in PACKAGES:
            held = [figures.get(name, "-") for figures in rounds[package]]
            numbers = [value for value in held if isinstance(value, float)]
            row.append(f"{statistics.median(numbers):12.2f}" if numbers else f"{held[0]:>12}")
        print(f"{name:34}", *row)
    print(f"{'bytes, unpacked':34}", *(f"{bytes_of(package):12,}" for package in PACKAGES))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(measure(sys.argv[1])))
    else:
        main()
