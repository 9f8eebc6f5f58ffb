"""Chromium before the whole product: a server with the bundled figures, wide and on a phone."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.local.running import start

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

WIDE = (1280, 900)
PHONE = (360, 780)

_SWITCHES = (
    "--no-sandbox",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # The map draws with WebGL, here without a graphics card.
    "--enable-unsafe-swiftshader",
    "--use-gl=angle",
    "--use-angle=swiftshader",
)


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The showcase, as ``citylake up`` serves it; its address without a slash at the end."""
    home = tmp_path_factory.mktemp("home") / "lake"
    server = start("up", "--home", str(home), "--port", "0")
    yield server.address.rstrip("/")
    server.end()


@pytest.fixture(scope="session")
def browser() -> "Iterator[Browser]":
    """The machine's Chromium."""
    playwright = pytest.importorskip("playwright.sync_api", reason="uv sync --group browser")
    executable = shutil.which("chromium") or shutil.which("chromium-browser")
    if executable is None:
        pytest.skip("no chromium on this machine (Debian: apt install chromium)")
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=executable, args=_SWITCHES)
        yield browser
        browser.close()


@pytest.fixture(params=[WIDE, PHONE], ids=["wide", "phone"])
def page(browser: "Browser", request: pytest.FixtureRequest) -> "Iterator[Page]":
    """A fresh page, wide and on a phone."""
    width, height = request.param
    context = browser.new_context(viewport={"width": width, "height": height})
    yield context.new_page()
    context.close()


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where screenshots are put, to be looked at."""
    return tmp_path_factory.mktemp("pictures")
