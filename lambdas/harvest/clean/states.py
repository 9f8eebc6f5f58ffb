"""States, the District of Columbia and Puerto Rico: code, postal abbreviation, name.

Source:
    Census Bureau, https://www2.census.gov/geo/docs/reference/codes2020/national_state2020.txt.
    ``tests/harvest/test_clean.py`` holds the table against the publishers' files where they are.
"""

from dataclasses import dataclass

from citylake.errors import SourceChanged


@dataclass(frozen=True, slots=True)
class State:
    """One state: two-digit code, postal abbreviation, name."""

    code: str
    postal: str
    name: str


STATES: tuple[State, ...] = tuple(
    State(*line.split("|"))
    for line in """\
01|AL|Alabama
02|AK|Alaska
04|AZ|Arizona
05|AR|Arkansas
06|CA|California
08|CO|Colorado
09|CT|Connecticut
10|DE|Delaware
11|DC|District of Columbia
12|FL|Florida
13|GA|Georgia
15|HI|Hawaii
16|ID|Idaho
17|IL|Illinois
18|IN|Indiana
19|IA|Iowa
20|KS|Kansas
21|KY|Kentucky
22|LA|Louisiana
23|ME|Maine
24|MD|Maryland
25|MA|Massachusetts
26|MI|Michigan
27|MN|Minnesota
28|MS|Mississippi
29|MO|Missouri
30|MT|Montana
31|NE|Nebraska
32|NV|Nevada
33|NH|New Hampshire
34|NJ|New Jersey
35|NM|New Mexico
36|NY|New York
37|NC|North Carolina
38|ND|North Dakota
39|OH|Ohio
40|OK|Oklahoma
41|OR|Oregon
42|PA|Pennsylvania
44|RI|Rhode Island
45|SC|South Carolina
46|SD|South Dakota
47|TN|Tennessee
48|TX|Texas
49|UT|Utah
50|VT|Vermont
51|VA|Virginia
53|WA|Washington
54|WV|West Virginia
55|WI|Wisconsin
56|WY|Wyoming
72|PR|Puerto Rico""".splitlines()
)

_BY_CODE = {state.code: state for state in STATES}
_BY_POSTAL = {state.postal: state for state in STATES}
_BY_NAME = {state.name.casefold(): state for state in STATES}


def state_of(geoid: str) -> State:
    """Find the state by the first two digits of a GEOID.

    Raises:
        SourceChanged: no state has this code.
    """
    try:
        return _BY_CODE[geoid[:2]]
    except KeyError:
        raise SourceChanged(f"GEOID {geoid!r} begins with no state's code") from None


def state_by_postal(postal: str) -> State | None:
    """Find a state by its postal abbreviation, in either case."""
    return _BY_POSTAL.get(postal.upper())


def state_by_name(name: str) -> State | None:
    """Find a state by its name, in any case."""
    return _BY_NAME.get(name.strip().casefold())
