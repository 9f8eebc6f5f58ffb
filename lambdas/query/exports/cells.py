"""Values as the cells of a table, for formats that know no structure within one."""

from collections.abc import Callable
from typing import Any

import orjson

from citylake.datasets import FieldType
from lambdas.query.plan import Column


def cell_text(column: Column, list_separator: str) -> Callable[[Any], str] | None:
    """How a value of a column becomes the text of a cell; ``None`` where it is one as it stands.

    A list is joined, a point is ``49.27, -123.06`` (latitude first), a shape its GeoJSON geometry.
    """
    if column.multivalued:
        return list_separator.join
    match column.type:
        case FieldType.GEO_POINT:
            return lambda point: f"{point['lat']}, {point['lon']}"
        case FieldType.GEO_SHAPE:
            return lambda feature: orjson.dumps(feature["geometry"]).decode()
        case FieldType.FILE | FieldType.JSON_BLOB:
            return lambda value: value if isinstance(value, str) else orjson.dumps(value).decode()
        case _:
            return None
