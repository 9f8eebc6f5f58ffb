"""Commuting as the Census Bureau's site hands it out: a mark, two header lines, all in quotes."""

from collections.abc import Mapping

COLUMNS = [f"B08006_{number:03}{kind}" for number in range(1, 52) for kind in "EM"]

BERKELEY = {
    "B08006_001E": "58917",
    "B08006_001M": "1374",
    "B08006_003E": "16048",
    "B08006_003M": "974",
    "B08006_004E": "1938",
    "B08006_004M": "352",
    "B08006_008E": "7287",
    "B08006_008M": "647",
    "B08006_014E": "2564",
    "B08006_014M": "477",
    "B08006_015E": "8031",
    "B08006_015M": "728",
    "B08006_016E": "1208",
    "B08006_016M": "261",
    "B08006_017E": "21841",
    "B08006_017M": "1283",
}
HAMLET = {
    "B08006_001E": "10",
    "B08006_001M": "14",
    "B08006_003E": "10",
    "B08006_003M": "14",
    "B08006_015M": "14",
}


def line(*values: str) -> str:
    return ",".join(f'"{value}"' for value in values) + ",\n"


def area(geoid: str, name: str, figures: Mapping[str, str]) -> str:
    return line(f"1600000US{geoid}", name, *(figures.get(column, "0") for column in COLUMNS))


TABLE = (
    "\ufeff"
    + line("GEO_ID", "NAME", *COLUMNS)
    + line("Geography", "Geographic Area Name", *(f"Estimate!!{column}" for column in COLUMNS))
    # The register of the samples has none of California: two of its places stand in.
    + area("3719000", "Durham city, North Carolina", BERKELEY)
    + area("5578660", "Superior village, Wisconsin", HAMLET)
    + area("0600786", "Alderpoint CDP, California", {})
    + area("0100124", "Abbeville city, Alabama", {})
)

FILES = {"census/ACSDT5Y2024.B08006-Data.ca-places.csv": TABLE.encode()}
