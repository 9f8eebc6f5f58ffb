"""The whole read function over a small lake, asked through events."""

import base64
import gzip
import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from citylake.lake.read import Lake
from citylake.lake.store import FolderStore
from citylake.pages.assets import Assets
from lambdas.portal.handler import build
from tests.portal.samples import build_assets, publish_samples
from tests.query.events import event


@dataclass(frozen=True)
class Page:
    """An answer, unpacked."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()

    @property
    def words(self) -> str:
        """What a person reads: no tags, entities resolved, white space even."""
        visible = re.sub(r"(?s)<(script|style).*?</\1>|<[^>]+>", " ", self.text)
        return re.sub(r"\s+", " ", html.unescape(visible)).strip()


Visit = Callable[..., Page]
"""``visit("/nc/durham/", "GET", {"if-none-match": …})``."""


def visitor(handler: Callable[[dict[str, Any], Any], dict[str, Any]]) -> Visit:
    """Ask a handler as a browser would."""

    def visit(target: str, method: str = "GET", headers: Any = None) -> Page:
        answer = handler(event(target, method, headers), None)
        body = answer.get("body") or ""
        raw = base64.b64decode(body) if answer.get("isBase64Encoded") else body.encode()
        found = {name.lower(): str(value) for name, value in answer["headers"].items()}
        if found.get("content-encoding") == "gzip":
            raw = gzip.decompress(raw)
        return Page(answer["statusCode"], found, raw)

    return visit


@pytest.fixture(scope="session")
def assets(tmp_path_factory: pytest.TempPathFactory) -> Assets:
    """A build of the web assets."""
    return Assets(build_assets(tmp_path_factory.mktemp("static")))


@pytest.fixture(scope="session")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A lake with the samples, which no test changes."""
    home = tmp_path_factory.mktemp("portal") / "lake"
    publish_samples(home)
    return Lake(FolderStore(home))


@pytest.fixture(scope="session")
def visit(lake: Lake, assets: Assets) -> Visit:
    """The showcase."""
    return visitor(build(lake, assets=assets))


@pytest.fixture(scope="session")
def visit_durham(lake: Lake, assets: Assets) -> Visit:
    """Durham's own host."""
    return visitor(build(lake, pinned="3719000", assets=assets))
