"""Who publishes: a member of the city's staff, as a verified token names them.

API Gateway has checked the token before we see its claims. Groups of the pool are called
``{geoid}:{role}``; who is in none of this city's groups may do nothing here, whoever they are.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from citylake.errors import AccessRefused

_GROUPS = "cognito:groups"
_BETWEEN = re.compile(r"[\s,]+")


class Role(StrEnum):
    """What a member of staff may do. Both publish, restore and share; an admin makes keys, too."""

    EDITOR = "editor"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    """A member of a city's staff.

    Attributes:
        id: names them within the pool, for good.
        role: what they may do.
    """

    id: str
    role: Role


def read_staff(claims: Mapping[str, Any], geoid: str) -> Staff:
    """Say who asks, from the claims of their token.

    Args:
        claims: of a token that was verified. A list comes as text:
            ``[3719000:editor 0807850:admin]``.
        geoid: the city.

    Raises:
        AccessRefused: the token names nobody, or nobody of this city's staff.
    """
    subject = claims.get("sub")
    if not isinstance(subject, str) or not subject:
        raise AccessRefused("The token names nobody: expected one of this platform's sign-in.")
    groups = _groups(claims.get(_GROUPS, ""))
    for role in reversed(Role):
        if f"{geoid}:{role}" in groups:
            return Staff(id=subject, role=role)
    roles = " or ".join(f"{geoid}:{role}" for role in Role)
    raise AccessRefused(f"You are not of this city's staff: expected to find you in {roles}.")


def _groups(told: object) -> frozenset[str]:
    if isinstance(told, str):
        return frozenset(_BETWEEN.split(told.strip().removeprefix("[").removesuffix("]").strip()))
    return frozenset(map(str, told)) if isinstance(told, list) else frozenset()
