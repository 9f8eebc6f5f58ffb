"""Maps drawn without script: outlines of states and counties, fitted into a picture as SVG."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import cos, radians
from typing import Any, NamedTuple, TypeAlias

from citylake.pages.assets import Assets

WIDTH = 720
HEIGHT = 540
"""Size of a picture, in its own units."""

STYLE = (
    ".water{fill:#dae9ee}.around{fill:#f1f6f8;stroke:#adcfdc}.state{fill:#fff;stroke:#adcfdc}"
    ".county{fill:none;stroke:#c5dce4}.edge{fill:none;stroke:#3a7d95;stroke-width:2}"
    ".city{fill:#f6d3c0;fill-opacity:.55;stroke:#a23c00;stroke-width:1.6}"
    "text{font:24px 'Public Sans',system-ui,sans-serif;fill:#14333d;stroke:#fff;stroke-width:5;"
    "stroke-linejoin:round;paint-order:stroke}"
)
"""How every picture's parts look; the colors are those of the live map."""

_MARGIN = 30
_WHOLE_TURN = 360.0
_NARROWEST_DEGREES = 0.02
"""A box is never drawn smaller than this, about two kilometers: one point alone has no size."""

Point: TypeAlias = Sequence[float]
Ring: TypeAlias = Sequence[Point]
Geometry: TypeAlias = Mapping[str, Any]
"""A GeoJSON geometry, in degrees, WGS 84."""

Feature: TypeAlias = Mapping[str, Any]


class Box(NamedTuple):
    """A part of the globe, in degrees, WGS 84."""

    west: float
    south: float
    east: float
    north: float

    def meets(self, other: "Box") -> bool:
        """Whether the two have anything in common."""
        return (
            self.west <= other.east
            and other.west <= self.east
            and self.south <= other.north
            and other.south <= self.north
        )

    def joined(self, other: "Box") -> "Box":
        """The smallest box that holds both."""
        return Box(
            min(self.west, other.west),
            min(self.south, other.south),
            max(self.east, other.east),
            max(self.north, other.north),
        )


def westward(lon: float) -> float:
    """A longitude as the maps draw it: Alaska's far islands and Guam lie west of the rest."""
    return lon - _WHOLE_TURN if lon > 0 else lon


def box_of(points: Iterable[Point]) -> Box | None:
    """The smallest box that holds all points; ``None`` without any."""
    held = list(points)
    if not held:
        return None
    lons, lats = [point[0] for point in held], [point[1] for point in held]
    return Box(min(lons), min(lats), max(lons), max(lats))


def lines_of(geometry: Geometry) -> Iterator[Ring]:
    """The rings and lines of a geometry; a point is a line of one."""
    match geometry["type"]:
        case "GeometryCollection":
            for part in geometry["geometries"]:
                yield from lines_of(part)
        case "Point":
            yield [geometry["coordinates"]]
        case "LineString" | "MultiPoint":
            yield geometry["coordinates"]
        case "Polygon" | "MultiLineString":
            yield from geometry["coordinates"]
        case "MultiPolygon":
            for polygon in geometry["coordinates"]:
                yield from polygon


def points_of(geometry: Geometry) -> Iterator[Point]:
    """Every point of a geometry."""
    for line in lines_of(geometry):
        yield from line


@dataclass(frozen=True, slots=True)
class Frame:
    """Fits degrees into a picture: equirectangular, true to shape at the middle latitude."""

    west: float
    north: float
    scale_x: float
    scale_y: float
    left: float
    top: float

    def project(self, point: Point) -> tuple[float, float]:
        """Where a point of the globe stands in the picture."""
        return (
            round(self.left + (point[0] - self.west) * self.scale_x, 1),
            round(self.top + (self.north - point[1]) * self.scale_y, 1),
        )

    def path(self, lines: Iterable[Ring], *, closed: bool = True) -> str:
        """Lines as one path; points that fall on the one before them are left out."""
        parts = []
        for line in lines:
            points: list[tuple[float, float]] = []
            for point in map(self.project, line):
                if not points or point != points[-1]:
                    points.append(point)
            end = "Z" if closed else ""
            parts.append("M" + "L".join(f"{x:g} {y:g}" for x, y in points) + end)
        return "".join(parts)

    def box(self) -> Box:
        """What the whole picture shows."""
        return Box(
            self.west - self.left / self.scale_x,
            self.north - (HEIGHT - self.top) / self.scale_y,
            self.west + (WIDTH - self.left) / self.scale_x,
            self.north + self.top / self.scale_y,
        )


def fit(
    box: Box,
    *,
    left: float = 0,
    top: float = 0,
    width: float = WIDTH,
    height: float = HEIGHT,
    margin: float = _MARGIN,
) -> Frame:
    """Fit a box into a picture, or into a part of one, with a margin around it."""
    middle_lat = (box.south + box.north) / 2
    narrowing = cos(radians(middle_lat))
    wide = max(box.east - box.west, _NARROWEST_DEGREES)
    high = max(box.north - box.south, _NARROWEST_DEGREES)
    scale = min((width - 2 * margin) / (wide * narrowing), (height - 2 * margin) / high)
    middle_lon = (box.west + box.east) / 2
    return Frame(
        west=middle_lon - wide / 2,
        north=middle_lat + high / 2,
        scale_x=scale * narrowing,
        scale_y=scale,
        left=left + (width - wide * scale * narrowing) / 2,
        top=top + (height - high * scale) / 2,
    )


def has_state(assets: Assets, state: str) -> bool:
    """Whether there is an outline of the state of these two digits."""
    return assets.has(_state_file(state))


def state_box(assets: Assets, state: str) -> Box:
    """The smallest box that holds a state."""
    outline = next(
        feature
        for feature in features(assets, _state_file(state))
        if feature["properties"]["kind"] == "state"
    )
    box = box_of(points_of(outline["geometry"]))
    if box is None:
        raise ValueError(f"the outline of state {state} has no points")
    return box


@lru_cache(maxsize=64)
def land(assets: Assets, frame: Frame, state: str = "") -> str:
    """Water and states, drawn; one state, if it is named, stands out and shows its counties."""
    box = frame.box()
    drawn = [f'<path class="water" d="M0 0H{WIDTH}V{HEIGHT}H0Z"/>']
    drawn += (
        drawing("around" if state else "state", frame, feature["geometry"])
        for feature in features(assets, "outlines/nation.json")
        if feature["properties"]["id"] != state and _lies_in(feature, box)
    )
    if state:
        parts = features(assets, _state_file(state))
        outline = next(part for part in parts if part["properties"]["kind"] == "state")
        drawn.append(drawing("state", frame, outline["geometry"]))
        drawn += (
            drawing("county", frame, part["geometry"])
            for part in parts
            if part is not outline and _lies_in(part, box)
        )
        drawn.append(drawing("edge", frame, outline["geometry"]))
    return "".join(drawn)


def drawing(kind: str, frame: Frame, geometry: Geometry) -> str:
    """A geometry as a path of a class of the style sheet."""
    closed = geometry["type"] not in {"LineString", "MultiLineString"}
    rule = ' fill-rule="evenodd"' if closed else ""
    path = frame.path(lines_of(geometry), closed=closed)
    return f'<path class="{kind}"{rule} d="{path}"/>'


def picture(assets: Assets, body: str, style: str = "") -> bytes:
    """The whole SVG; it brings its letters along, since a picture cannot reach the page's."""
    font = assets.read("chart-font.css").decode()
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}"><style>{font}{STYLE}{style}</style>{body}</svg>'
    ).encode()


@lru_cache(maxsize=64)
def features(assets: Assets, name: str) -> Sequence[Feature]:
    """The features of a file of outlines."""
    held: Sequence[Feature] = json.loads(assets.read(name))["features"]
    return held


def _state_file(state: str) -> str:
    return f"outlines/{state}.json"


def _lies_in(feature: Feature, box: Box) -> bool:
    held = box_of(points_of(feature["geometry"]))
    return held is not None and held.meets(box)
