"""How servers and files are spoken to, and what they may not send."""

import gzip
import io
import json
import zipfile
from collections.abc import Mapping

import pytest

from citylake.errors import SourceChanged, SourceUnreachable
from lambdas.harvest.fetch import Answer, Get
from lambdas.harvest.model import Record, SourceProtocol
from lambdas.harvest.protocols import CensusApi, DelimitedFile, ExcelSheet, JsonFile
from tests.harvest.workbook import workbook

ADDRESS = "https://files.example.gov/places"


def server(body: bytes) -> Get:
    return lambda address, parameters=None: Answer(body, address)


def read(protocol: SourceProtocol, body: bytes) -> list[Record]:
    return [record for page in protocol.pages(server(body)) for record in page]


def places(**options: object) -> DelimitedFile:
    fields = {"geoid": "GEOID", "name": "NAME"}
    return DelimitedFile(**{"address": ADDRESS, "fields": fields, **options})  # type: ignore[arg-type] # a test's shorthand


DURHAM = [{"geoid": "3719000", "name": "Durham city"}]


@pytest.mark.parametrize(
    "text",
    [
        "GEOID,NAME\n3719000,Durham city\n",
        "GEOID\tNAME\r\n3719000\tDurham city\r\n",
        "GEOID|NAME|INTPTLONG   \n3719000|Durham city|-78.9   \n",
        "\ufeffGEOID,NAME\n3719000,Durham city\n",
        '"GEOID","NAME"\n"3719000","Durham city"',
        "USPS;NAME;GEOID\nNC; Durham city ;3719000\n\n",
    ],
    ids=["comma", "tab", "pipe and padding", "byte order mark", "quotes", "semicolon, blank line"],
)
def test_a_delimited_file_is_read_whatever_parts_its_fields(text: str) -> None:
    assert read(places(), text.encode()) == DURHAM


def test_a_file_is_taken_out_of_gzip_and_zip() -> None:
    text = b"GEOID,NAME\n3719000,Durham city\n"
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as writer:
        writer.writestr("places/2010.csv", text)
    assert read(places(), gzip.compress(text)) == DURHAM
    assert read(places(), archive.getvalue()) == DURHAM


def test_an_archive_of_several_files_is_refused() -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as writer:
        writer.writestr("a.csv", "")
        writer.writestr("b.csv", "")
    with pytest.raises(SourceChanged, match="holds 2 files"):
        read(places(), archive.getvalue())


@pytest.mark.parametrize("body", [b"\x1f\x8b\x08 no gzip", b"PK\x03\x04 no zip"])
def test_a_damaged_archive_is_refused(body: bytes) -> None:
    with pytest.raises(SourceChanged, match="damaged archive"):
        read(places(), body)


def test_latin_1_is_declared_not_guessed() -> None:
    body = "GEOID,NAME\n0811810,Cañon City city\n".encode("latin-1")
    assert read(places(encoding="latin-1"), body)[0]["name"] == "Cañon City city"
    with pytest.raises(SourceChanged, match="not utf-8-sig at byte 21"):
        read(places(), body)


def test_labels_under_the_header_are_no_record() -> None:
    text = b"GEOID,NAME\nPlace code,Place name\n3719000,Durham city\n"
    assert read(places(label_lines=1), text) == DURHAM


def test_a_file_without_a_header_is_given_one() -> None:
    protocol = DelimitedFile(
        address=ADDRESS, header=("name", "geoid"), fields={"geoid": "geoid", "name": "name"}
    )
    assert read(protocol, b"Durham city,3719000\n") == DURHAM


def test_a_vanished_field_is_an_error_and_no_empty_dataset() -> None:
    with pytest.raises(SourceChanged, match="no longer has NAME; it has GEOID, NAMELSAD"):
        read(places(), b"GEOID,NAMELSAD\n3719000,Durham city\n")


def test_a_field_that_is_there_twice_is_an_error() -> None:
    with pytest.raises(SourceChanged, match="NAME more than once"):
        read(places(), b"GEOID,NAME,NAME\n3719000,Durham city,Durham\n")


def test_a_ragged_line_is_an_error() -> None:
    with pytest.raises(SourceChanged, match="record 1 has 3 values, expected 2"):
        read(places(), b"GEOID,NAME\n3719000,Durham city,NC\n")


def test_an_html_page_is_no_table() -> None:
    with pytest.raises(SourceChanged, match="no longer has GEOID"):
        read(places(), b"<html><body>Not found</body></html>")


OFFENSES = ExcelSheet(
    address=ADDRESS,
    first_header="State",
    noted=("state", "city"),
    fields={"state": "State", "city": "City", "assault": "Aggravated assault", "arson": "Arson"},
)


def test_a_sheet_is_read_between_its_titles_and_its_notes() -> None:
    sheet = workbook(
        [
            ["Table 8"],
            ["State", "City", "Aggravated\nassault", "Arson2"],
            ["ALABAMA3", "Waukegan5,6", 12.0, ""],
            ["", "Mobile", 3.5, 0],
            ["2 Arson is not published."],
            ["3 Limited data."],
            ["5Overreported."],
            ["6 Underreported."],
        ]
    )
    assert read(OFFENSES, sheet) == [
        {
            "state": "ALABAMA",
            "state_notes": "Limited data.",
            "city": "Waukegan",
            "city_notes": "Overreported. Underreported.",
            "assault": "12",
            "arson": "",
        },
        {
            "state": "",
            "state_notes": "",
            "city": "Mobile",
            "city_notes": "",
            "assault": "3.5",
            "arson": "0",
        },
    ]


def test_a_number_that_refers_to_no_note_is_an_error() -> None:
    sheet = workbook(
        [["State", "City", "Aggravated assault", "Arson"], ["ALABAMA", "Mobile6", 1, 2]]
    )
    with pytest.raises(SourceChanged, match="'Mobile6' refers to note 6"):
        read(OFFENSES, sheet)


def test_a_sheet_without_its_header_is_an_error() -> None:
    with pytest.raises(SourceChanged, match="no line that begins with 'State'"):
        read(OFFENSES, workbook([["City", "State"]]))


def test_what_is_no_workbook_is_an_error() -> None:
    with pytest.raises(SourceChanged, match="no Excel workbook"):
        read(OFFENSES, b"<html>moved</html>")


def test_json_is_a_list_or_nested_under_keys_that_mean_something() -> None:
    fields = {"name": "agency_name", "county": "primary_county"}
    agency = {"agency_name": "Durham ", "primary_county": None, "icpsr_lat": 35.9}
    flat = JsonFile(address=ADDRESS, fields=fields)
    nested = JsonFile(address=ADDRESS, fields=fields, levels=("state", "ori"))
    assert read(flat, json.dumps([agency]).encode()) == [{"name": "Durham", "county": ""}]
    by_ori = gzip.compress(json.dumps({"NC": {"NC0320100": agency}}).encode())
    assert read(nested, by_ori) == [
        {"state": "NC", "ori": "NC0320100", "name": "Durham", "county": ""}
    ]


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ("{}", "expected a list"),
        ("[3]", "expected an object"),
        ('[{"primary_county": ""}]', "no agency_name"),
        ("{", "no JSON"),
    ],
)
def test_json_of_another_shape_is_an_error(document: str, said: str) -> None:
    protocol = JsonFile(address=ADDRESS, fields={"name": "agency_name"})
    with pytest.raises(SourceChanged, match=said):
        read(protocol, document.encode())


INCOME = CensusApi(
    address="https://api.census.gov/data/2023/acs/acs5",
    fields={
        "income": "B19013_001E",
        "income_margin": "B19013_001M",
        "state": "state",
        "place": "place",
    },
    areas="place:*",
    within="state:10",
)

RECORDED = b"""[["B19013_001E","B19013_001M","state","place"],
["55269","3641","10","77580"],
["-666666666","-222222222","10","01530"],
[null,null,"10","01660"]]"""


def test_a_census_table_comes_with_margins_and_its_sentinels() -> None:
    assert read(INCOME, RECORDED) == [
        {"income": "55269", "income_margin": "3641", "state": "10", "place": "77580"},
        {"income": "-666666666", "income_margin": "-222222222", "state": "10", "place": "01530"},
        {"income": "", "income_margin": "", "state": "10", "place": "01660"},
    ]


def test_a_census_request_names_variables_and_areas() -> None:
    asked = {}

    def get(address: str, parameters: Mapping[str, str] | None = None) -> Answer:
        asked[address] = parameters
        return Answer(RECORDED, address)

    list(INCOME.pages(get))
    assert asked == {
        "https://api.census.gov/data/2023/acs/acs5": {
            "get": "B19013_001E,B19013_001M",
            "for": "place:*",
            "in": "state:10",
        }
    }


def test_a_page_about_the_key_is_no_table_though_its_status_is_200() -> None:
    page = b"\n<html><head><title>Invalid Key</title></head><body>A valid key ...</body></html>"
    with pytest.raises(SourceUnreachable, match="Invalid Key"):
        read(INCOME, page)


def test_an_empty_census_answer_is_an_error() -> None:
    with pytest.raises(SourceChanged, match=r"nothing for place:\* in state:10"):
        read(INCOME, b"")


@pytest.mark.parametrize(
    "body",
    [b'{"error": "unknown variable"}', b'[["B19013_001E"],["1","2"]]', b"[]", b"error: unknown"],
)
def test_a_census_answer_of_another_shape_is_an_error(body: bytes) -> None:
    with pytest.raises(SourceChanged):
        read(INCOME, body)


AGES = CensusApi(
    address="https://api.census.gov/data/2023/acs/acs5",
    fields={f"bin_{n}": f"B01001_{n:03}E" for n in range(1, 53)} | {"place": "place"},
    areas="place:*",
)


def census(*areas: str, then: tuple[str, ...] | None = None) -> Get:
    """A server that answers for these areas, and for others when it is asked again."""
    asked: list[str] = []

    def get(address: str, parameters: Mapping[str, str] | None = None) -> Answer:
        variables = (parameters or {})["get"].split(",")
        assert len(variables) <= 50
        answered = then if then is not None and asked else areas
        asked.append(address)
        lines = [[f"{area} {name}" for name in variables] + ["10", area] for area in answered]
        return Answer(json.dumps([[*variables, "state", "place"], *lines]).encode(), address)

    return get


def test_more_variables_than_a_request_takes_are_asked_for_in_several() -> None:
    (page,) = AGES.pages(census("77580", "01530"))
    assert [(record["place"], record["bin_1"], record["bin_52"]) for record in page] == [
        ("77580", "77580 B01001_001E", "77580 B01001_052E"),
        ("01530", "01530 B01001_001E", "01530 B01001_052E"),
    ]
    assert all(len(record) == 53 for record in page)


def test_answers_about_other_areas_are_not_joined() -> None:
    with pytest.raises(SourceChanged, match=r"2 areas, then 1 .*: 10 01530 is in one of them only"):
        list(AGES.pages(census("77580", "01530", then=("77580",))))


def test_an_area_that_comes_twice_is_an_error() -> None:
    with pytest.raises(SourceChanged, match="sent an area more than once"):
        list(AGES.pages(census("77580", "77580")))
