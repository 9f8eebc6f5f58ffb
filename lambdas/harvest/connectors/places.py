"""The register of places: every Census place, and county subdivisions that govern themselves."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from citylake.datasets import Dataset, Field, FieldType, Theme
from citylake.errors import PlaceInvalid
from citylake.places import PLACES_DATASET, assign_slugs, read_geoid
from citylake.tiers import tier_of
from lambdas.harvest.clean.codes import is_subdivision, place_geoid
from lambdas.harvest.clean.counties import FORMER_CONNECTICUT, county_name
from lambdas.harvest.clean.names import CDP, bare, split_name, title_case
from lambdas.harvest.clean.numbers import decimal, whole
from lambdas.harvest.clean.states import state_by_postal, state_of
from lambdas.harvest.model import Connector, Draft, Inputs, Row
from lambdas.harvest.sources import (
    AGENCY_CROSSWALK,
    CENSUS,
    ESTIMATES_2019,
    ESTIMATES_TOP_1000,
    FBI_PLACE_CODES,
    GAZETTEER_2010,
    GEOCORR_2022,
    INCORPORATED_PLACE,
    NOT_COUNTED,
    NOT_IN_A_PLACE,
)

COUNT_2020 = "Census count, 2020"
ESTIMATE_2023 = "Census estimate, vintage 2023"

RENUMBERED: Mapping[str, str] = {
    "1239075": "1239081",  # Lake Worth, Florida, became Lake Worth Beach in 2019
    "2527100": "2527060",  # Greenfield, Massachusetts, dropped «Town» from its name
    "4740240": "4764668",  # Lake City, Tennessee, became Rocky Top in 2014
}
"""Places whose GEOID changed with their name, old to new; the area stayed the same."""

MERGED: Mapping[str, str] = {"2148000": "2148006"}
"""Louisville: Geocorr splits the consolidated city's people between it and the former city."""

_NO_GOVERNMENT = frozenset({CDP, "comunidad", "zona urbana"})

_TOWN_STATES = frozenset({"CT", "MA", "ME", "NH", "NY", "RI", "VT", "WI"})
_TOWNSHIP_STATES = frozenset(
    {"IL", "IN", "KS", "MI", "MN", "MO", "NE", "NJ", "ND", "OH", "PA", "SD"}
)
"""The twenty states whose county subdivisions govern themselves.

Source:
    Census Bureau, Census of Governments 2017, "Township governments". Iowa's townships, which the
    list of names has too, are subordinate to their counties.
"""

BOUNDARY_CHANGE = 0.10
"""From which difference on a place of 2010 is another one than that of today, in people."""

_M2_PER_KM2 = 1_000_000


@dataclass(slots=True)
class _Part:
    """The people of one place in one county."""

    county: str
    county_name: str
    people: int


@dataclass(slots=True)
class _CensusPlace:
    """A place as the 2020 Census counted it."""

    name: str
    postal: str
    parts: list[_Part] = field(default_factory=list)


def current_geoid(geoid: str) -> str:
    """Give the GEOID that a place has today, where it was renumbered or merged."""
    return RENUMBERED.get(geoid) or MERGED.get(geoid) or geoid


def redrawn(inputs: Inputs) -> frozenset[str]:
    """Find the places whose boundaries took in, or lost, many people since 2010.

    The Census Bureau restates its count of 2010 for the boundaries of 2019. Where both differ by
    more than ``BOUNDARY_CHANGE``, figures of 2010 (the count, the area) are about another place in
    all but name: Princeton, New Jersey, took in its township in 2013.
    """
    found = set()
    for record in inputs.records(ESTIMATES_2019):
        if record["level"] == INCORPORATED_PLACE and record["census_2010"] != NOT_COUNTED:
            counted, restated = whole(record["census_2010"]), whole(record["base_2010"])
            if counted is None or restated is None:
                continue
            if abs(restated - counted) > BOUNDARY_CHANGE * counted:
                found.add(current_geoid(place_geoid(record["state"], record["place"])))
    return frozenset(found)


def conform(inputs: Inputs) -> Draft:
    """Make the register from what the Census Bureau counted, and add subdivisions that govern."""
    draft = Draft()
    census = _census_places(inputs, draft)
    counties = {
        record["county"]: county_name(record["county_name"], record["postal"], record["county"])
        for record in inputs.records(GEOCORR_2022)
    }
    rows = [
        *_place_rows(inputs, census),
        *_subdivision_rows(inputs, draft, census, {**counties, **FORMER_CONNECTICUT}),
    ]
    slugs = assign_slugs(
        (
            str(row["geoid"]),
            str(row["name"]),
            str(row["state"]),
            row["has_government"] is True,
        )
        for row in rows
    )
    for row in rows:
        draft.add({**row, "slug": slugs[str(row["geoid"])]})
    _leave_out_dissolved(inputs, draft, frozenset(census))
    return draft


def _census_places(inputs: Inputs, draft: Draft) -> dict[str, _CensusPlace]:
    found: dict[str, _CensusPlace] = {}
    for record in inputs.records(GEOCORR_2022):
        if record["place"] == NOT_IN_A_PLACE:
            continue
        geoid = place_geoid(record["state"], record["place"])
        name = record["place_name"].removesuffix(f", {record['postal']}")
        if name.isdecimal():
            draft.leave_out("dissolved since 2020: the crosswalk has its code for a name", geoid)
            continue
        if geoid in MERGED:
            draft.leave_out("former city, merged into a consolidated government", f"{name} {geoid}")
            geoid = MERGED[geoid]
        place = found.setdefault(geoid, _CensusPlace(name, record["postal"]))
        if geoid not in MERGED.values() or "(balance)" in name:
            place.name = name
        county = county_name(record["county_name"], record["postal"], record["county"])
        place.parts.append(_Part(record["county"], county, whole(record["population"]) or 0))
    return found


def _place_rows(inputs: Inputs, census: Mapping[str, _CensusPlace]) -> Iterator[Row]:
    gazetteer = {
        RENUMBERED.get(record["geoid"], record["geoid"]): record
        for record in inputs.records(GAZETTEER_2010)
    }
    newest = {
        current_geoid(record["geoid"]): whole(record["population"])
        for record in inputs.records(ESTIMATES_TOP_1000)
    }
    other_area = redrawn(inputs)
    for geoid, place in census.items():
        name, kind = split_name(place.name, place.postal)
        main = max(place.parts, key=lambda part: (part.people, part.county))
        counted = sum(part.people for part in place.parts)
        estimated = newest.get(geoid)
        population = counted if estimated is None else estimated
        governed = kind not in _NO_GOVERNMENT
        listed = gazetteer.get(geoid)
        area = None if geoid in other_area else listed
        yield {
            **_identity(geoid, name, kind),
            "has_government": governed,
            "population": population,
            "population_year": 2020 if estimated is None else 2023,
            "population_source": COUNT_2020 if estimated is None else ESTIMATE_2023,
            "location__lon": decimal(listed["lon"]) if listed else None,
            "location__lat": decimal(listed["lat"]) if listed else None,
            "land_km2": _km2(area["land_m2"]) if area else None,
            "water_km2": _km2(area["water_m2"]) if area else None,
            "tier": tier_of(population).code if governed else None,
            "county_geoid": main.county,
            "county_name": main.county_name,
        }


def _subdivision_rows(
    inputs: Inputs,
    draft: Draft,
    census: Mapping[str, _CensusPlace],
    counties: Mapping[str, str],
) -> Iterator[Row]:
    governed_names = {
        (place.postal, bare(split_name(place.name, place.postal)[0]))
        for place in census.values()
        if split_name(place.name, place.postal)[1] not in _NO_GOVERNMENT
    }
    names_in_law = _crosswalk_names(inputs)
    for geoid, listed in _listed_subdivisions(inputs, draft, census, counties).items():
        state = state_of(geoid)
        kind = listed[0].kind
        names = {bare(entry.name): entry.name for entry in listed}
        in_law = names_in_law.get(geoid)
        if in_law in names:
            names = {in_law: names[in_law]}
        example = f"{listed[0].text} {geoid}"
        if len(names) > 1:
            draft.leave_out("listed under several names, and no other source says which", example)
        elif state.postal == "MA" and (state.postal, next(iter(names))) in governed_names:
            draft.leave_out("former town that is a city today, with a GEOID of its own", example)
        else:
            yield {
                **_identity(geoid, title_case(next(iter(names.values()))), kind),
                "has_government": True,
                "county_geoid": geoid[:5],
                "county_name": counties[geoid[:5]],
            }


@dataclass(frozen=True, slots=True)
class _Listed:
    """One line of the list of names."""

    text: str
    name: str
    kind: str


def _listed_subdivisions(
    inputs: Inputs,
    draft: Draft,
    census: Mapping[str, _CensusPlace],
    counties: Mapping[str, str],
) -> Mapping[str, Sequence[_Listed]]:
    """Read the list of names; leave out what contradicts itself."""
    found: dict[str, list[_Listed]] = defaultdict(list)
    for record in inputs.records(FBI_PLACE_CODES):
        geoid, text = record["geoid"], record["name"]
        example = f"{text} {geoid}"
        try:
            read_geoid(geoid)
        except PlaceInvalid:
            draft.leave_out("no GEOID of a place or county subdivision", example)
            continue
        if not is_subdivision(geoid):
            continue
        full_name, _, postal = text.rpartition(" ")
        state = state_by_postal(postal)
        name, _, said_county = full_name.partition(", ")
        county = counties.get(geoid[:5], "")
        if state is None or state.code != geoid[:2] or not county:
            draft.leave_out("GEOID of another state, or of no county", example)
        elif said_county and bare(said_county) != bare(county):
            draft.leave_out("GEOID of another county than the name says", example)
        elif state.postal not in _TOWN_STATES | _TOWNSHIP_STATES:
            draft.leave_out("subdivision without a government in its state", example)
        elif geoid[:2] + geoid[5:] in census:
            draft.leave_out("code of a city of the same name, which is in the register", example)
        elif (kind := _subdivision_kind(name, state.postal)) is None:
            draft.leave_out("name of no town or township in its state", example)
        else:
            found[geoid].append(_Listed(text, _without_kind(name), kind))
    return found


def _subdivision_kind(name: str, postal: str) -> str | None:
    last = name.rsplit(" ", 1)[-1]
    if postal in _TOWNSHIP_STATES:
        return "township" if last == "township" else None
    if last == "plantation":
        return "plantation"
    return None if last in {"village", "location", "city"} else "town"


def _without_kind(name: str) -> str:
    for kind in ("charter township", "township", "town", "plantation"):
        if name.endswith(f" {kind}"):
            return name.removesuffix(f" {kind}")
    return name


def _crosswalk_names(inputs: Inputs) -> Mapping[str, str]:
    """The bare name of each county subdivision that has a police department of its own."""
    return {
        record["state"] + record["county"] + record["place"]: bare(
            _without_kind(record["census_name"])
        )
        for record in inputs.records(AGENCY_CROSSWALK)
        if record["agency_type"] == "local police department"
    }


def _leave_out_dissolved(inputs: Inputs, draft: Draft, census: frozenset[str]) -> None:
    for record in inputs.records(ESTIMATES_2019):
        if record["level"] != INCORPORATED_PLACE:
            continue
        geoid = place_geoid(record["state"], record["place"])
        if current_geoid(geoid) not in census:
            draft.leave_out(
                "estimated until 2019, not counted in 2020: dissolved or merged",
                f"{record['name']}, {record['state_name']} {geoid}",
            )


def _identity(geoid: str, name: str, kind: str) -> Row:
    state = state_of(geoid)
    return {
        "geoid": geoid,
        "name": name,
        "kind": kind,
        "state": state.postal,
        "state_name": state.name,
    }


def _km2(square_meters: str) -> float | None:
    area = decimal(square_meters)
    return None if area is None else round(area / _M2_PER_KM2, 3)


CONNECTOR = Connector(
    dataset=Dataset(
        id=PLACES_DATASET,
        title="Places of the United States",
        description="Every city, town, village and census designated place of the 2020 Census, and "
        "the towns and townships that govern themselves, with population, area, position and "
        "county. All other datasets name places by the GEOID of this register.",
        theme=Theme.PLACES,
        key=("geoid",),
        place_field="geoid",
        publisher=CENSUS,
        source_url="https://www.census.gov/programs-surveys/geography.html",
        vintage="2020 Census; estimates of 2023; gazetteer of 2010",
        update_frequency="yearly",
        keywords=("places", "cities", "towns", "townships", "GEOID", "FIPS", "population"),
        attribution="A place lies in the county where most of its people lived in 2020.",
        notes=(
            (
                "Position and area are those of the 2010 gazetteer; a place that came to be, or "
                "was renumbered, since then has none. Neither area is given where boundaries "
                "took in or lost more than a tenth of the people since."
            ),
            (
                "Population is the 2023 estimate for the 1,000 most populous incorporated places, "
                "the 2020 count for all others. For towns and townships these files have none."
            ),
            (
                "Towns and townships come from a list of names that the FBI prints: where several "
                "townships of a state bear one name, it has one of them. Capital letters in these "
                "names are ours."
            ),
            (
                "Census designated places have a name and a boundary for statistics, and no "
                "government of their own."
            ),
            "Towns of Connecticut keep the GEOID with the county codes that were used until 2022.",
        ),
        fields=(
            Field(
                name="geoid",
                type=FieldType.TEXT,
                label="GEOID",
                description="Census identifier: 7 digits for a place, 10 for a town or township "
                "that is a county subdivision. Text, because leading zeros count.",
            ),
            Field(
                name="name",
                type=FieldType.TEXT,
                label="Name",
                description="Name without the legal kind.",
            ),
            Field(
                name="kind",
                type=FieldType.TEXT,
                label="Legal kind",
                description="City, town, village, township, CDP (census designated place) …",
                facet=True,
            ),
            Field(
                name="state",
                type=FieldType.TEXT,
                label="State",
                description="Postal abbreviation of the state.",
                facet=True,
            ),
            Field(
                name="state_name",
                type=FieldType.TEXT,
                label="State name",
                description="Name of the state.",
                facet=True,
            ),
            Field(
                name="slug",
                type=FieldType.TEXT,
                label="Address",
                description="Address of the place's portal: state and name; the GEOID is appended "
                "where several places of a state bear the name.",
            ),
            Field(
                name="has_government",
                type=FieldType.BOOLEAN,
                label="Has a government",
                description="No for census designated places.",
                facet=True,
            ),
            Field(
                name="population",
                type=FieldType.INT,
                label="Population",
                description="Newest count or estimate of the Census Bureau in these files.",
                unit="people",
            ),
            Field(
                name="population_year",
                type=FieldType.INT,
                label="Population year",
                description="Year that the population speaks of (1 April of a count, 1 July of an "
                "estimate).",
            ),
            Field(
                name="population_source",
                type=FieldType.TEXT,
                label="Population source",
                description="Count or estimate, with its vintage.",
                facet=True,
            ),
            Field(
                name="location",
                type=FieldType.GEO_POINT,
                label="Position",
                description="Internal point of the 2010 gazetteer, degrees WGS 84.",
            ),
            Field(
                name="land_km2",
                type=FieldType.DOUBLE,
                label="Land area",
                description="Land area in the 2010 gazetteer.",
                unit="km²",
            ),
            Field(
                name="water_km2",
                type=FieldType.DOUBLE,
                label="Water area",
                description="Water area in the 2010 gazetteer.",
                unit="km²",
            ),
            Field(
                name="tier",
                type=FieldType.TEXT,
                label="Population tier",
                description="Band of population by which a portal is priced; places with a "
                "government and a known population have one.",
                facet=True,
            ),
            Field(
                name="county_geoid",
                type=FieldType.TEXT,
                label="County GEOID",
                description="County, or what stands in for one, where most of the place's people "
                "lived in 2020.",
            ),
            Field(
                name="county_name",
                type=FieldType.TEXT,
                label="County",
                description="Name of that county.",
            ),
        ),
    ),
    sources=(
        GEOCORR_2022,
        ESTIMATES_2019,
        GAZETTEER_2010,
        ESTIMATES_TOP_1000,
        FBI_PLACE_CODES,
        AGENCY_CROSSWALK,
    ),
    conform=conform,
)
