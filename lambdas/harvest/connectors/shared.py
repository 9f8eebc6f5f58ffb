"""Fields that several datasets have."""

from citylake.datasets import Field, FieldType
from lambdas.harvest.model import Row

GEOID = Field(
    name="geoid",
    type=FieldType.TEXT,
    label="GEOID",
    description="Census identifier of the place, as in the register of places.",
)
PLACE_NAME = Field(
    name="place_name", type=FieldType.TEXT, label="Place", description="Name of the place."
)
STATE = Field(
    name="state",
    type=FieldType.TEXT,
    label="State",
    description="Postal abbreviation of the state.",
    facet=True,
)

ACS_YEARS = Field(
    name="vintage",
    type=FieldType.TEXT,
    label="Years",
    description="The five years in which the sample was asked.",
    facet=True,
)

FISCAL_YEAR = Field(
    name="fiscal_year",
    type=FieldType.INT,
    label="Fiscal year",
    description="Calendar year in which the fiscal year ends.",
    facet=True,
)

PLACE_FIELDS = (GEOID, PLACE_NAME, STATE)


def place_columns(place: Row) -> Row:
    """The values of these fields for a place of the register."""
    return {"geoid": place["geoid"], "place_name": place["name"], "state": place["state"]}
