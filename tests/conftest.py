"""What all tests share."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# How long an example takes is the machine's affair, and CI's machine has other work.
settings.register_profile("citylake", deadline=None)
settings.load_profile("citylake")

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
def browser() -> "Iterator[Browser]":
    """The machine's Chromium: one for all, since Playwright runs once in a process."""
    playwright = pytest.importorskip("playwright.sync_api", reason="uv sync --group browser")
    executable = shutil.which("chromium") or shutil.which("chromium-browser")
    if executable is None:
        pytest.skip("no chromium on this machine (Debian: apt install chromium)")
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=executable, args=_SWITCHES)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where screenshots are put, to be looked at."""
    return tmp_path_factory.mktemp("pictures")
