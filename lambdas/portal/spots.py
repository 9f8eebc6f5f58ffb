"""What a dataset has to show on a map: points with words, cells that count points, shapes."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from citylake.datasets import Dataset, Field, FieldType
from citylake.pages import atlas
from citylake.pages.atlas import Box, Geometry
from lambdas.portal import questions, wording
from lambdas.query.parameters import Parameters
from lambdas.query.scope import Scope
from lambdas.query.search import Explorer

MOST_SPOTS = 2_000
"""Up to as many points are shown one by one, with words; more are counted in cells."""

MOST_POINTS = 300_000
"""As many points are read for cells; a map of more says that it does not show all."""

MOST_SHAPES = 500
"""As many shapes are drawn; a map of more says that it does not show all."""

MOST_LINES = 6
"""Fields that a point tells when it is asked."""

_COLUMNS = 48
_ROWS = 36
_DECIMALS = 5
_SHORTEST_SIDE = 1e-6
_PLACE_NAMES = frozenset({"place_name", "state", "state_name"})
_SILENT = frozenset({FieldType.GEO_POINT, FieldType.GEO_SHAPE, FieldType.JSON_BLOB, FieldType.FILE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """One thing on a map.

    Attributes:
        geometry: GeoJSON, in degrees.
        count: how many records it stands for.
        title: what it is called; empty for a cell.
        lines: what else it tells: labels and worded values.
    """

    geometry: Geometry
    count: int = 1
    title: str = ""
    lines: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """What a map shows of a question's records.

    Attributes:
        spots: what is drawn.
        box: smallest box that holds it all; ``None`` for an empty map.
        total: records that the question is true of.
        located: records of these that have a place on the map.
        read: records that ``spots`` stand for: fewer than ``located`` where there are too many.
        in_cells: whether the spots are cells that count, which a closer look parts.
    """

    spots: tuple[Spot, ...]
    box: Box | None
    total: int
    located: int
    read: int
    in_cells: bool

    @property
    def without(self) -> int:
        """Records that have no place on any map."""
        return self.total - self.located

    @property
    def is_cut(self) -> bool:
        """Whether there are records that the map should show and does not."""
        return self.read < self.located

    def as_geojson(self) -> dict[str, Any]:
        """The same as a GeoJSON feature collection, for our own script."""
        return {
            "type": "FeatureCollection",
            "in_cells": self.in_cells,
            "features": [
                {
                    "type": "Feature",
                    "geometry": spot.geometry,
                    "properties": {"count": spot.count, "title": spot.title, "lines": spot.lines},
                }
                for spot in self.spots
            ],
        }


def drawn_field(dataset: Dataset) -> Field | None:
    """The field that a dataset's map draws: its first shape, or else its first point."""
    for kind in (FieldType.GEO_SHAPE, FieldType.GEO_POINT):
        for field in dataset.fields:
            if field.type is kind:
                return field
    return None


def read(
    explorer: Explorer,
    scope: Scope,
    dataset: Dataset,
    field: Field,
    question: Parameters,
    *,
    box: Box | None = None,
) -> Spread:
    """Read what a map shows.

    Args:
        explorer: what answers.
        scope: whose records.
        dataset: of which ``field`` is a point or a shape.
        field: what is drawn.
        question: the API's parameters that say which records.
        box: the part of the globe that is looked at, for points; everything unless given.
    """
    located = [f"{questions.name(field.name)} is not null"]
    if box is not None and field.type is FieldType.GEO_POINT:
        located.append(within(field, box))
    drawn = {**question, "where": [*question.get("where", ()), *located]}
    total = _count(explorer, scope, dataset, question)
    present = _count(explorer, scope, dataset, drawn)
    in_cells = field.type is FieldType.GEO_POINT and present > MOST_SPOTS
    if in_cells:
        spots, read_records = _cells(explorer, scope, dataset, field, drawn)
    else:
        spots = tuple(_told(explorer, scope, dataset, field, drawn))
        read_records = len(spots)
    return Spread(
        spots=spots,
        box=atlas.box_of(point for spot in spots for point in atlas.points_of(spot.geometry)),
        total=total,
        located=present,
        read=read_records,
        in_cells=in_cells,
    )


def within(field: Field, box: Box) -> str:
    """The clause that a point lies in a box, which may reach beyond the 180th meridian."""
    turned = Box(box.west + 360, box.south, box.east + 360, box.north)
    clauses = [
        f"in_bbox({questions.name(field.name)}, "
        f"{part.south:f}, {max(part.west, -180):f}, {part.north:f}, {min(part.east, 180):f})"
        for part in (box, turned)
        if part.west < 180 and part.east > -180  # noqa: PLR2004  # the globe's ends
    ]
    return " or ".join(clauses) or "false"


def _count(explorer: Explorer, scope: Scope, dataset: Dataset, question: Parameters) -> int:
    asked = {**question, "limit": ["0"], "order_by": []}
    counted: int = explorer.records(scope, dataset.id, asked)["total_count"]
    return counted


def _told(
    explorer: Explorer, scope: Scope, dataset: Dataset, field: Field, question: Parameters
) -> Iterator[Spot]:
    """The records one by one, each with its words."""
    title = title_field(dataset)
    lines = told_fields(dataset, scope)
    named = dict.fromkeys(member.name for member in (field, *([title] if title else []), *lines))
    most = MOST_SPOTS if field.type is FieldType.GEO_POINT else MOST_SHAPES
    asked = {**question, "select": [", ".join(map(questions.name, named))]}
    for record in questions.many_records(explorer, scope, dataset, asked, most):
        yield Spot(
            geometry=_geometry(record[field.name], field),
            title=wording.cell(record[title.name], title, dataset) if title else "",
            lines=tuple(
                (line.label, text)
                for line in lines
                if (text := wording.cell(record[line.name], line, dataset))
            ),
        )


def _cells(
    explorer: Explorer, scope: Scope, dataset: Dataset, field: Field, question: Parameters
) -> tuple[tuple[Spot, ...], int]:
    """Points counted in the cells of a grid, each in the middle of its points."""
    asked = {**question, "select": [questions.name(field.name)], "order_by": []}
    points = [
        (atlas.westward(record[field.name]["lon"]), record[field.name]["lat"])
        for record in questions.many_records(explorer, scope, dataset, asked, MOST_POINTS)
    ]
    box = atlas.box_of(points)
    if box is None:
        return (), 0
    wide = max(box.east - box.west, _SHORTEST_SIDE) / _COLUMNS
    high = max(box.north - box.south, _SHORTEST_SIDE) / _ROWS
    members: dict[tuple[int, int], list[tuple[float, float]]] = defaultdict(list)
    for lon, lat in points:
        members[int((lon - box.west) / wide), int((lat - box.south) / high)].append((lon, lat))
    spots = tuple(
        Spot(
            geometry=_point(
                sum(lon for lon, _ in cell) / len(cell), sum(lat for _, lat in cell) / len(cell)
            ),
            count=len(cell),
        )
        for _, cell in sorted(members.items())
    )
    return spots, len(points)


def _geometry(value: Mapping[str, Any], field: Field) -> Geometry:
    if field.type is FieldType.GEO_POINT:
        return _point(atlas.westward(value["lon"]), value["lat"])
    geometry: Geometry = value["geometry"]
    return geometry


def _point(lon: float, lat: float) -> Geometry:
    return {"type": "Point", "coordinates": [round(lon, _DECIMALS), round(lat, _DECIMALS)]}


def title_field(dataset: Dataset) -> Field | None:
    """The field by which people call a record: its name, or else its first text or its place."""
    texts = [
        field
        for field in dataset.fields
        if _is_telling(field, dataset) and field.type is FieldType.TEXT and not field.multivalued
    ]
    own = [field for field in texts if field.name not in _PLACE_NAMES]
    named = [field for field in own if field.name == "name" or field.name.endswith("_name")]
    return next(iter((*named, *own, *texts)), None)


def told_fields(dataset: Dataset, scope: Scope) -> Sequence[Field]:
    """The fields that a record tells on a map, besides the one that it is called by.

    Within a place, nothing tells which place it is.
    """
    title = title_field(dataset)
    known = _PLACE_NAMES if scope.place is not None else frozenset()
    telling = [
        field
        for field in dataset.fields
        if _is_telling(field, dataset) and field != title and field.name not in known
    ]
    return telling[:MOST_LINES]


def _is_telling(field: Field, dataset: Dataset) -> bool:
    """Whether a field's value says something to a person who looks at a map."""
    is_code = field.name.endswith(("_id", "geoid", "_code")) or field.name == "slug"
    return field.type not in _SILENT and field.name != dataset.place_field and not is_code
