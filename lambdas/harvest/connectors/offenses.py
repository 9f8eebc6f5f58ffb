"""Offenses known to the police, by city: the FBI's yearly tables.

The tables name a city and its state, nothing else. Whose figures they are is decided here, by rules
that leave out whatever is not certain.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from citylake.datasets import (
    Chart,
    ChartKind,
    Comparison,
    Dataset,
    Field,
    FieldType,
    Figure,
    Theme,
)
from citylake.errors import SourceChanged
from citylake.places import PLACES_DATASET
from lambdas.harvest.checks import PartsWithinTotal
from lambdas.harvest.clean.codes import is_subdivision
from lambdas.harvest.clean.names import bare
from lambdas.harvest.clean.numbers import whole
from lambdas.harvest.clean.states import State, state_by_name, state_by_postal
from lambdas.harvest.connectors.place_counties import PLACE_COUNTIES_DATASET
from lambdas.harvest.connectors.population import COUNT, VINTAGE_2019
from lambdas.harvest.connectors.shared import PLACE_FIELDS, place_columns
from lambdas.harvest.model import Connector, Copy, Draft, Inputs, Record, Row, Source
from lambdas.harvest.protocols import ExcelSheet
from lambdas.harvest.sources import AGENCY_CROSSWALK, FBI_PLACE_CODES

FBI = "Federal Bureau of Investigation"

TOLERANCE = 0.10
"""By how much the FBI's population of a city may differ from the Census Bureau's.

Nine of ten cities differ by less than 2 percent. Beyond 10 percent the agency serves another area
than the city: Mobile's police also serve 55,000 people around it.
"""

_PEOPLE_PER_RATE = 100_000

_OFFENSES: Mapping[str, tuple[str, str, str]] = {
    "violent_crime": (
        "Violent crime",
        "Violent offenses",
        "Murder, rape, robbery and aggravated assault together; empty where the FBI withholds it.",
    ),
    "murder": (
        "Murder and nonnegligent manslaughter",
        "Murders",
        "Murder and nonnegligent manslaughter.",
    ),
    "rape": ("Rape", "Rapes", "Rape, by the definition that the next field names."),
    "robbery": ("Robbery", "Robberies", "Robbery."),
    "aggravated_assault": ("Aggravated assault", "Aggravated assaults", "Aggravated assault."),
    "property_crime": (
        "Property crime",
        "Property offenses",
        "Burglary, larceny and motor vehicle theft together; empty where the FBI withholds it.",
    ),
    "burglary": ("Burglary", "Burglaries", "Burglary."),
    "larceny": ("Larceny-theft", "Larcenies", "Larceny-theft."),
    "motor_vehicle_theft": ("Motor vehicle theft", "Motor vehicle thefts", "Motor vehicle theft."),
    "arson": ("Arson", "Arsons", "Arson; not part of the property offenses."),
}

_REVISED = "revised"
_LEGACY = "legacy"

_ALIASES: Mapping[tuple[str, str], str] = {
    ("CA", "Angels Camp"): "0602112",
    ("CA", "Carmel"): "0611250",
    ("CA", "Ventura"): "0665042",
    ("FL", "Hallandale"): "1228452",
    ("FL", "Lake Worth"): "1239081",
    ("ID", "Boise"): "1608830",
    ("KY", "Lexington"): "2146027",
    ("KY", "Middlesboro"): "2151924",
    ("TN", "Metropolitan Nashville Police Department"): "4752006",
    ("TN", "Nashville Metropolitan"): "4752006",
    ("TX", "Spring Valley"): "4869830",
    ("TX", "Westworth"): "4878076",
    ("UT", "West Valley"): "4983470",
}
"""Cities that the FBI prints under a name the Census Bureau does not use; the population must agree
all the same."""

_COUNTY_QUALIFIER = re.compile(r", (?P<county>[^,]+) County$", re.IGNORECASE)
_BEFORE = re.compile(r"^(Village|City|Town|Borough) of ", re.IGNORECASE)
_AFTER = re.compile(r" (Village|City|Borough|Town|Township|Plantation)$", re.IGNORECASE)


def _source(year: int, table: int, rape: Mapping[str, str]) -> Source:
    address = (
        f"https://ucr.fbi.gov/crime-in-the-u.s/{year}/crime-in-the-u.s.-{year}/"
        f"tables/table-{table}/table-{table}.xls/view"
    )
    fields = {name: theirs for name, (theirs, *_) in _OFFENSES.items() if name != "rape"}
    return Source(
        id=f"fbi-offenses-by-city-{year}",
        publisher=f"{FBI}, Crime in the United States",
        address=address,
        vintage=f"{year}, table {table}",
        fetchable=False,
        protocol=ExcelSheet(
            address=address,
            first_header="State",
            noted=("state", "city"),
            fields={
                "state": "State",
                "city": "City",
                "population": "Population",
                **fields,
                **rape,
            },
        ),
        copy=Copy(
            path=f"crime/fbi_table{table}_{year}.xls",
            copied_from="github.com/spiekos/data "
            f"scripts/fbi/crime/source_data/city/{year}.xls @37cbdaf9b4",
            note="Names of cities and states, without codes; the state on the first line of its "
            "block; numbers of footnotes at the end of names.",
        ),
    )


_TWO_DEFINITIONS = {
    "rape_revised": "Rape (revised definition)",
    "rape_legacy": "Rape (legacy definition)",
}
_REVISED_ALONE = {"rape_revised": "Rape"}
"""From 2017 on the FBI leaves out what agencies count by the legacy definition."""

SOURCES: Mapping[int, Source] = {
    2016: _source(2016, 6, _TWO_DEFINITIONS),
    2018: _source(2018, 8, _REVISED_ALONE),
    2019: _source(2019, 8, _REVISED_ALONE),
}


def conform(inputs: Inputs) -> Draft:
    """Take the figures of every agency that is certainly that of one place."""
    draft = Draft()
    attribution = _Attribution.of(inputs)
    for year, source in SOURCES.items():
        found: dict[str, list[tuple[str, Row]]] = defaultdict(list)
        for state, record in _with_states(inputs.records(source)):
            printed = f"{record['city']}, {state.postal} {year}"
            place, reason = attribution.place_of(state, record, year)
            if place is None:
                draft.leave_out(reason, printed)
            else:
                found[str(place["geoid"])].append((printed, _row(place, year, record)))
        for rows in found.values():
            if len(rows) == 1:
                draft.add(rows[0][1])
            else:
                for printed, _ in rows:
                    draft.leave_out("several agencies lead to one place", printed)
    return draft


def _with_states(records: Sequence[Record]) -> Iterator[tuple[State, Record]]:
    """Carry the state, and its notes, from the first line of its block to the others.

    Raises:
        SourceChanged: a block is that of no state.
    """
    state, notes = None, ""
    for record in records:
        if record["state"]:
            state, notes = state_by_name(record["state"]), record["state_notes"]
        if state is None:
            raise SourceChanged(f"{record['state']!r} above {record['city']!r}: expected a state")
        yield state, {**record, "notes": " ".join(filter(None, (record["city_notes"], notes)))}


def _row(place: Row, year: int, record: Record) -> Row:
    figures = {name: whole(record[name]) for name in _OFFENSES if name != "rape"}
    rape, definition = _rape(record)
    people = whole(record["population"])
    return {
        **place_columns(place),
        "year": year,
        "reported_as": record["city"],
        "fbi_population": people,
        **figures,
        "rape": rape,
        "rape_definition": definition,
        "violent_crime_per_100k": _rate(figures["violent_crime"], people),
        "property_crime_per_100k": _rate(figures["property_crime"], people),
        "fbi_notes": record["notes"] or None,
    }


def _rape(record: Record) -> tuple[int | None, str | None]:
    for definition in (_REVISED, _LEGACY):
        if (count := whole(record.get(f"rape_{definition}", ""))) is not None:
            return count, definition
    return None, None


def _rate(count: int | None, people: int | None) -> float | None:
    if count is None or not people:
        return None
    return round(_PEOPLE_PER_RATE * count / people, 1)


@dataclass(slots=True)
class _Attribution:
    """Which place an agency's figures are about.

    Attributes:
        places: the register, by GEOID.
        cities: GEOIDs of incorporated places, by state and bare name.
        subdivisions: GEOIDs of towns and townships that both lists name, likewise.
        people: the Census Bureau's populations by GEOID and year.
        counties: bare names of the counties of each place.
    """

    places: Mapping[str, Row]
    cities: Mapping[tuple[str, str], Sequence[str]]
    subdivisions: Mapping[tuple[str, str], Sequence[str]]
    people: Mapping[tuple[str, int], int]
    counties: Mapping[str, set[str]]

    @classmethod
    def of(cls, inputs: Inputs) -> "_Attribution":
        """Prepare what the rules look things up in."""
        places = {str(row["geoid"]): row for row in inputs.rows(PLACES_DATASET)}
        cities: dict[tuple[str, str], list[str]] = defaultdict(list)
        for geoid, place in places.items():
            if place["has_government"] and not is_subdivision(geoid):
                cities[str(place["state"]), bare(str(place["name"]))].append(geoid)
        people = {
            (str(row["geoid"]), int(str(row["year"]))): int(str(row["population"]))
            for row in inputs.rows("population")
            if row["series"] == VINTAGE_2019 or (row["series"], row["year"]) == (COUNT, 2020)
        }
        counties: dict[str, set[str]] = defaultdict(set)
        for row in inputs.rows(PLACE_COUNTIES_DATASET):
            counties[str(row["geoid"])].add(bare(str(row["county_name"]).removesuffix(" County")))
        return cls(
            places=places,
            cities=cities,
            subdivisions=_agreed_subdivisions(
                inputs,
                {geoid: place for geoid, place in places.items() if is_subdivision(geoid)},
                counties,
            ),
            people=people,
            counties=counties,
        )

    def place_of(self, state: State, record: Record, year: int) -> tuple[Row | None, str]:
        """Find the place, or say why there is none that is certain."""
        printed = record["city"]
        people = whole(record["population"])
        if people is None:
            return None, "agency without a population: campus, resort or sheriff"
        qualifier = _COUNTY_QUALIFIER.search(printed)
        name = _COUNTY_QUALIFIER.sub("", printed)
        named = self._cities_named(state.postal, name)
        agreeing = [geoid for geoid in named if self._agrees(geoid, people, year)]
        if qualifier:
            county = bare(qualifier["county"])
            agreeing = [geoid for geoid in agreeing if county in self.counties[geoid]]
        if len(agreeing) == 1:
            return self.places[agreeing[0]], ""
        if len(agreeing) > 1:
            return None, "several places of this name and population in the state"
        towns = self.subdivisions.get((state.postal, bare(printed)), ())
        if len(towns) == 1:
            return self.places[towns[0]], ""
        if len(towns) > 1:
            return None, "several towns or townships of this name in the state"
        if named:
            return None, "population more than 10 percent off: another area than the city's"
        return None, "no place of this name in the register, or no second list that agrees"

    def _cities_named(self, postal: str, name: str) -> Sequence[str]:
        alias = _ALIASES.get((postal, name))
        if alias:
            return (alias,)
        named = self.cities.get((postal, bare(name)), ())
        if named:
            return named
        kind = _AFTER.search(name) or _BEFORE.search(name)
        if not kind:
            return ()
        shorter = _BEFORE.sub("", _AFTER.sub("", name))
        return [
            geoid
            for geoid in self.cities.get((postal, bare(shorter)), ())
            if self.places[geoid]["kind"] == kind[1].lower()
        ]

    def _agrees(self, geoid: str, people: int, year: int) -> bool:
        estimated = self.people.get((geoid, year)) or self.people.get((geoid, 2020))
        return estimated is not None and abs(people - estimated) <= TOLERANCE * estimated


def _agreed_subdivisions(
    inputs: Inputs, towns: Mapping[str, Row], counties: Mapping[str, set[str]]
) -> Mapping[tuple[str, str], Sequence[str]]:
    """The towns and townships of each printed name: one where two lists agree on it.

    A name is certain when the list of names that the FBI prints gives its GEOID, and the crosswalk
    knows of a police department there, and of none in another town or township of that name in
    the state; or when the printed name says its county, and the GEOID is of that county.
    """
    policed: dict[tuple[str, str, bool], set[str]] = defaultdict(set)
    for record in inputs.records(AGENCY_CROSSWALK):
        geoid = record["state"] + record["county"] + record["place"]
        if record["agency_type"] == "local police department" and geoid in towns:
            policed[str(towns[geoid]["state"]), *_town_name(towns[geoid])].add(geoid)
    agreed: dict[tuple[str, str], list[str]] = {}
    for record in inputs.records(FBI_PLACE_CODES):
        text, _, postal = record["name"].rpartition(" ")
        state = state_by_postal(postal)
        geoid = record["geoid"]
        if state is None or geoid not in towns:
            continue
        known = policed[state.postal, *_town_name(towns[geoid])]
        qualifier = _COUNTY_QUALIFIER.search(text)
        if geoid not in known or (qualifier and bare(qualifier["county"]) not in counties[geoid]):
            continue
        agreed[state.postal, bare(text)] = [geoid] if qualifier else sorted(known)
    return agreed


def _town_name(town: Row) -> tuple[str, bool]:
    """The bare name of a town or township, and which of the two it is."""
    return bare(str(town["name"])), town["kind"] == "township"


_COUNTED = "offenses"
_RATED = "offenses per 100,000 people"
_NO_CHANGE = (
    "Years are missing between the tables, and agencies change how they count: the FBI advises "
    "against reading a trend into two figures."
)

CONNECTOR = Connector(
    dataset=Dataset(
        id="offenses",
        title="Offenses known to the police",
        description="Violent and property offenses that a city's own police department reported "
        "to the FBI, in number and per 100,000 people.",
        theme=Theme.SAFETY,
        key=("geoid", "year"),
        place_field="geoid",
        time_field="year",
        publisher=FBI,
        source_url="https://cde.ucr.cjis.gov",
        vintage="2016, 2018 and 2019",
        update_frequency="yearly; the tables ended with 2019",
        keywords=("crime", "offenses", "police", "safety", "violent", "property", "UCR"),
        attribution="The FBI names agencies by city. A city's figures are those of the agency that "
        "bears its name in its state and whose population is within 10 percent of the Census "
        "Bureau's; a town's or township's, where two lists of agencies agree. All others are left "
        "out.",
        absence="The tables of the FBI name no agency that belongs to {place} with certainty: its "
        "police may not have reported, or another agency serves it.",
        notes=(
            (
                "The FBI asks not to rank cities by these figures: they depend on what people "
                "report, on how agencies count, and on who comes to a city by day."
            ),
            (
                "Offenses are those known to the city's own police department. Sheriffs, state "
                "police, campuses and transit police report on their own."
            ),
            "Rates are reckoned from the population that the FBI prints beside the figures.",
            (
                "A total is empty where the FBI withholds a part of it. A city that is absent in a "
                "year did not report, or reported too little (Durham, North Carolina, in 2016)."
            ),
            "A city whose police also serve an area around it is left out.",
        ),
        fields=(
            *PLACE_FIELDS,
            Field(
                name="year",
                type=FieldType.INT,
                label="Year",
                description="Year of the offenses.",
                facet=True,
            ),
            Field(
                name="reported_as",
                type=FieldType.TEXT,
                label="Reported as",
                description="City as the FBI prints it.",
            ),
            Field(
                name="fbi_population",
                type=FieldType.INT,
                label="Population served",
                description="People that the FBI counts for the agency.",
                unit="people",
            ),
            *(
                Field(
                    name=name,
                    type=FieldType.INT,
                    label=label,
                    description=description,
                    unit=_COUNTED,
                )
                for name, (_, label, description) in _OFFENSES.items()
            ),
            Field(
                name="rape_definition",
                type=FieldType.TEXT,
                label="Definition of rape",
                description="The revised definition of 2013, or the legacy one, which some "
                "agencies still used in 2016; from 2017 on the FBI withholds such figures.",
                facet=True,
            ),
            Field(
                name="violent_crime_per_100k",
                type=FieldType.DOUBLE,
                label="Violent offenses per 100,000",
                description="Violent offenses per 100,000 of the people that the FBI counts.",
                unit=_RATED,
            ),
            Field(
                name="property_crime_per_100k",
                type=FieldType.DOUBLE,
                label="Property offenses per 100,000",
                description="Property offenses per 100,000 of the people that the FBI counts.",
                unit=_RATED,
            ),
            Field(
                name="fbi_notes",
                type=FieldType.TEXT,
                label="Notes of the FBI",
                description="What the FBI says about this agency's or state's figures.",
            ),
        ),
        figures=(
            Figure(
                field="violent_crime_per_100k",
                label="Violent offenses per 100,000 people",
                sentence="The police of {place} knew of {value} violent offenses per 100,000 "
                "people in {time}.",
                comparison=Comparison.AVERAGE,
                headline=True,
                change=False,
                no_change_because=_NO_CHANGE,
            ),
            Figure(
                field="property_crime_per_100k",
                label="Property offenses per 100,000 people",
                sentence="The police of {place} knew of {value} property offenses per 100,000 "
                "people in {time}.",
                comparison=Comparison.AVERAGE,
                change=False,
                no_change_because=_NO_CHANGE,
            ),
        ),
        chart=Chart(
            kind=ChartKind.BARS,
            fields=("murder", "rape", "robbery", "aggravated_assault"),
            title="Violent offenses by kind",
        ),
    ),
    sources=(*SOURCES.values(), FBI_PLACE_CODES, AGENCY_CROSSWALK),
    conform=conform,
    needs=(PLACES_DATASET, PLACE_COUNTIES_DATASET, "population"),
    checks=(
        PartsWithinTotal(
            ("murder", "rape", "robbery", "aggravated_assault"), "violent_crime", rounding=1
        ),
        PartsWithinTotal(
            ("burglary", "larceny", "motor_vehicle_theft"), "property_crime", rounding=1
        ),
    ),
)
