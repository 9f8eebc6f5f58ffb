"""The vendor's components, unmodified, draw in a page what its client read from our server."""

import base64
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

HERE = Path(__file__).parent
PACKAGES = HERE / "node_modules" / "@opendatasoft"

pytestmark = pytest.mark.browser

PAGE = """<!doctype html><html lang="en"><title>Drawn</title>
<body style="width: 900px; background: white">
<div id="chart"></div><div id="kpi"></div><div id="table"></div><div id="map"></div>"""


RED = """async (address) => {
    const picture = new Image();
    picture.src = address;
    await picture.decode();
    const { width, height } = picture;
    const canvas = Object.assign(document.createElement("canvas"), { width, height });
    const context = canvas.getContext("2d");
    context.drawImage(picture, 0, 0);
    const { data } = context.getImageData(0, 0, width, height);
    const red = [];
    for (let at = 0; at < data.length; at += 4) {
        const [r, g, b] = data.subarray(at, at + 3);
        const pixel = at / 4;
        if (r > 240 && g < 20 && b < 20) {
            red.push([(pixel % width) / width, Math.floor(pixel / width) / height]);
        }
    }
    return red;
}"""
"""Where a picture is red: parts of its width and height, from the north west."""


@pytest.fixture(scope="module")
def drawn(browser: "Browser", address: str, pictures: Path) -> Any:
    """What the components drew, and a picture of the map."""
    npm = shutil.which("npm")
    if not (PACKAGES / "visualizations").is_dir():
        if npm is None:
            pytest.skip("needs Node: run by make test-browser")
        subprocess.run([npm, "ci", "--silent", "--no-audit", "--no-fund"], cwd=HERE, check=True)
    context = browser.new_context(viewport={"width": 1000, "height": 1600}, locale="en-US")
    page = context.new_page()
    failures: list[str] = []
    page.on("pageerror", lambda error: failures.append(str(error)))
    page.set_content(PAGE)
    page.add_style_tag(path=PACKAGES / "visualizations/dist/index.css")
    page.add_script_tag(path=PACKAGES / "api-client/dist/umd/index.umd.js")
    page.add_script_tag(path=PACKAGES / "visualizations/dist/index.umd.js")
    found = page.evaluate((HERE / "visualizations.js").read_text(encoding="utf-8"), address)
    page.screenshot(path=pictures / "visualizations.png", full_page=True)
    picture = base64.b64encode(page.locator("#map canvas").screenshot()).decode()
    found["red"] = page.evaluate(RED, f"data:image/png;base64,{picture}")
    found["failures"] = failures
    context.close()
    return found


def test_nothing_fails_in_the_page(drawn: Any) -> None:
    assert drawn["failures"] == []


def test_a_chart_of_groups(drawn: Any) -> None:
    assert [str(label) for label in drawn["labels"]] == ["2020", "2021", "2022"]
    assert drawn["values"] == [686_908, 674_272, 291_928]
    tallest, second, third = drawn["bars"]
    assert tallest > second > third > 0
    assert third / tallest == pytest.approx(291_928 / 686_908, abs=0.02)


def test_a_figure(drawn: Any) -> None:
    assert "People in 2020" in drawn["kpi"]
    assert "686,908" in drawn["kpi"]


def test_a_table_of_records(drawn: Any) -> None:
    headings, *rows = drawn["table"]
    assert headings == ["Name", "Height", "Planted", "Alive"]
    assert [row[0] for row in rows] == ["Oak", "White oak", "Élan_maple", "Oak's end"]
    assert [row[1] for row in rows][:2] == ["10", "20.5"]
    assert "2020" in rows[0][2]


def test_a_map_of_the_points_of_a_geojson_export(drawn: Any) -> None:
    assert drawn["points"] == 3
    assert len(drawn["red"]) > 100
    # Boston in the north east, two trees of Durham in the south west, nothing else.
    assert {(x > 0.5, y < 0.5) for x, y in drawn["red"]} == {(True, True), (False, False)}
