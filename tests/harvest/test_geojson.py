"""GeoJSON files: properties and a geometry, or a clear refusal."""

import json

import pytest

from citylake.errors import SourceChanged
from lambdas.harvest.fetch import Answer
from lambdas.harvest.protocols import GeoJsonFile

SCHOOLS = GeoJsonFile(
    address="https://files.example.gov/schools", fields={"name": "school_nam", "zip": "phys_zip"}
)


def read(document: object) -> list[dict[str, str]]:
    body = json.dumps(document).encode()
    return [
        dict(record)
        for page in SCHOOLS.pages(lambda address, parameters=None: Answer(body, address))
        for record in page
    ]


def test_properties_are_text_and_the_geometry_is_geojson() -> None:
    point = {"type": "Point", "coordinates": [-78.9, 36.0]}
    assert read(
        {
            "type": "FeatureCollection",
            "features": [
                {"properties": {"school_nam": " Hillside High", "phys_zip": 27707, "x": 1},
                 "geometry": point},
                {"properties": {"school_nam": " ", "phys_zip": None}, "geometry": None},
            ],
        }
    ) == [
        {"name": "Hillside High", "zip": "27707", "geometry": json.dumps(point)},
        {"name": "", "zip": "", "geometry": ""},
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"error": {"code": 400, "message": "Invalid layer"}}, "no GeoJSON collection"),
        ({"features": [{"properties": {"school_nam": "Hillside"}}]}, "no phys_zip"),
        ({"features": [{"properties": None, "geometry": None}]}, "no school_nam, phys_zip"),
    ],
)
def test_an_answer_without_the_declared_properties_is_refused(document: object, said: str) -> None:
    with pytest.raises(SourceChanged, match=said):
        read(document)
