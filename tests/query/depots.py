"""A depot in memory, and clients that follow redirects: what offloading is tried with."""

import base64
import gzip
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit


class MemoryDepot:
    """Files in memory; an address is ``depot:METHOD:key``."""

    def __init__(self) -> None:
        self.files: dict[str, tuple[bytes, dict[str, str]]] = {}
        self.largest_chunk = 0

    def holds(self, key: str) -> bool:
        return key in self.files

    def keep(self, key: str, chunks: Iterable[bytes], headers: Mapping[str, str]) -> None:
        whole = bytearray()
        for chunk in chunks:
            self.largest_chunk = max(self.largest_chunk, len(chunk))
            whole += chunk
        self.files[key] = (bytes(whole), dict(headers))

    def address(self, key: str, method: str) -> str:
        return f"depot:{method}:{key}"


def content(answer: Mapping[str, Any], depot: MemoryDepot) -> tuple[bytes, dict[str, str]]:
    """What a client has in the end: the bytes, unpacked, and what was said of them."""
    headers = {name.lower(): str(value) for name, value in answer["headers"].items()}
    if answer["statusCode"] == 302:
        _, method, key = headers["location"].split(":", 2)
        assert method == "GET"
        raw, said = depot.files[key]
        headers = {name.lower(): value for name, value in said.items()}
    elif answer["isBase64Encoded"]:
        raw = base64.b64decode(answer["body"])
    else:
        raw = (answer["body"] or "").encode()
    if headers.get("content-encoding") == "gzip":
        raw = gzip.decompress(raw)
    return raw, headers


def target_of(answer: Mapping[str, Any]) -> str:
    """Where a redirect to ourselves leads: path and query."""
    parts = urlsplit(answer["headers"]["Location"])
    return f"{parts.path}?{parts.query}"
