"""Chromium before the whole product: a server with the bundled figures, wide and on a phone."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.local.running import start

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

WIDE = (1280, 900)
PHONE = (360, 780)


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The showcase, as ``citylake up`` serves it; its address without a slash at the end."""
    home = tmp_path_factory.mktemp("home") / "lake"
    server = start("up", "--home", str(home), "--port", "0")
    yield server.address.rstrip("/")
    server.end()


@pytest.fixture(params=[WIDE, PHONE], ids=["wide", "phone"])
def page(browser: "Browser", request: pytest.FixtureRequest) -> "Iterator[Page]":
    """A fresh page, wide and on a phone."""
    width, height = request.param
    context = browser.new_context(viewport={"width": width, "height": height})
    yield context.new_page()
    context.close()
