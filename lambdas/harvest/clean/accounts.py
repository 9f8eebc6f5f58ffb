"""One chart of accounts for local governments, to which every publisher's lines are mapped.

It groups the functions and revenues of the Census of Governments, so that what a city prints in a
line of its own («Culture and Recreation») finds one place. Where a city's line spans several
accounts, or none is certain, the line is not mapped: it counts as other.

Source:
    Census Bureau, "Government Finance and Employment Classification Manual" (2006), chapters 4 and
    5. It counts neither repaid debt nor transfers between funds; cities print both, so they have
    accounts of their own here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Side(StrEnum):
    """Whether money leaves or comes in."""

    SPENDING = "spending"
    REVENUE = "revenue"


@dataclass(frozen=True, slots=True)
class Account:
    """One account.

    Attributes:
        label: what people read.
        description: what belongs into it.
        side: whether money leaves or comes in.
        within: the account that it is a part of; empty for one that counts toward the total.
    """

    label: str
    description: str
    side: Side = Side.SPENDING
    within: str = ""


OTHER: Mapping[Side, str] = {Side.SPENDING: "other_spending", Side.REVENUE: "other_revenue"}
"""Where lines count that are not mapped."""

TOTAL = "total"
"""What a publisher's own sum is mapped to."""

ACCOUNTS: Mapping[str, Account] = {
    "general_government": Account(
        "General government",
        "Elected officials, administration, finance, law, personnel and information technology.",
    ),
    "public_safety": Account(
        "Public safety", "Police, fire, and other protection of people and property."
    ),
    "police": Account("Police", "Police protection.", within="public_safety"),
    "fire": Account("Fire", "Fire protection and ambulances.", within="public_safety"),
    "education": Account("Schools", "Public schools that the government itself pays for."),
    "public_works": Account("Public works", "Streets, sewers and waste."),
    "health_and_welfare": Account("Health and welfare", "Health and human services."),
    "culture_and_recreation": Account("Culture and recreation", "Libraries, parks and culture."),
    "housing_and_development": Account(
        "Housing and development", "Housing, planning, building permits, economic development."
    ),
    "benefits_and_insurance": Account(
        "Benefits and insurance",
        "Pensions, health insurance of employees and other costs that are not charged to a "
        "department.",
    ),
    "payments_to_governments": Account(
        "Payments to other governments", "Assessments by state, county, region and districts."
    ),
    "debt_service": Account("Debt service", "Debt that is repaid, and interest."),
    "capital_outlay": Account("Capital projects", "Buildings, roads and equipment."),
    "other_spending": Account(
        "Other spending", "Lines that belong to several accounts, or to none with certainty."
    ),
    "property_tax": Account("Property tax", "Taxes on real and personal property.", Side.REVENUE),
    "sales_tax": Account("Sales tax", "General tax on sales.", Side.REVENUE),
    "other_taxes": Account(
        "Other taxes",
        "Taxes on hotels, utilities, businesses, parking and transfers of real estate.",
        Side.REVENUE,
    ),
    "from_governments": Account(
        "From other governments", "Aid, grants and shares of taxes.", Side.REVENUE
    ),
    "charges_and_fines": Account(
        "Charges, licenses and fines", "What users of services and offenders pay.", Side.REVENUE
    ),
    "transfers": Account(
        "Transfers", "Between the government's own funds, and from its savings.", Side.REVENUE
    ),
    "other_revenue": Account(
        "Other revenue",
        "Lines that belong to several accounts, or to none with certainty.",
        Side.REVENUE,
    ),
}
"""Every account, in the order in which people read them."""


def accounts_of(side: Side) -> tuple[str, ...]:
    """The accounts of a side that add up to its total."""
    return tuple(
        name for name, account in ACCOUNTS.items() if account.side is side and not account.within
    )
