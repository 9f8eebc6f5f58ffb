"""What a city's map shows besides the city: its boundary, and points by theme."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from citylake.datasets import NATIONAL, Dataset, Field, FieldType, Theme
from citylake.pages.atlas import Geometry
from citylake.places import PLACES_DATASET
from lambdas.portal import questions
from lambdas.portal.render import Query, link
from lambdas.portal.translations import told
from lambdas.query.links import BASE
from lambdas.query.scope import Scope
from lambdas.query.search import Explorer


@dataclass(frozen=True, slots=True)
class Sign:
    """How the points of a layer are told apart: by shape as well as by color.

    Attributes:
        shape: what the sign is.
        path: the same as an SVG path, 16 units wide.
        color: what fills it; four and a half times as dark as the land, or more.
    """

    shape: str
    path: str
    color: str


SIGNS = (
    Sign("circle", "M8 2a6 6 0 1 0 0 12a6 6 0 1 0 0-12z", "#07648d"),
    Sign("square", "M3 3h10v10H3z", "#54278f"),
    Sign("triangle", "M8 2l7 12H1z", "#8b2a00"),
    Sign("diamond", "M8 1l7 7-7 7-7-7z", "#1f6f3f"),
    Sign("cross", "M6 2h4v4h4v4h-4v4H6v-4H2V6h4z", "#5c5c5c"),
)

_FIRST = (Theme.SCHOOLS, Theme.TRANSPORT, Theme.SAFETY)
"""Themes whose points people look for first, in this order; the others follow in the page's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """The points of one dataset within a place.

    Attributes:
        dataset: whose points.
        count: how many records it has of the place.
        sign: how its points look.
        address: where its points are to be had as GeoJSON.
        table: the page that has the same records in words.
        page: the page that has them on a larger map.
    """

    dataset: Dataset
    count: int
    sign: Sign
    address: str
    table: str
    page: str

    @property
    def script(self) -> Mapping[str, str]:
        """What our script is told."""
        return {
            "title": told(self.dataset.title),
            "address": self.address,
            "table": self.table,
            "color": self.sign.color,
            "sign": self.sign.path,
        }


def read(explorer: Explorer, scope: Scope) -> Sequence[Layer]:
    """The layers of points that a place's map can show."""
    found = [
        (dataset, count)
        for dataset in _about_place(explorer, scope)
        if dataset.id != PLACES_DATASET
        and any(field.type is FieldType.GEO_POINT for field in dataset.fields)
        and (count := _count(explorer, scope, dataset))
    ]
    found.sort(key=lambda pair: (_order(pair[0]), pair[0].id))
    return [
        layer_of(scope, dataset, count=count, sign=SIGNS[index % len(SIGNS)])
        for index, (dataset, count) in enumerate(found)
    ]


def layer_of(
    scope: Scope, dataset: Dataset, *, count: int, sign: Sign, query: Query | None = None
) -> Layer:
    """Make the layer of a dataset, of the records that the parameters of an address let through."""
    page = f"/datasets/{dataset.id}/"
    return Layer(
        dataset=dataset,
        count=count,
        sign=sign,
        address=link(scope, f"{page}map.json", query),
        table=link(scope, page, {**(query or {}), "tab": "table"}),
        page=link(scope, page, {**(query or {}), "tab": "map"}),
    )


def _order(dataset: Dataset) -> int:
    if dataset.theme in _FIRST:
        return _FIRST.index(dataset.theme)
    return len(_FIRST) + list(Theme).index(dataset.theme)


def _count(explorer: Explorer, scope: Scope, dataset: Dataset) -> int:
    counted: int = explorer.records(scope, dataset.id, {"limit": ["0"]})["total_count"]
    return counted


def _about_place(explorer: Explorer, scope: Scope) -> Sequence[Dataset]:
    """The datasets whose records belong to the scope's place: by a field, or all of its own."""
    return [
        entry.dataset
        for entry in explorer.shelf(scope).entries().values()
        if entry.dataset.place_field or entry.dataset.owner != NATIONAL
    ]


def outlines(explorer: Explorer, scope: Scope) -> tuple[Dataset, Field] | None:
    """The dataset that has one shape of each place, and the field that holds it."""
    for dataset in _about_place(explorer, scope):
        if dataset.key == (dataset.place_field,):
            for field in dataset.fields:
                if field.type is FieldType.GEO_SHAPE:
                    return dataset, field
    return None


def boundary_address(explorer: Explorer, scope: Scope) -> str:
    """Where the API gives the outline of the scope's place; empty where no dataset has it."""
    found = outlines(explorer, scope)
    if found is None or boundary(explorer, scope) is None:
        return ""
    dataset, field = found
    question = {"select": questions.name(field.name), "limit": "1"}
    return link(scope, f"{BASE}/catalog/datasets/{dataset.id}/records", question)


def boundary(explorer: Explorer, scope: Scope) -> Geometry | None:
    """The outline of the scope's place; ``None`` where no dataset has it."""
    found = outlines(explorer, scope)
    if found is None or scope.place is None:
        return None
    dataset, field = found
    question = {"limit": ["1"], "select": [questions.name(field.name)]}
    for record in explorer.records(scope, dataset.id, question)["results"]:
        shape: Mapping[str, Geometry] | None = record[field.name]
        return shape["geometry"] if shape else None
    return None
