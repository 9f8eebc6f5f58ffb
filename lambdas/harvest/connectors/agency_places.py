"""Which place each law enforcement agency belongs to, and which ones cannot be told."""

from collections import Counter
from collections.abc import Mapping
from enum import StrEnum

from citylake.datasets import Dataset, Field, FieldType, Theme
from citylake.places import PLACES_DATASET
from lambdas.harvest.clean.names import bare, split_name
from lambdas.harvest.clean.numbers import whole
from lambdas.harvest.clean.states import State, state_by_postal, state_of
from lambdas.harvest.connectors.place_counties import PLACE_COUNTIES_DATASET
from lambdas.harvest.model import Connector, Copy, Draft, Inputs, Record, Row, Source
from lambdas.harvest.protocols import JsonFile
from lambdas.harvest.sources import AGENCY_CROSSWALK

_LOCAL_POLICE = "local police department"
_WHOLE_COUNTY = "99"
_CITY = "City"


class Certainty(StrEnum):
    """Whether an agency is a place's own."""

    CERTAIN = "certain"
    UNCERTAIN = "uncertain"
    OTHER_AREA = "other area"


_ADDRESS = "https://cde.ucr.cjis.gov/LATEST/webapp/#/pages/explorer/crime/crime-trend"

AGENCIES_2018 = Source(
    id="fbi-agencies-2018",
    publisher="Federal Bureau of Investigation, Crime Data Explorer",
    address=_ADDRESS,
    vintage="2018",
    fetchable=False,
    protocol=JsonFile(
        address=_ADDRESS,
        levels=("state", "ori"),
        fields={
            "agency_name": "agency_name",
            "agency_type": "agency_type_name",
            "county_name": "primary_county",
            "months_reported": "months_reported",
        },
    ),
    copy=Copy(
        path="crime/cde_agencies_by_state_2018.json.gz",
        copied_from="github.com/fbi-cde/crime-data-frontend "
        "public/data/agencies-by-state.json.gz @ddbd3077f8",
        note="Agencies by state and ORI, with type and county, without a code of the place. The "
        "FBI writes NB for Nebraska in ORIs.",
    ),
)

SOURCES = (AGENCY_CROSSWALK, AGENCIES_2018)


def conform(inputs: Inputs) -> Draft:
    """Hold both lists against each other and against the register."""
    draft = Draft()
    listed = {record["ori"]: record for record in inputs.records(AGENCIES_2018)}
    crosswalk: dict[str, Record] = {}
    for record in inputs.records(AGENCY_CROSSWALK):
        if record["ori"]:
            crosswalk[record["ori"]] = record
        else:
            draft.leave_out(
                "agency of the crosswalk without an ORI of nine characters",
                f"{record['agency_name'] or 'without a name'}, state {record['state']}",
            )
    relations = _Relations(inputs, crosswalk, listed)
    for ori in sorted(crosswalk.keys() | listed.keys()):
        known, named = crosswalk.get(ori), listed.get(ori)
        state = _state(known, named)
        if state is None:
            draft.leave_out("agency outside of the states, DC and Puerto Rico", ori)
            continue
        place, certainty, reason = relations.place_of(known, named)
        county = _county(known)
        draft.add(
            {
                "ori": ori,
                "agency_name": (named or known or {}).get("agency_name"),
                "agency_type": named["agency_type"] if named else None,
                "crosswalk_type": (known["agency_type"] or None) if known else None,
                "state": state.postal,
                "county_geoid": county,
                "county_name": relations.counties.get(county or ""),
                "geoid": str(place["geoid"]) if place else None,
                "place_name": str(place["name"]) if place else None,
                "certainty": certainty.value,
                "reason": reason,
                "months_reported_2018": whole(named["months_reported"]) if named else None,
            }
        )
    return draft


class _Relations:
    """What an agency's place is looked up in."""

    def __init__(
        self, inputs: Inputs, crosswalk: Mapping[str, Record], listed: Mapping[str, Record]
    ) -> None:
        self._places = {str(row["geoid"]): row for row in inputs.rows(PLACES_DATASET)}
        self.counties = {
            str(row["county_geoid"]): str(row["county_name"])
            for row in inputs.rows(PLACE_COUNTIES_DATASET)
        }
        departments = (
            self._place_coded(record)
            for ori, record in crosswalk.items()
            if record["agency_type"] == _LOCAL_POLICE
            and (ori not in listed or listed[ori]["agency_type"] == _CITY)
        )
        self._departments = Counter(str(place["geoid"]) for place in departments if place)

    def place_of(
        self, known: Record | None, named: Record | None
    ) -> tuple[Row | None, Certainty, str]:
        """Find an agency's place, say how certain it is, and why."""
        if known is None:
            if named is not None and named["agency_type"] == _CITY:
                return None, Certainty.UNCERTAIN, "newer than the crosswalk of 2012: no place code"
            return None, Certainty.OTHER_AREA, "not a city's own police"
        if known["agency_type"] != _LOCAL_POLICE or known["place"].startswith(_WHOLE_COUNTY):
            return None, Certainty.OTHER_AREA, "not a city's own police"
        place = self._place_coded(known)
        if place is None:
            return None, Certainty.UNCERTAIN, "its code is that of no place of its name today"
        if named is None:
            return None, Certainty.UNCERTAIN, "not in the FBI's list of 2018"
        if named["agency_type"] != _CITY:
            return None, Certainty.UNCERTAIN, "the FBI's list of 2018 has it as another kind"
        if self._departments[str(place["geoid"])] > 1:
            return None, Certainty.UNCERTAIN, "several police departments have the place's code"
        return place, Certainty.CERTAIN, "both lists, the place's code and its name agree"

    def _place_coded(self, record: Record) -> Row | None:
        """The place whose code and name the crosswalk gives, be it a place or a town."""
        state, county, code = record["state"], record["county"], record["place"]
        for geoid in (state + code, state + county + code):
            place = self._places.get(geoid)
            if place is not None and _is_named(record["census_name"], place):
                return place
        return None


def _is_named(census_name: str, place: Row) -> bool:
    name = census_name.removesuffix(" charter township").removesuffix(" township")
    bearer = bare(str(place["name"]))
    return bearer in {bare(name), bare(split_name(name, str(place["state"]))[0])}


def _state(known: Record | None, named: Record | None) -> State | None:
    if named is not None:
        return state_by_postal(named["state"])
    return state_of(known["state"]) if known is not None and known["state"] else None


def _county(known: Record | None) -> str | None:
    if known is None or not known["county"]:
        return None
    return known["state"] + known["county"]


CONNECTOR = Connector(
    dataset=Dataset(
        id="agency-places",
        title="Police agencies and their places",
        description="Every law enforcement agency that has a number with the FBI, and the place "
        "whose own police it is, where that is certain. The uncertain ones are listed with the "
        "reason.",
        theme=Theme.SAFETY,
        key=("ori",),
        place_field="geoid",
        publisher="Bureau of Justice Statistics; Federal Bureau of Investigation",
        source_url=AGENCY_CROSSWALK.address,
        vintage="crosswalk of 2012, list of 2018",
        update_frequency="now and then",
        keywords=("police", "sheriff", "agency", "ORI", "crosswalk"),
        attribution="An agency belongs to a place where the crosswalk of 2012 gives it the place's "
        "code and name as its only police department, and the FBI's list of 2018 has it as a "
        "city's.",
        absence="No agency belongs to {place} with certainty: its sheriff or state may police it, "
        "or the lists contradict each other.",
        notes=(
            (
                "Sheriffs, state police, campuses, railroads and parks are listed without a place: "
                "the crosswalk gives many of them the code of the city where their office stands."
            ),
            "An agency that is listed may have been dissolved since.",
        ),
        fields=(
            Field(
                name="ori",
                type=FieldType.TEXT,
                label="ORI",
                description="The FBI's number of the agency, nine characters.",
            ),
            Field(
                name="agency_name",
                type=FieldType.TEXT,
                label="Agency",
                description="Name of the agency, of 2018 where that list has it.",
            ),
            Field(
                name="agency_type",
                type=FieldType.TEXT,
                label="Kind",
                description="Kind of agency in the FBI's list of 2018.",
                facet=True,
            ),
            Field(
                name="crosswalk_type",
                type=FieldType.TEXT,
                label="Kind in the crosswalk",
                description="Kind of agency in the crosswalk of 2012.",
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
                name="county_geoid",
                type=FieldType.TEXT,
                label="County GEOID",
                description="County in the crosswalk of 2012.",
            ),
            Field(
                name="county_name",
                type=FieldType.TEXT,
                label="County",
                description="Name of that county.",
            ),
            Field(
                name="geoid",
                type=FieldType.TEXT,
                label="GEOID",
                description="Place whose own police it is; empty where that is not certain.",
            ),
            Field(
                name="place_name",
                type=FieldType.TEXT,
                label="Place",
                description="Name of that place.",
            ),
            Field(
                name="certainty",
                type=FieldType.TEXT,
                label="Certainty",
                description="Certain; uncertain; or another area than a place.",
                facet=True,
            ),
            Field(
                name="reason",
                type=FieldType.TEXT,
                label="Reason",
                description="Why it is certain, or why not.",
                facet=True,
            ),
            Field(
                name="months_reported_2018",
                type=FieldType.INT,
                label="Months reported",
                description="Months of 2018 for which the agency reported offenses.",
                unit="months",
            ),
        ),
    ),
    sources=SOURCES,
    conform=conform,
    needs=(PLACES_DATASET, PLACE_COUNTIES_DATASET),
)
