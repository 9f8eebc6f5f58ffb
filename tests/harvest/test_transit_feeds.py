"""Feeds of transit schedules: those in use, in the city where their agency sits."""

import pytest

from citylake.errors import SourceChanged
from lambdas.harvest.connectors.transit_feeds import SOURCE
from lambdas.harvest.fetch import Answer
from lambdas.harvest.model import Record
from lambdas.harvest.protocols.jsonlines import JsonLines
from tests.harvest.conftest import LeftOutOf, Rows

LINES = JsonLines(
    address="https://files.example.org/feeds",
    fields={"id": "id", "city": "location.city", "successor": "redirect.0.id"},
    required=("id",),
)


def read(protocol: JsonLines, text: str) -> list[Record]:
    body = text.encode()
    return [
        record
        for page in protocol.pages(lambda address, parameters=None: Answer(body, address))
        for record in page
    ]


def test_a_city_has_the_feeds_in_use_and_those_that_replaced_its_old_ones(rows: Rows) -> None:
    assert rows("transit-feeds") == [
        {
            "geoid": "3719000",
            "place_name": "Durham",
            "state": "NC",
            "feed_id": number,
            "agency": agency,
            "feed_name": name,
            "download_url": f"https://feeds.example.org/{number}.zip",
            "license_url": None,
            "needs_key": needs_key,
            "feeds_of_place": 2,
        }
        for number, agency, name, needs_key in (
            ("3183", "GoTriangle", "Regional", True),
            ("378", "Duke University", None, False),
        )
    ]


def test_what_is_not_in_use_or_not_certain_is_left_out_and_said(left_out: LeftOutOf) -> None:
    told = {reason: group.examples for reason, group in left_out("transit-feeds").items()}
    assert told == {
        "feed that another of the catalog replaced": ("GoTriangle (Durham)",),
        "feed that the catalog calls inactive": ("Old Bus (Durham)",),
        "feed that was replaced by one that the copy of the catalog lacks": ("GoDurham (Durham)",),
        "feed without a municipality or state": ("Coach (no municipality)",),
        "municipality that is no place of the state": ("County Bus (Durham County)",),
        "municipality whose name several places of the state bear": ("Wisconsin Coach (Superior)",),
    }


def test_the_catalog_that_is_asked_live_has_the_same_fields_as_the_copy() -> None:
    header = (
        "id,data_type,location.country_code,location.subdivision_name,location.municipality,"
        "provider,name,urls.direct_download,urls.authentication_type,urls.license,status,"
        "redirect.id\n"
    )
    line = "mdb-1,gtfs,US,Illinois,Chicago,CTA,,https://x.example/cta.zip,0,,active,\n"
    (page,) = SOURCE.protocol.pages(
        lambda address, parameters=None: Answer((header + line).encode(), address)
    )
    assert SOURCE.copy is not None
    assert isinstance(SOURCE.copy.protocol, JsonLines)
    assert page[0].keys() == SOURCE.copy.protocol.fields.keys()


def test_what_an_object_lacks_on_the_way_is_empty() -> None:
    assert read(LINES, '{"id": 7}\n\n{"id": 8, "location": {"city": " A "}, "redirect": []}') == [
        {"id": "7", "city": "", "successor": ""},
        {"id": "8", "city": "A", "successor": ""},
    ]
    assert read(LINES, '{"id": 9, "redirect": [{"id": "3"}]}')[0]["successor"] == "3"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"id": 1}\n[2]', "line 2 is no object"),
        ("<html>", "line 1 is no object"),
        ('{"location": {}}', "line 1 has no id"),
    ],
)
def test_a_line_of_another_shape_is_refused(text: str, said: str) -> None:
    with pytest.raises(SourceChanged, match=said):
        read(LINES, text)
