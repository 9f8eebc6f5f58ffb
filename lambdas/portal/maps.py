"""A dataset's map as a picture: what the live map shows, for whoever has no script."""

from math import sqrt

from citylake.pages import atlas
from citylake.pages.assets import Assets
from citylake.pages.atlas import Box, Frame, Geometry
from lambdas.portal.spots import Spot, Spread

_STYLE = (
    ".spot{fill:#07648d;fill-opacity:.72;stroke:#fff;stroke-width:1}"
    ".shape{fill:#07648d;fill-opacity:.25;stroke:#07648d;stroke-width:1.6}"
    ".line{fill:none;stroke:#07648d;stroke-width:2}"
)
_SMALLEST = 4.0
_LARGEST = 16.0
_LINES = frozenset({"LineString", "MultiLineString"})
_ROOM = 0.08
"""Share of a box's sides that is added around it."""


def draw(
    spread: Spread, assets: Assets, *, state: str = "", boundary: Geometry | None = None
) -> bytes:
    """Draw a map.

    Args:
        spread: what is on it, at least one thing.
        assets: hold the outlines and the letters.
        state: two digits of the state whose counties are drawn; empty for none.
        boundary: outline of the city that the map is about; ``None`` where unknown.
    """
    if spread.box is None:
        raise ValueError("a map of nothing cannot be drawn")
    box = spread.box
    if boundary is not None:
        around = atlas.box_of(atlas.points_of(boundary))
        box = box.joined(around) if around else box
    frame = atlas.fit(_with_room(box))
    known = state if atlas.has_state(assets, state) else ""
    largest = max(spot.count for spot in spread.spots)
    body = [atlas.land(assets, frame, known)]
    if boundary is not None:
        body.append(atlas.drawing("city", frame, boundary))
    # The largest first, so that none hides a smaller one.
    ordered = sorted(spread.spots, key=lambda spot: -spot.count)
    body += (_drawn(spot, frame, largest) for spot in ordered)
    return atlas.picture(assets, "".join(body), _STYLE)


def _with_room(box: Box) -> Box:
    wide, high = (box.east - box.west) * _ROOM, (box.north - box.south) * _ROOM
    return Box(box.west - wide, box.south - high, box.east + wide, box.north + high)


def _drawn(spot: Spot, frame: Frame, largest: int) -> str:
    kind = spot.geometry["type"]
    if kind == "Point":
        x, y = frame.project(spot.geometry["coordinates"])
        return (
            f'<circle class="spot" cx="{x:g}" cy="{y:g}" r="{_radius(spot.count, largest):.1f}"/>'
        )
    shape = atlas.drawing("line" if kind in _LINES else "shape", frame, spot.geometry)
    return shape + _dot(frame, spot.geometry)


def _dot(frame: Frame, geometry: Geometry) -> str:
    """What is too small to be seen is marked by a point as well."""
    box = atlas.box_of(map(frame.project, atlas.points_of(geometry)))
    if box is None or max(box.east - box.west, box.north - box.south) > 2 * _SMALLEST:
        return ""
    x, y = (box.west + box.east) / 2, (box.south + box.north) / 2
    return f'<circle class="spot" cx="{x:g}" cy="{y:g}" r="{_SMALLEST + 1}"/>'


def _radius(count: int, largest: int) -> float:
    """Areas stand for counts."""
    if largest == 1:
        return _SMALLEST + 1
    return max(_SMALLEST, _LARGEST * sqrt(count / largest)) if count > 1 else _SMALLEST
