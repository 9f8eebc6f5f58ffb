"""Public schools, one by one: lists of a state and of the National Center for Education Statistics.

The lists name a street address, and some a point. Whose school it is is decided here.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import msgspec

from citylake.datasets import Dataset, Field, FieldType, License, Theme
from citylake.errors import SourceChanged
from citylake.places import PLACES_DATASET
from lambdas.harvest.clean.numbers import decimal, whole
from lambdas.harvest.clean.register import PlaceNames
from lambdas.harvest.clean.shapes import Outline, Where
from lambdas.harvest.connectors.boundaries import BOUNDARIES_DATASET, TOLERANCE_M
from lambdas.harvest.connectors.shared import PLACE_FIELDS, place_columns
from lambdas.harvest.model import Connector, Copy, Draft, Inputs, Record, Row, Source
from lambdas.harvest.protocols import DelimitedFile, GeoJsonFile
from lambdas.harvest.protocols.geojson import GEOMETRY

SCHOOLS_DATASET = "schools"

NCES = "National Center for Education Statistics"
NCES_CCD = f"{NCES}, Common Core of Data"
STATE_OF_NC = "State of North Carolina, NC OneMap"

STATE_LICENSE = License(
    name="Open data of the State of North Carolina", url="https://www.nconemap.gov"
)
_BOTH_LICENSES = License(
    name="US Government work, public domain (NCES); open data of the State of North Carolina",
    url="https://www.usa.gov/government-works",
)

BY_BOUNDARY = "boundary"
BY_ADDRESS = "address"

_MISSING = frozenset({"†", "\N{EN DASH}", "M", "N", "-1", "-2", "-9"})
"""What NCES writes for «not applicable» and «missing»."""

_OPEN = frozenset({"Open", "New", "Added", "Reopened", "Changed Agency"})
"""Statuses of a school that is open; one whose status is ``Future`` is not yet."""

_OPEN_CODES = frozenset({"1", "3", "4", "5", "8"})
"""The same as codes: open, new, added, changed agency, reopened."""

_POST_OFFICE_BOX = re.compile(r"^p\.?\s*o\.?\s*box\b", re.IGNORECASE)

_KINDS: Mapping[str, str] = {
    "Regular": "regular",
    "Regular school": "regular",
    "Regular School": "regular",
    "Special Education": "special education",
    "Special education school": "special education",
    "Exceptional Children": "special education",
    "Vocational": "career and technical",
    "Career and Technical School": "career and technical",
    "Vocational Education": "career and technical",
    "Other/Alternative": "alternative",
    "Alternative Education School": "alternative",
    "Alternative Education": "alternative",
}

_PREKINDERGARTEN, _KINDERGARTEN, _LAST_GRADE = -1, 0, 12
_GRADES: Mapping[str, int] = {
    "P0": _PREKINDERGARTEN,
    "P3": _PREKINDERGARTEN,
    "PK": _PREKINDERGARTEN,
    "KG": _KINDERGARTEN,
    **{f"{grade:02}": grade for grade in range(1, 14)},
}

ELEMENTARY, MIDDLE, HIGH, OTHER = "elementary", "middle", "high", "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class _List:
    """A list of schools.

    Attributes:
        state: postal abbreviation of the state whose schools it has.
        as_of: when the list was true, in words.
        is_whole: whether it has every school of the state.
    """

    source: Source
    state: str
    as_of: str
    is_whole: bool = True


def _search_export(state: str, file: str) -> _List:
    address = "https://nces.ed.gov/ccd/schoolsearch/"
    return _List(
        state=state,
        as_of="2025",
        source=Source(
            id=f"nces-school-search-{state.lower()}",
            publisher=NCES_CCD,
            address=address,
            vintage="as searched in 2025",
            fetchable=False,
            protocol=DelimitedFile(
                address=address,
                fields={
                    "id": "NCES School ID",
                    "name": "School Name",
                    "district": "District",
                    "low_grade": "Low Grade*",
                    "high_grade": "High Grade*",
                    "street": "Street Address",
                    "city": "City",
                    "state": "State",
                    "zip": "ZIP",
                    "charter": "Charter",
                    "students": "Students*",
                    "teachers": "Teachers*",
                    "kind": "Type",
                    "status": "Status",
                },
            ),
            copy=Copy(
                path=f"schools/nces_search_{state.lower()}_public_schools.csv",
                copied_from="github.com/stophateinschools/nces-data-scripts "
                f"data/prelim/{file} @5422645551",
                note="Whoever made the copy added coordinates of a commercial geocoder: they are "
                "not restated, so these schools have no point.",
            ),
        ),
    )


_EDGE_ADDRESS = "https://data-nces.opendata.arcgis.com"

ALABAMA = _List(
    state="AL",
    as_of="2020-2021",
    is_whole=False,
    source=Source(
        id="nces-school-characteristics-2020-2021",
        publisher=f"{NCES_CCD}, EDGE",
        address=_EDGE_ADDRESS,
        vintage="2020-2021",
        fetchable=False,
        protocol=DelimitedFile(
            address=_EDGE_ADDRESS,
            fields={
                "id": "NCESSCH",
                "name": "SCH_NAME",
                "district": "LEA_NAME",
                "low_grade": "GSLO",
                "high_grade": "GSHI",
                "street": "LSTREET1",
                "city": "LCITY",
                "state": "LSTATE",
                "zip": "LZIP",
                "charter": "CHARTER_TEXT",
                "students": "TOTAL",
                "teachers": "FTE",
                "kind": "SCHOOL_TYPE_TEXT",
                "status": "STATUS",
                "lat": "LATCOD",
                "lon": "LONCOD",
            },
        ),
        copy=Copy(
            path="schools/nces_Public_School_Characteristics_2020-21.al.csv",
            copied_from="github.com/bhatt-prajakta/eda_project "
            "data/Public_School_Characteristics_2020-21.csv @5943daff2f",
            note="The first 100 records of the file alone, all of Alabama: not every school of any "
            "place.",
        ),
    ),
)

NORTH_CAROLINA = _List(
    state="NC",
    as_of="2019",
    source=Source(
        id="nc-onemap-public-schools",
        publisher=STATE_OF_NC,
        address="https://www.nconemap.gov",
        vintage="about 2019",
        license=STATE_LICENSE,
        fetchable=False,
        protocol=GeoJsonFile(
            address="https://www.nconemap.gov",
            fields={
                "id": "lea_school",
                "name": "school_nam",
                "low_grade": "bgn_grade",
                "high_grade": "end_grade",
                "street": "phys_addr",
                "city": "phys_city",
                "zip": "phys_zip",
                "charter": "sch_desg",
                "teachers": "num_teach",
                "kind": "sch_type",
            },
        ),
        copy=Copy(
            path="schools/nc_public_schools.geojson",
            copied_from="github.com/ulrichse/NC-Public-Schools "
            "assets/nc_public_schools.geojson @9e5834c6d9",
            note="The state's school codes lost their leading zeros, which were restored. A single "
            "blank stands for «no»; no teachers stand for «not stated». The layer's year is that "
            "of its newest schools.",
        ),
    ),
)

LISTS: tuple[_List, ...] = (
    ALABAMA,
    _search_export("CA", "ca/geocoded_california_public_schools.csv"),
    _search_export("FL", "fl/geocoded_florida_schools.csv"),
    _search_export("MI", "mi/geocoded_michigan_schools.csv"),
    NORTH_CAROLINA,
)

SOURCES = tuple(each.source for each in LISTS)

_STATE_CODE_DIGITS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class _Address:
    """Where a school is, as its list says."""

    street: str
    city: str
    state: str
    point: tuple[float, float] | None


class _Attribution:
    """Says which place a school belongs to, and by which rule; or why it belongs to none."""

    def __init__(self, inputs: Inputs) -> None:
        places = {str(row["geoid"]): row for row in inputs.rows(PLACES_DATASET)}
        self._names = PlaceNames(places.values())
        self._outlines: dict[str, tuple[Row, Outline]] = {}
        for row in inputs.rows(BOUNDARIES_DATASET):
            geoid, wkb = str(row["geoid"]), row["boundary"]
            if isinstance(wkb, bytes):
                self._outlines[geoid] = (places[geoid], Outline(wkb, TOLERANCE_M))

    def place_of(self, address: _Address) -> tuple[Row | None, str]:
        """The place and the rule; no place and the reason where it is not certain."""
        named = self._names.the_one(address.state, address.city)
        if address.point is not None:
            where = {
                geoid: outline.locate(*address.point)
                for geoid, (place, outline) in self._outlines.items()
                if place["state"] == address.state
            }
            for geoid, found in where.items():
                if found is Where.INSIDE:
                    return self._outlines[geoid][0], BY_BOUNDARY
            if named is not None and where.get(str(named["geoid"])) is Where.OUTSIDE:
                return None, "outside of the city that its address names"
        elif _POST_OFFICE_BOX.search(address.street):
            return None, "address is a post office box"
        if named is None:
            several = self._names.bearers(address.state, address.city)
            return None, (
                "several places of the state bear the name of the city in its address"
                if several
                else "no place of the state bears the name of the city in its address"
            )
        return named, BY_ADDRESS


def conform(inputs: Inputs) -> Draft:
    """Give each open school to the place it belongs to."""
    draft = Draft()
    attribution = _Attribution(inputs)
    for each in LISTS:
        for record in _once(inputs.records(each.source), draft):
            name = f"{record['name']}, {record['city']}, {each.state}"
            address = _Address(
                street=record["street"],
                city=record["city"],
                state=record.get("state", each.state).upper(),
                point=_point(record),
            )
            if not _is_open(record):
                draft.leave_out("not open yet, or closed", name)
            elif address.state != each.state:
                draft.leave_out("address in another state", f"{name}: {address.state}")
            else:
                place, rule = attribution.place_of(address)
                if place is None:
                    draft.leave_out(rule, name)
                else:
                    draft.add(_row(each, record, place, rule))
    return draft


def _once(records: Iterable[Record], draft: Draft) -> Iterator[Record]:
    """Pass on each school once."""
    seen: set[str] = set()
    for record in records:
        if record["id"] in seen:
            draft.leave_out("school that the list has twice", f"{record['name']} {record['id']}")
        else:
            seen.add(record["id"])
            yield record


def _is_open(record: Record) -> bool:
    status = record.get("status")
    return status is None or status in _OPEN or status in _OPEN_CODES


def _row(each: _List, record: Record, place: Row, rule: str) -> Row:
    from_state = each is NORTH_CAROLINA
    teachers = decimal(_stated(record["teachers"]))
    point = _point(record)
    return {
        **place_columns(place),
        "school_id": _state_code(record["id"]) if from_state else record["id"],
        "name": record["name"],
        "district": record.get("district"),
        "level": level(record["low_grade"], record["high_grade"]),
        "grades": _grades(record["low_grade"], record["high_grade"]),
        "kind": _kind(record["kind"]),
        "is_charter": record["charter"] == "Charter" if from_state else _yes(record["charter"]),
        "students": whole(_stated(record.get("students", ""))),
        "teachers": None if from_state and not teachers else teachers,
        "street": record["street"],
        "city": record["city"],
        "zip": record["zip"],
        "location__lon": point[0] if point else None,
        "location__lat": point[1] if point else None,
        "attributed_by": rule,
        "as_of": each.as_of,
        "publisher": each.source.publisher,
        "list_is_whole": each.is_whole,
    }


def level(low_grade: str, high_grade: str) -> str:
    """Tell a school's level from its lowest and highest grade.

    Source:
        NCES, Common Core of Data, school level: primary from prekindergarten to grade 3 at the
        low end and to grade 8 at the high end; middle from 4 to 7, and to 9; high from 7, and
        to 12; everything else, and ungraded, is other.
    """
    low, high = _GRADES.get(low_grade), _GRADES.get(high_grade)
    match low, high:
        case int(), int() if low <= 3 and high <= 8:  # noqa: PLR2004  # grades, as the rule says
            return ELEMENTARY
        case int(), int() if 4 <= low <= 7 and 4 <= high <= 9:  # noqa: PLR2004  # likewise
            return MIDDLE
        case int(), int() if low >= 7 and high >= _LAST_GRADE:  # noqa: PLR2004  # likewise
            return HIGH
        case _:
            return OTHER


def _grades(low: str, high: str) -> str | None:
    if low not in _GRADES or high not in _GRADES:
        return None
    return low if low == high else f"{low} to {high}"


def _kind(published: str) -> str:
    try:
        return _KINDS[published]
    except KeyError:
        raise SourceChanged(
            f"kind of school {published!r}: expected one of {', '.join(sorted(_KINDS))}"
        ) from None


def _yes(text: str) -> bool | None:
    return {"Yes": True, "No": False}.get(text)


def _stated(text: str) -> str:
    return "" if text in _MISSING else text


def _state_code(text: str) -> str:
    """Write the state's code of a school as the state does: district of three, school of three."""
    return f"NC-{text.zfill(_STATE_CODE_DIGITS)}"


def _point(record: Record) -> tuple[float, float] | None:
    """Longitude and latitude, where the publisher gives them."""
    if geometry := record.get(GEOMETRY):
        lon, lat = msgspec.json.decode(geometry, type=_Point).coordinates
        return lon, lat
    lon_text, lat_text = record.get("lon", ""), record.get("lat", "")
    if not lon_text or not lat_text:
        return None
    return float(lon_text), float(lat_text)


class _Point(msgspec.Struct):
    coordinates: tuple[float, float]


CONNECTOR = Connector(
    dataset=Dataset(
        id=SCHOOLS_DATASET,
        title="Public schools",
        description="Open public schools one by one, with level, students and address; with a "
        "point where its publisher gives one.",
        theme=Theme.SCHOOLS,
        key=("geoid", "school_id"),
        place_field="geoid",
        publisher=NCES,
        source_url="https://nces.ed.gov/ccd/schoolsearch/",
        vintage="lists of 2019 (North Carolina), 2020-2021 (Alabama) and 2025 (California, "
        "Florida, Michigan)",
        license=_BOTH_LICENSES,
        update_frequency="yearly",
        keywords=("schools", "education", "students", "teachers", "charter"),
        attribution="A school with a point belongs to the city in whose boundary it lies, where "
        "the boundary is known. Any other belongs to the city of its street address, if that means "
        "one place of the state; such an address may lie outside of the city's limits.",
        absence="The bundled lists cover California, Florida, Michigan and North Carolina, and "
        "have no school that belongs to {place} with certainty. The National Center for Education "
        "Statistics publishes the schools of every state.",
        notes=(
            (
                "The lists are of different years and publishers: North Carolina's is the state's "
                "own, without students; the others are those of the National Center for "
                "Education Statistics."
            ),
            (
                "Of Alabama, the bundled copy has the first 100 records alone: it names some "
                "schools of a place, not all of them, and they are not counted."
            ),
            (
                "Schools of California, Florida and Michigan have no point: the copy that was at "
                "hand has coordinates of a commercial service, which may not be restated."
            ),
            (
                "The level is told from the grades, by one rule for all lists: a school from "
                "kindergarten to grade 12 is neither elementary nor high, but other."
            ),
        ),
        fields=(
            *PLACE_FIELDS,
            Field(
                name="school_id",
                type=FieldType.TEXT,
                label="School ID",
                description="NCES school ID of 12 digits; NC and the state's code of 6 characters "
                "in North Carolina.",
            ),
            Field(
                name="name", type=FieldType.TEXT, label="School", description="Name of the school."
            ),
            Field(
                name="district",
                type=FieldType.TEXT,
                label="District",
                description="School district or agency; empty where the list does not name it.",
            ),
            Field(
                name="level",
                type=FieldType.TEXT,
                label="Level",
                description="Elementary, middle, high or other, told from the grades.",
                facet=True,
            ),
            Field(
                name="grades",
                type=FieldType.TEXT,
                label="Grades",
                description="Lowest and highest grade; PK is prekindergarten, KG kindergarten.",
            ),
            Field(
                name="kind",
                type=FieldType.TEXT,
                label="Kind",
                description="Regular, special education, career and technical, or alternative.",
                facet=True,
            ),
            Field(
                name="is_charter",
                type=FieldType.BOOLEAN,
                label="Charter school",
                description="Whether it is a charter school.",
                facet=True,
            ),
            Field(
                name="students",
                type=FieldType.INT,
                label="Students",
                description="Students enrolled; empty where the list does not say.",
                unit="people",
            ),
            Field(
                name="teachers",
                type=FieldType.DOUBLE,
                label="Teachers",
                description="Teachers, in full-time equivalents (NCES) or persons (North "
                "Carolina); empty where the list does not say.",
                unit="people",
            ),
            Field(
                name="street",
                type=FieldType.TEXT,
                label="Street address",
                description="Street and number as published.",
            ),
            Field(
                name="city",
                type=FieldType.TEXT,
                label="City of the address",
                description="City of the address as published; a post office's, not a boundary's.",
            ),
            Field(name="zip", type=FieldType.TEXT, label="ZIP code", description="ZIP code."),
            Field(
                name="location",
                type=FieldType.GEO_POINT,
                label="Location",
                description="Point as the publisher gives it; empty where it may not be restated.",
            ),
            Field(
                name="attributed_by",
                type=FieldType.TEXT,
                label="Attributed by",
                description="Whether it was given to the place by boundary or by address.",
                facet=True,
            ),
            Field(
                name="as_of",
                type=FieldType.TEXT,
                label="List of",
                description="Year or school year of the list.",
                facet=True,
            ),
            Field(
                name="publisher",
                type=FieldType.TEXT,
                label="Publisher of the list",
                description="Who published the list that has the school.",
                facet=True,
            ),
            Field(
                name="list_is_whole",
                type=FieldType.BOOLEAN,
                label="Whole list",
                description="Whether the list has every school of the state.",
                facet=True,
            ),
        ),
    ),
    sources=SOURCES,
    conform=conform,
    needs=(PLACES_DATASET, BOUNDARIES_DATASET),
)
