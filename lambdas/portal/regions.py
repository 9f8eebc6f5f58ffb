"""The nine divisions of the United States, and the four regions that they make up.

Source:
    Census Bureau, "Census Regions and Divisions of the United States",
    https://www2.census.gov/geo/pdfs/maps-data/maps/reference/us_regdiv.pdf.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Division:
    """A group of neighboring states, and the region that it belongs to."""

    name: str
    region: str


_DIVISIONS: Mapping[Division, str] = {
    Division("New England", "Northeast"): "CT ME MA NH RI VT",
    Division("Middle Atlantic", "Northeast"): "NJ NY PA",
    Division("East North Central", "Midwest"): "IL IN MI OH WI",
    Division("West North Central", "Midwest"): "IA KS MN MO NE ND SD",
    Division("South Atlantic", "South"): "DE DC FL GA MD NC SC VA WV",
    Division("East South Central", "South"): "AL KY MS TN",
    Division("West South Central", "South"): "AR LA OK TX",
    Division("Mountain", "West"): "AZ CO ID MT NV NM UT WY",
    Division("Pacific", "West"): "AK CA HI OR WA",
}

_BY_STATE: Mapping[str, Division] = {
    state: division for division, states in _DIVISIONS.items() for state in states.split()
}


def division_of(state: str) -> Division | None:
    """The division that a state is in, by its postal abbreviation; Puerto Rico is in none."""
    return _BY_STATE.get(state)
