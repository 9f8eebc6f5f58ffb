"""The pages over a world of their own, with a build of the web assets."""

import pytest

from citylake.pages.assets import Assets
from tests.marketplace.web.pages import Shop
from tests.portal.samples import build_assets


@pytest.fixture(scope="session")
def assets(tmp_path_factory: pytest.TempPathFactory) -> Assets:
    """A build of the web assets."""
    return Assets(build_assets(tmp_path_factory.mktemp("static")))


@pytest.fixture
def shop(assets: Assets) -> Shop:
    """The pages over a world of their own."""
    return Shop(assets)
