"""The nine divisions of the United States, and the four regions that they make up.

Source:
    Census Bureau, "Census Regions and Divisions of the United States",
    https://www2.census.gov/geo/pdfs/maps-data/maps/reference/us_regdiv.pdf.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from lambdas.portal.translations import noted


@dataclass(frozen=True, slots=True)
class Division:
    """A group of neighboring states, and the region that it belongs to."""

    name: str
    region: str


_DIVISIONS: Mapping[Division, str] = {
    Division(noted("New England"), noted("Northeast")): "CT ME MA NH RI VT",
    Division(noted("Middle Atlantic"), noted("Northeast")): "NJ NY PA",
    Division(noted("East North Central"), noted("Midwest")): "IL IN MI OH WI",
    Division(noted("West North Central"), noted("Midwest")): "IA KS MN MO NE ND SD",
    Division(noted("South Atlantic"), noted("South")): "DE DC FL GA MD NC SC VA WV",
    Division(noted("East South Central"), noted("South")): "AL KY MS TN",
    Division(noted("West South Central"), noted("South")): "AR LA OK TX",
    Division(noted("Mountain"), noted("West")): "AZ CO ID MT NV NM UT WY",
    Division(noted("Pacific"), noted("West")): "AK CA HI OR WA",
}

_BY_STATE: Mapping[str, Division] = {
    state: division for division, states in _DIVISIONS.items() for state in states.split()
}


def division_of(state: str) -> Division | None:
    """The division that a state is in, by its postal abbreviation; Puerto Rico is in none."""
    return _BY_STATE.get(state)
