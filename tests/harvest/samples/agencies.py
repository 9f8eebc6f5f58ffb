"""The FBI's list of agencies: by state and number, nested and zipped."""

import gzip
import json


def agency(name: str, kind: str, months: int | None = 12) -> dict[str, object]:
    return {
        "agency_name": name,
        "agency_type_name": kind,
        "icpsr_lat": None,
        "icpsr_lng": None,
        "months_reported": months,
        "nibrs_months_reported": 0,
        "past_10_years_reported": 10,
        "primary_county": "Greene",
    }


LIST = {
    "CT": {"CT0006400": agency("Hartford Police Department", "City")},
    "NH": {"NH0090600": agency("Durham Police Department", "City", None)},
    "NY": {
        "NY0195100": agency("Durham Town Police Department", "County"),
        "NY0190000": agency("Greene County Sheriff's Office", "County"),
        "NY0199900": agency("Village of Catskill Police Department", "City"),
        "NY0199800": agency("Greene County Conrail Railroad", "Other"),
    },
    "PA": {"PA0230000": agency("Springfield Township Police Department", "City")},
    "VI": {"VI0010000": agency("Virgin Islands Police", "Other")},
}

FILES = {
    "crime/cde_agencies_by_state_2018.json.gz": gzip.compress(json.dumps(LIST).encode(), mtime=0)
}
