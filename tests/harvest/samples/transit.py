"""A feed of schedules as Duke's is: tables in a folder, a file manager's leavings, a night bus."""

# ruff: noqa: E501 - lines are those of the agency

import io
import zipfile
from collections.abc import Mapping

TABLES: Mapping[str, str] = {
    "agency": "agency_id,agency_url,agency_name,agency_timezone\n240,http://x.example,Duke Transit,America/New_York\n",
    "calendar": "service_id,monday\nwk,1\n",
    "stops": (
        "stop_id,stop_name,stop_lat,stop_lon,location_type\n"
        "s1,Swift Ave,36.0,-78.9,0\n"
        "s2,Exclave St,36.0,-78.7,\n"
        "s3,Hole Rd,36.05,-78.95,0\n"
        "s4,Edge Rd,36.0,-78.80003,0\n"
        "s5,Nobody Calls,36.01,-78.91,0\n"
        "st,Station,36.0,-78.9,1\n"
    ),
    "routes": (
        "route_id,route_short_name,route_long_name,route_type\n"
        "r1,C1,East-West,3\n"
        "r2,,Robertson Scholars,3\n"
        "r3,X,Out of Town,2\n"
    ),
    "trips": "route_id,service_id,trip_id\nr1,wk,t1\nr1,wk,t2\nr2,wk,t3\nr3,wk,t4\n",
    "stop_times": (
        "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
        "t1,7:05:00,7:06:00,s1,1\n"
        "t1,,,s1,2\n"
        "t1,07:20:00,07:20:00,s3,3\n"
        "t2,24:50:00,25:05:00,s1,1\n"
        "t3,08:00:00,08:00:00,s1,1\n"
        "t3,08:30:00,08:30:00,s2,2\n"
        "t4,09:00:00,09:00:00,s3,1\n"
    ),
    "runcut": "not,of,the,specification\n",
}  # fmt: skip


def archive(tables: Mapping[str, str], folder: str = "", mark: str = "") -> bytes:
    """Pack tables as an agency does."""
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as writer:
        for name, text in tables.items():
            writer.writestr(f"{folder}{name}.txt", (mark + text).encode())
        if folder:
            writer.writestr(f"__MACOSX/{folder}._stops.txt", b"\x00\x05\x16\x07")
            writer.writestr(f"{folder}.DS_Store", b"\x00")
    return body.getvalue()


FILES = {
    "transit/gtfs_duke_university_durham_nc.zip": archive(TABLES, folder="duke/", mark="\ufeff")
}
