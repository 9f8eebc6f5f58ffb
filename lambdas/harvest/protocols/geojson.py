"""GeoJSON files: features with properties and a geometry."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import msgspec

from citylake.errors import SourceChanged
from lambdas.harvest.fetch import Get
from lambdas.harvest.model import Record

GEOMETRY = "geometry"
"""Name under which a record holds its geometry, as GeoJSON text; empty where there is none."""


class _Feature(msgspec.Struct):
    properties: dict[str, str | int | float | bool | None] | None = None
    geometry: msgspec.Raw = msgspec.Raw(b"null")


class _Collection(msgspec.Struct):
    features: list[_Feature]


@dataclass(frozen=True, slots=True, kw_only=True)
class GeoJsonFile:
    """A GeoJSON feature collection, one record a feature.

    Numbers among the properties are handed on as text, values are stripped of blanks: a publisher
    who writes a single blank for «nothing» is understood.

    Attributes:
        address: where the file is.
        fields: the publisher's name of each wanted property, by our own.

    Raises (from ``pages``):
        SourceChanged: no feature collection; a feature lacks a declared property.
    """

    address: str
    fields: Mapping[str, str]

    def pages(self, get: Get) -> Iterator[list[Record]]:
        """Read the file's features, all at once."""
        try:
            collection = msgspec.json.decode(get(self.address).body, type=_Collection)
        except msgspec.MsgspecError as error:
            raise SourceChanged(f"{self.address} is no GeoJSON collection: {error}") from error
        yield [self._record(feature) for feature in collection.features]

    def _record(self, feature: _Feature) -> Record:
        properties = feature.properties or {}
        missing = [theirs for theirs in self.fields.values() if theirs not in properties]
        if missing:
            raise SourceChanged(f"{self.address}: a feature has no {', '.join(missing)}")
        geometry = bytes(feature.geometry).decode()
        values = {ours: properties[theirs] for ours, theirs in self.fields.items()}
        return {
            **{ours: "" if value is None else str(value).strip() for ours, value in values.items()},
            GEOMETRY: "" if geometry == "null" else geometry,
        }
