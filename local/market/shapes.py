"""Values held to a service model's shapes: more than botocore's own client looks at."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "long": int,
    "double": (int, float),
    "float": (int, float),
    "boolean": bool,
    "timestamp": datetime,
}


class ShapeViolated(AssertionError):
    """A value is not what the service model says that it is."""


def check(value: object, shape: Shape, path: str) -> None:
    """Hold a value to a shape: type, required members, length, range, pattern, enumeration.

    Args:
        value: as a client gives or gets it.
        shape: of the service model.
        path: where the value stands, for the message.

    Raises:
        ShapeViolated: what is wrong, and where.
    """
    if isinstance(shape, StructureShape):
        _structure(value, shape, path)
    elif isinstance(shape, ListShape):
        _sequence(value, shape, path)
    elif isinstance(shape, MapShape):
        if not isinstance(value, Mapping):
            raise ShapeViolated(f"{path} is {value!r}; expected a map")
        for key, held in value.items():
            check(key, shape.key, f"{path}.{key}")
            check(held, shape.value, f"{path}.{key}")
    else:
        _scalar(value, shape, path)


def _structure(value: object, shape: StructureShape, path: str) -> None:
    if not isinstance(value, Mapping):
        raise ShapeViolated(f"{path} is {value!r}; expected a structure")
    unknown = sorted(set(value) - set(shape.members))
    missing = sorted(set(shape.required_members) - set(value))
    if unknown or missing:
        raise ShapeViolated(f"{path}: {shape.name} knows no {unknown} and must have {missing}")
    if getattr(shape, "is_tagged_union", False) and len(value) != 1:
        raise ShapeViolated(f"{path} has {sorted(value)}; expected exactly one member")
    for name, held in value.items():
        check(held, shape.members[name], f"{path}.{name}")


def _sequence(value: object, shape: ListShape, path: str) -> None:
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise ShapeViolated(f"{path} is {value!r}; expected a list")
    _between(len(value), shape, path, "entries")
    for index, held in enumerate(value):
        check(held, shape.member, f"{path}[{index}]")


def _scalar(value: object, shape: Shape, path: str) -> None:
    kind = _TYPES[shape.type_name]
    if not isinstance(value, kind) or (isinstance(value, bool) and shape.type_name != "boolean"):
        raise ShapeViolated(f"{path} is {value!r}; expected a {shape.type_name}")
    if isinstance(value, str):
        _between(len(value), shape, path, "characters")
        pattern = shape.metadata.get("pattern")
        if pattern and not re.fullmatch(pattern, value):
            raise ShapeViolated(f"{path} is {value!r}; expected {pattern}")
        if shape.metadata.get("enum") and value not in shape.metadata["enum"]:
            raise ShapeViolated(f"{path} is {value!r}; expected {shape.metadata['enum']}")
    elif isinstance(value, int | float) and not isinstance(value, bool):
        _between(value, shape, path, "")
    elif isinstance(value, datetime) and value.tzinfo is None:
        raise ShapeViolated(f"{path} is {value!r}, which has no zone and would be taken for UTC")


def _between(size: float, shape: Shape, path: str, unit: str) -> None:
    bounds: dict[str, Any] = shape.metadata
    if not bounds.get("min", float("-inf")) <= size <= bounds.get("max", float("inf")):
        raise ShapeViolated(
            f"{path} has {size} {unit}; expected {bounds.get('min')} to {bounds.get('max')}"
        )
