"""People by age: two counts and fourteen years of the survey, for the larger cities."""

from citylake.datasets import Chart, ChartKind, Dataset, Field, FieldType, Figure, Theme
from citylake.places import PLACES_DATASET
from lambdas.harvest.checks import PartsWithinTotal
from lambdas.harvest.clean.names import bare, split_name
from lambdas.harvest.clean.numbers import decimal, share_pct, whole
from lambdas.harvest.clean.states import state_by_name
from lambdas.harvest.connectors.places import current_geoid
from lambdas.harvest.connectors.shared import PLACE_FIELDS, place_columns
from lambdas.harvest.model import Connector, Copy, Draft, Inputs, Record, Row, Source
from lambdas.harvest.protocols import DelimitedFile
from lambdas.harvest.sources import CENSUS

COUNT = "Census count"
SURVEY = "American Community Survey, one year"

_FIRST_YEAR_OF_SURVEY = 2005
_NOT_PUBLISHED = "-998"
"""What the file has for people where the survey gave no figure; its shares are -999999999.00."""

_FORMER_NAMES = {"4752006": "Nashville-Davidson (remainder)"}
"""Places under the name that they had in a count, as the file has it."""

_ADDRESS = "https://api.census.gov/data/2018/acs/acs1"

SOURCE = Source(
    id="census-ages-1990-2018",
    publisher=f"{CENSUS}, Census of 1990 and 2000, American Community Survey 1-year estimates",
    address=_ADDRESS,
    vintage="1990, 2000, and each year from 2005 to 2018",
    fetchable=False,
    protocol=DelimitedFile(
        address=_ADDRESS,
        fields={
            "geoid": "FIPS_STATE_PLACE",
            "name": "CITY_NAME",
            "state_name": "ST_NAME",
            "year": "YEAR",
            "population": "POP_TOTAL",
            "from_18_pct": "PER_AGE_18PLUS",
            "from_65_pct": "PER_AGE_65PLUS",
            "male": "POP_MALE",
            "female": "POP_FEMALE",
        },
    ),
    copy=Copy(
        path="census/place_pop_age_sex_race_1990_2018.csv",
        copied_from="github.com/jasonjklim/Census_API "
        "All_year_combined/place_pop_all_year_asrh.csv @80582f37d9",
        note="Two counts and fourteen years of the survey in one file; no margins of error. Names "
        "of states begin with a blank from 2005 on.",
    ),
)


def conform(inputs: Inputs) -> Draft:
    """Take every place whose GEOID and name agree with the register."""
    draft = Draft()
    places = {str(row["geoid"]): row for row in inputs.rows(PLACES_DATASET)}
    for record in inputs.records(SOURCE):
        place = places.get(current_geoid(record["geoid"]))
        example = f"{record['name']}, {record['state_name']} {record['year']}"
        if place is None:
            draft.leave_out(
                "place that is not in the register: merged, or drawn otherwise", example
            )
        elif not _same_place(record, place):
            draft.leave_out("name that is not the one of its GEOID", example)
        elif record["population"] == _NOT_PUBLISHED:
            draft.leave_out("year for which the survey gave no ages", example)
        else:
            draft.add(_row(place, record))
    return draft


def _row(place: Row, record: Record) -> Row:
    adults, old = decimal(record["from_18_pct"]), decimal(record["from_65_pct"])
    people, year = whole(record["population"]), whole(record["year"])
    return {
        **place_columns(place),
        "series": COUNT if int(record["year"]) < _FIRST_YEAR_OF_SURVEY else SURVEY,
        "year": year,
        "population": people,
        "under_18_pct": None if adults is None else round(100 - adults, 2),
        "from_18_to_64_pct": None if adults is None or old is None else round(adults - old, 2),
        "from_65_pct": old,
        "male": whole(record["male"]),
        "female": whole(record["female"]),
        "female_pct": share_pct(whole(record["female"]), people),
    }


def _same_place(record: Record, place: Row) -> bool:
    state = state_by_name(record["state_name"])
    if state is None or state.postal != place["state"]:
        return False
    if _FORMER_NAMES.get(str(place["geoid"])) == record["name"]:
        return True
    return bare(split_name(record["name"], state.postal)[0]) == bare(str(place["name"]))


_NO_CHANGE = (
    "The file has no margins of error, and a change from one year to the next may be chance; the "
    "years stand beside each other in the data."
)

_SHARES = {
    "under_18_pct": ("Under 18", "Share of the people who were younger than 18 years."),
    "from_18_to_64_pct": ("18 to 64", "Share of the people who were 18 to 64 years old."),
    "from_65_pct": ("65 and older", "Share of the people who were 65 years old or older."),
}

CONNECTOR = Connector(
    dataset=Dataset(
        id="ages",
        title="People by age",
        description="Shares of young, working-age and older people, and people by sex, in cities "
        "of about 65,000 people and more: counts of 1990 and 2000, and the American Community "
        "Survey of each year from 2005 to 2018.",
        theme=Theme.PEOPLE,
        key=("geoid", "series", "year"),
        place_field="geoid",
        time_field="year",
        series_field="series",
        publisher=CENSUS,
        source_url="https://www.census.gov/programs-surveys/acs",
        vintage=SOURCE.vintage,
        update_frequency="yearly",
        keywords=("age", "children", "seniors", "65 and older", "sex"),
        attribution="The figures are published by place; they are shown as they are, where the "
        "name agrees with the GEOID.",
        absence="The survey of a single year covers places of 65,000 people and more; the bundled "
        "file has no figures for {place}.",
        notes=(
            (
                "Figures of 2005 and later are estimates from a sample, and the file has no "
                "margins of error: a change of a point or two from one year to the next may mean "
                "nothing."
            ),
            (
                "The survey did not ask people in dormitories, barracks, prisons and nursing homes "
                "in 2005; from 2006 on it does."
            ),
            "Boundaries are those of each year: a city that grew by annexation grew here too.",
            (
                "An average age is not published: it can be reckoned from the 46 age groups of "
                "table B01001, which the live source asks for."
            ),
        ),
        fields=(
            *PLACE_FIELDS,
            Field(
                name="series",
                type=FieldType.TEXT,
                label="Series",
                description="Count, or survey of one year; only figures of one series can be "
                "compared over time.",
                facet=True,
            ),
            Field(
                name="year",
                type=FieldType.INT,
                label="Year",
                description="Year of the count or of the survey.",
                facet=True,
            ),
            Field(
                name="population",
                type=FieldType.INT,
                label="People asked about",
                description="People that the shares are taken of. The yearly estimates of the "
                "population dataset are the better figure for how many people live in a place.",
                unit="people",
            ),
            *(
                Field(
                    name=name,
                    type=FieldType.DOUBLE,
                    label=label,
                    description=description,
                    unit="%",
                )
                for name, (label, description) in _SHARES.items()
            ),
            Field(
                name="male",
                type=FieldType.INT,
                label="Male",
                description="Boys and men.",
                unit="people",
            ),
            Field(
                name="female",
                type=FieldType.INT,
                label="Female",
                description="Girls and women.",
                unit="people",
            ),
            Field(
                name="female_pct",
                type=FieldType.DOUBLE,
                label="Female, share",
                description="Girls and women in percent of all people.",
                unit="%",
            ),
        ),
        figures=(
            Figure(
                field="under_18_pct",
                label="Under 18",
                sentence="{value} of the people of {place} were younger than 18 in {time}.",
                change=False,
                no_change_because=_NO_CHANGE,
                decimals=1,
            ),
            Figure(
                field="from_65_pct",
                label="65 and older",
                sentence="{value} of the people of {place} were 65 or older in {time}.",
                change=False,
                no_change_because=_NO_CHANGE,
                decimals=1,
            ),
        ),
        chart=Chart(kind=ChartKind.BARS, fields=tuple(_SHARES), title="People by age"),
    ),
    sources=(SOURCE,),
    conform=conform,
    needs=(PLACES_DATASET,),
    checks=(PartsWithinTotal(("male", "female"), "population"),),
)
