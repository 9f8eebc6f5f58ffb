"""The locator picture."""

from dataclasses import replace
from pathlib import Path

import pytest

from citylake.errors import PageNotFound
from citylake.pages import atlas, locator
from citylake.pages.assets import Assets, AssetsMissing
from citylake.places import Place

DURHAM = Place(
    geoid="3719000",
    name="Durham",
    kind="city",
    state="NC",
    slug="nc/durham",
    has_government=True,
    lon=-80.0,
    lat=35.25,
)


def test_the_point_stands_where_the_place_lies(assets: Assets) -> None:
    picture = locator.draw(DURHAM, assets).decode()
    # The middle of the sample state is the middle of the picture.
    assert f'cx="{atlas.WIDTH / 2}" cy="{atlas.HEIGHT / 2}"' in picture
    assert picture.count('class="county"') == 1


def test_what_lies_outside_of_the_picture_is_not_drawn(assets: Assets) -> None:
    assert 'class="around"' not in locator.draw(DURHAM, assets).decode()


def test_a_name_in_the_east_stands_left_of_its_point(assets: Assets) -> None:
    picture = locator.draw(replace(DURHAM, lon=-76.1), assets).decode()
    assert 'text-anchor="end"' in picture


def test_a_place_without_a_point_or_an_outline_cannot_be_drawn(assets: Assets) -> None:
    assert locator.can_locate(DURHAM, assets)
    assert not locator.can_locate(replace(DURHAM, lon=None, lat=None), assets)
    assert not locator.can_locate(replace(DURHAM, geoid="7200001"), assets)


def test_assets_that_were_never_built_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(AssetsMissing, match="run make web"):
        Assets(tmp_path)


def test_no_name_leaves_the_folder_of_the_build(assets: Assets) -> None:
    for path in ("b1/../../etc/passwd", "b1/manifest.json", "b1//styles.css", "", "b1"):
        with pytest.raises(PageNotFound):
            assets.serve(path)
