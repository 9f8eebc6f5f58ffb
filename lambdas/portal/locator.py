"""The locator picture: where in its state a place lies, drawn without any script."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import cos, radians
from typing import Any
from xml.sax.saxutils import escape

from citylake.places import Place
from lambdas.portal.assets import Assets

WIDTH = 720
HEIGHT = 540
"""Size of the picture, in its own units."""

_MARGIN = 30
_STYLE = (
    ".water{fill:#dae9ee}.around{fill:#f1f6f8;stroke:#adcfdc}.state{fill:#fff}"
    ".county{fill:none;stroke:#c5dce4}.edge{fill:none;stroke:#3a7d95;stroke-width:2}"
    ".halo{fill:#cf4900;opacity:.2}.place{fill:#cf4900;stroke:#fff;stroke-width:3}"
    "text{font:24px 'Public Sans',system-ui,sans-serif;fill:#14333d;stroke:#fff;stroke-width:5;"
    "stroke-linejoin:round;paint-order:stroke}"
)

Ring = Sequence[Sequence[float]]
Feature = Mapping[str, Any]


def state_of(place: Place) -> str:
    """The two digits by which the Census Bureau names the place's state."""
    return place.geoid[:2]


def can_locate(place: Place, assets: Assets) -> bool:
    """Whether the place has a point, and its state an outline."""
    return place.lon is not None and assets.has(f"outlines/{state_of(place)}.json")


def draw(place: Place, assets: Assets) -> bytes:
    """Draw a place within its state and the state's counties, as SVG.

    Args:
        place: one that ``can_locate`` is true of.
        assets: hold the outlines and the letters.
    """
    if place.lon is None or place.lat is None:
        raise ValueError(f"{place.title} has no point")
    land, frame = _land(assets, state_of(place))
    x, y = frame.project((place.lon, place.lat))
    to_left = x > WIDTH * 0.7
    anchor = "end" if to_left else "start"
    font = assets.read("chart-font.css").decode()
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}"><style>{font}{_STYLE}</style>{land}'
        f'<circle class="halo" cx="{x}" cy="{y}" r="26"/>'
        f'<circle class="place" cx="{x}" cy="{y}" r="10"/>'
        f'<text x="{x + (-30 if to_left else 30)}" y="{y + 8}" text-anchor="{anchor}">'
        f"{escape(place.name)}</text></svg>"
    ).encode()


@dataclass(frozen=True, slots=True)
class _Frame:
    """Fits degrees into the picture: equirectangular, true to shape at the middle latitude."""

    west: float
    north: float
    scale_x: float
    scale_y: float
    left: float
    top: float

    def project(self, point: Sequence[float]) -> tuple[float, float]:
        return (
            round(self.left + (point[0] - self.west) * self.scale_x, 1),
            round(self.top + (self.north - point[1]) * self.scale_y, 1),
        )

    def path(self, rings: Iterable[Ring]) -> str:
        """The rings as one path; points that fall on the one before them are left out."""
        parts = []
        for ring in rings:
            points: list[tuple[float, float]] = []
            for point in map(self.project, ring):
                if not points or point != points[-1]:
                    points.append(point)
            parts.append("M" + "L".join(f"{x:g} {y:g}" for x, y in points) + "Z")
        return "".join(parts)


@lru_cache(maxsize=64)
def _land(assets: Assets, state: str) -> tuple[str, _Frame]:
    """The state, its counties and what lies around it; the same for all of its places."""
    features = _features(assets, f"outlines/{state}.json")
    outline = next(feature for feature in features if feature["properties"]["kind"] == "state")
    frame = _frame(outline)
    around = (
        _path("around", frame, feature)
        for feature in _features(assets, "outlines/nation.json")
        if feature["properties"]["id"] != state and _is_visible(feature, frame)
    )
    counties = (_path("county", frame, feature) for feature in features if feature is not outline)
    drawn = [
        f'<path class="water" d="M0 0H{WIDTH}V{HEIGHT}H0Z"/>',
        *around,
        _path("state", frame, outline),
        *counties,
        _path("edge", frame, outline),
    ]
    return "".join(drawn), frame


def _features(assets: Assets, name: str) -> list[Feature]:
    held: list[Feature] = json.loads(assets.read(name))["features"]
    return held


def _rings(feature: Feature) -> Iterator[Ring]:
    geometry = feature["geometry"]
    if geometry["type"] == "Polygon":
        yield from geometry["coordinates"]
    else:
        for part in geometry["coordinates"]:
            yield from part


def _frame(feature: Feature) -> _Frame:
    points = [point for ring in _rings(feature) for point in ring]
    west, east = min(point[0] for point in points), max(point[0] for point in points)
    south, north = min(point[1] for point in points), max(point[1] for point in points)
    narrowing = cos(radians((south + north) / 2))
    scale = min(
        (WIDTH - 2 * _MARGIN) / ((east - west) * narrowing),
        (HEIGHT - 2 * _MARGIN) / (north - south),
    )
    scale_x = scale * narrowing
    return _Frame(
        west=west,
        north=north,
        scale_x=scale_x,
        scale_y=scale,
        left=(WIDTH - (east - west) * scale_x) / 2,
        top=(HEIGHT - (north - south) * scale) / 2,
    )


def _is_visible(feature: Feature, frame: _Frame) -> bool:
    points = [frame.project(point) for ring in _rings(feature) for point in ring]
    columns, rows = [x for x, _ in points], [y for _, y in points]
    return min(columns) < WIDTH and max(columns) > 0 and min(rows) < HEIGHT and max(rows) > 0


def _path(kind: str, frame: _Frame, feature: Feature) -> str:
    return f'<path class="{kind}" d="{frame.path(_rings(feature))}"/>'
