"""The locator picture: where in its state a place lies, and how it is shaped, without script."""

from xml.sax.saxutils import escape

from citylake.pages import atlas
from citylake.pages.assets import Assets
from citylake.pages.atlas import HEIGHT, WIDTH, Geometry
from citylake.places import Place

_STYLE = (
    ".halo{fill:#cf4900;opacity:.2}.place{fill:#cf4900;stroke:#fff;stroke-width:3}"
    ".inset{fill:#fff;stroke:#3a7d95;stroke-width:2}"
)
_INSET = 210
_INSET_FROM_EDGE = 14


def state_of(place: Place) -> str:
    """The two digits by which the Census Bureau names the place's state."""
    return place.geoid[:2]


def can_locate(place: Place, assets: Assets) -> bool:
    """Whether the place has a point, and its state an outline."""
    return place.lon is not None and atlas.has_state(assets, state_of(place))


def draw(place: Place, assets: Assets, boundary: Geometry | None = None) -> bytes:
    """Draw a place within its state and the state's counties, as SVG.

    Args:
        place: one that ``can_locate`` is true of.
        assets: hold the outlines and the letters.
        boundary: its outline, which is drawn in a frame of its own; ``None`` where unknown.
    """
    if place.lon is None or place.lat is None:
        raise ValueError(f"{place.title} has no point")
    state = state_of(place)
    frame = atlas.fit(atlas.state_box(assets, state))
    x, y = frame.project((atlas.westward(place.lon), place.lat))
    to_left = x > WIDTH * 0.7
    anchor = "end" if to_left else "start"
    return atlas.picture(
        assets,
        f"{atlas.land(assets, frame, state)}"
        f'<circle class="halo" cx="{x}" cy="{y}" r="26"/>'
        f'<circle class="place" cx="{x}" cy="{y}" r="10"/>'
        f'<text x="{x + (-30 if to_left else 30)}" y="{y + 8}" text-anchor="{anchor}">'
        f"{escape(place.name)}</text>" + (_inset(boundary, (x, y)) if boundary is not None else ""),
        _STYLE,
    )


def _inset(boundary: Geometry, point: tuple[float, float]) -> str:
    """The boundary, large, in the corner that is farthest from the place's point."""
    box = atlas.box_of(atlas.points_of(boundary))
    if box is None:
        return ""
    far = WIDTH - _INSET - _INSET_FROM_EDGE, HEIGHT - _INSET - _INSET_FROM_EDGE
    left = _INSET_FROM_EDGE if point[0] > WIDTH / 2 else far[0]
    top = _INSET_FROM_EDGE if point[1] > HEIGHT / 2 else far[1]
    frame = atlas.fit(box, left=left, top=top, width=_INSET, height=_INSET, margin=18)
    return (
        f'<rect class="inset" x="{left}" y="{top}" width="{_INSET}" height="{_INSET}" rx="6"/>'
        f"{atlas.drawing('city', frame, boundary)}"
    )
