"""Who may publish for a city, as the claims of a token say."""

from typing import Any

import pytest

from citylake.errors import AccessRefused
from lambdas.publish.staff import Role, Staff, read_staff

DURHAM = "3719000"


def claims(groups: Any) -> dict[str, Any]:
    return {"sub": "5f2c", "cognito:groups": groups}


@pytest.mark.parametrize(
    ("groups", "role"),
    [
        ("[3719000:editor]", Role.EDITOR),
        ("[3719000:admin]", Role.ADMIN),
        ("[3719000:editor 3719000:admin]", Role.ADMIN),
        ("[0807850:admin 3719000:editor]", Role.EDITOR),
        ("[0807850:admin, 3719000:editor]", Role.EDITOR),
        ("3719000:editor", Role.EDITOR),
        (["3719000:editor"], Role.EDITOR),
    ],
)
def test_staff_of_the_city_are_let_in_with_their_highest_role(groups: Any, role: Role) -> None:
    assert read_staff(claims(groups), DURHAM) == Staff(id="5f2c", role=role)


@pytest.mark.parametrize(
    "groups",
    [
        "",
        "[]",
        None,
        17,
        "[0807850:editor]",
        "[3719000:viewer]",
        "[3719000]",
        "[3719000:]",
        "[93719000:editor]",
        "[3719000:editors]",
        "[3719000:EDITOR]",
        "[[3719000:editor]]",
        {"3719000:editor": True},
    ],
)
def test_nobody_else_is(groups: Any) -> None:
    with pytest.raises(AccessRefused, match="3719000:editor or 3719000:admin"):
        read_staff(claims(groups), DURHAM)


@pytest.mark.parametrize("subject", [{}, {"sub": ""}, {"sub": 5}])
def test_a_token_that_names_nobody_lets_nobody_in(subject: dict[str, Any]) -> None:
    with pytest.raises(AccessRefused, match="names nobody"):
        read_staff({"cognito:groups": "[3719000:admin]", **subject}, DURHAM)
