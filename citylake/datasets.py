"""A dataset: its fields, where it comes from, and how its figures are meant to be read."""

import re
from dataclasses import dataclass
from enum import StrEnum

from citylake.errors import DatasetInvalid
from citylake.places import Place

NATIONAL = "national"
"""The owner of every dataset that the national lake holds."""

RECORD_ID = "_id"
"""The column of every table that names a record within its dataset; no field may be called so."""

_LONGEST_ID = 100
_DATASET_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_FIELD_NAME = re.compile(r"[a-z][a-z0-9_]*")


class FieldType(StrEnum):
    """The types of the Explore API."""

    TEXT = "text"
    INT = "int"
    DOUBLE = "double"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    GEO_POINT = "geo_point_2d"
    GEO_SHAPE = "geo_shape"
    FILE = "file"
    JSON_BLOB = "json_blob"


class Precision(StrEnum):
    """How much of a date is known; a year is published as ``2019``, not as a day of that year."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"


class Theme(StrEnum):
    """What a figure is about, in the order in which a city's page tells it."""

    PEOPLE = "people"
    FAMILIES = "families"
    HOMES = "homes"
    INCOME = "income"
    JOBS = "jobs"
    SCHOOLS = "schools"
    AIR = "air"
    SAFETY = "safety"
    BUDGET = "budget"
    TRANSPORT = "transport"
    PLACES = "places"
    CITY = "city"


class Area(StrEnum):
    """What kind of area a dataset's ``place_field`` names.

    A record about a state is shown to each of its places as what it is, and is kept once.
    """

    PLACE = "place"
    STATE = "state"


class FacetSort(StrEnum):
    """What sorts the values of a facet; ``-`` from the largest down."""

    COUNT_UP = "count"
    COUNT = "-count"
    TEXT = "alphanum"
    TEXT_DOWN = "-alphanum"
    NUMBER = "num"
    NUMBER_DOWN = "-num"


class Visibility(StrEnum):
    """Who may read a dataset."""

    PUBLIC = "public"
    SHARED = "shared"
    PRIVATE = "private"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One column of a dataset.

    Attributes:
        name: lower case, digits and underscores; a unit ends it (``area_km2``, ``share_pct``).
        type: type of one value.
        label: what a person reads above the column.
        description: what the value means, in a sentence.
        unit: how a person reads the unit (``people``, ``US dollars``, ``%``); empty for none.
        facet: whether people filter by its values.
        facet_sort: what sorts them.
        disjunctive: whether several chosen values widen what is found, rather than narrow it.
        separator: what parts the levels of a value, of a facet that unfolds (``/`` in
            ``roads/lights``); empty for one that does not. Text only, and no list.
        multivalued: whether a record holds a list of values; text only.
        precision: how much of a date is known.
        margin_of: name of the field whose margin of error (90 % confidence) this is.
    """

    name: str
    type: FieldType
    label: str
    description: str = ""
    unit: str = ""
    facet: bool = False
    facet_sort: FacetSort = FacetSort.COUNT
    disjunctive: bool = False
    separator: str = ""
    multivalued: bool = False
    precision: Precision = Precision.DAY
    margin_of: str = ""

    def __post_init__(self) -> None:
        if not _FIELD_NAME.fullmatch(self.name):
            raise DatasetInvalid(
                f"field name {self.name!r}: expected a lower-case letter, "
                "then lower-case letters, digits and underscores"
            )
        if self.multivalued and self.type is not FieldType.TEXT:
            raise DatasetInvalid(f"field {self.name!r} is a list of {self.type}; expected text")
        if self.separator and (self.type is not FieldType.TEXT or self.multivalued):
            kind = "list of texts" if self.multivalued else self.type
            raise DatasetInvalid(
                f"field {self.name!r} is a {kind}, which has no levels that {self.separator!r} "
                "could part; expected text"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class License:
    """The terms under which a dataset may be used."""

    name: str
    url: str = ""


PUBLIC_DOMAIN = License(
    name="US Government work, public domain",
    url="https://www.usa.gov/government-works",
)


class Comparison(StrEnum):
    """How a figure is held against peer cities; there is no rank on purpose."""

    MEDIAN = "median"
    AVERAGE = "average"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One key figure of a place, read from its newest record in which the field is present.

    Attributes:
        field: field that holds the value.
        label: what a person reads (``Inhabitants``).
        sentence: what it means; ``{value}``, ``{time}`` and ``{place}`` are filled in.
        comparison: how peers are summed up.
        headline: whether it stands among the figures at the top of the city's page.
        change: whether a change to the record before it (in the same series) means something.
        no_change_because: shown in place of a change where ``change`` is false.
        decimals: digits after the point.
    """

    field: str
    label: str
    sentence: str = ""
    comparison: Comparison = Comparison.MEDIAN
    headline: bool = False
    change: bool = True
    no_change_because: str = ""
    decimals: int = 0


class ChartKind(StrEnum):
    """The shapes that a default chart takes."""

    TREND = "trend"
    BARS = "bars"
    PARTS = "parts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """The picture that a dataset gives of one place.

    Attributes:
        kind: ``trend`` draws one field over time, a line per series; ``bars`` draws the fields of
            the newest record beside each other; ``parts`` draws them as shares of their sum.
        fields: fields that are drawn: one for a trend, several otherwise.
        title: what the picture shows.
    """

    kind: ChartKind
    fields: tuple[str, ...]
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """The description of a dataset, from which catalog, pages and tables are made.

    Attributes:
        id: slug: lower-case words joined by hyphens.
        owner: ``national``, or the GEOID of the city that owns it.
        fields: columns in the order in which people see them.
        key: fields that together name a record; the table is sorted by them.
        place_field: field that holds the GEOID of the place a record is about; empty for none.
        area: what that GEOID names: the place itself, or the state that it lies in (2 digits).
        time_field: field by which records of one place follow each other (a year, a vintage).
        series_field: field that parts records which must not be compared over time; empty for none.
        publisher: who released the figures.
        source_url: where a person finds them at the publisher's.
        vintage: edition of the source, as the publisher names it.
        attribution: how a record was tied to its place, in a sentence that people read.
        absence: what it means that a place has no record, in a sentence; ``{place}`` and
            ``{county}`` are filled in. Empty for a dataset of few places, which others do not miss.
        notes: what to know before using the figures, a sentence each.
    """

    id: str
    title: str
    description: str
    theme: Theme
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    publisher: str
    owner: str = NATIONAL
    place_field: str = ""
    area: Area = Area.PLACE
    time_field: str = ""
    series_field: str = ""
    source_url: str = ""
    vintage: str = ""
    license: License = PUBLIC_DOMAIN
    attribution: str = ""
    absence: str = ""
    notes: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    update_frequency: str = ""
    figures: tuple[Figure, ...] = ()
    chart: Chart | None = None

    def __post_init__(self) -> None:
        read_dataset_id(self.id)
        names = [field.name for field in self.fields]
        for name in names:
            if names.count(name) > 1:
                raise DatasetInvalid(f"dataset {self.id!r} declares field {name!r} more than once")
        drawn = self.chart.fields if self.chart else ()
        named = (
            *self.key,
            *(name for name in (self.place_field, self.time_field, self.series_field) if name),
            *(figure.field for figure in self.figures),
            *(field.margin_of for field in self.fields if field.margin_of),
            *drawn,
        )
        for name in named:
            if name not in names:
                raise DatasetInvalid(
                    f"dataset {self.id!r} speaks of field {name!r}; "
                    f"its fields are {', '.join(names)}"
                )

    @property
    def database(self) -> str:
        """The database of its Iceberg table, one per owner: ``national``, ``city_3719000``."""
        return NATIONAL if self.owner == NATIONAL else f"city_{self.owner}"

    @property
    def table(self) -> str:
        """Name of its Iceberg table."""
        return self.id.replace("-", "_")

    def field(self, name: str) -> Field:
        """Find a field by its name.

        Raises:
            DatasetInvalid: no such field.
        """
        for field in self.fields:
            if field.name == name:
                return field
        raise DatasetInvalid(f"dataset {self.id!r} has no field {name!r}")

    def geoid_for(self, place: Place) -> str:
        """The GEOID under which the dataset knows a place: its own, or its state's."""
        return place.geoid if self.area is Area.PLACE else place.state_code

    def margin_for(self, name: str) -> Field | None:
        """Find the field that holds the margin of error of another, if there is one."""
        return next((field for field in self.fields if field.margin_of == name), None)


def read_dataset_id(text: str) -> str:
    """Check a dataset's id and return it unchanged.

    Raises:
        DatasetInvalid: anything but lower-case words and digits joined by single hyphens,
            or more than 100 characters.
    """
    if len(text) > _LONGEST_ID or not _DATASET_ID.fullmatch(text):
        raise DatasetInvalid(
            f"dataset id {text[:120]!r}: expected lower-case letters and digits "
            f"joined by single hyphens, at most {_LONGEST_ID} characters"
        )
    return text


def lon_column(name: str) -> str:
    """Name the column that holds the longitude (degrees, WGS 84) of a geo_point field."""
    return f"{name}__lon"


def lat_column(name: str) -> str:
    """Name the column that holds the latitude (degrees, WGS 84) of a geo_point field."""
    return f"{name}__lat"
