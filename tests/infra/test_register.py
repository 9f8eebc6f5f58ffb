"""Facts of a city that is deployed by hand come from the register, or it is not deployed."""

from pathlib import Path

import duckdb
import pytest

from citylake.errors import PlaceInvalid
from infra.app import Choices
from infra.code import Target
from infra.facts import City
from infra.register import city


@pytest.fixture
def register(tmp_path: Path) -> Path:
    path = tmp_path / "places.parquet"
    duckdb.execute(
        f"""
        copy (
            from (values
                ('0100001', 'Small', 'AL', 'al/small', true, 24999),
                ('0100002', 'Edge', 'AL', 'al/edge', true, 25000),
                ('0100003', 'Ungoverned', 'AL', 'al/ungoverned', false, 30000),
                ('0100004', 'Uncounted', 'AL', 'al/uncounted', true, null),
                ('0100005', 'Large', 'AL', 'al/large', true, 1000000)
            ) places(geoid, name, state, slug, has_government, population)
        ) to '{path}'
        """
    )
    return path


def test_a_citys_slug_and_tier_are_looked_up(register: Path) -> None:
    assert city("0100001", register=register) == City(
        geoid="0100001", slug="al/small", tier="pop_t01"
    )
    assert city("0100002", domain="data.example.gov", register=register) == City(
        geoid="0100002", slug="al/edge", tier="pop_t02", domain="data.example.gov"
    )


@pytest.mark.parametrize(
    ("geoid", "reason"),
    [
        ("durham", "expected 7 digits"),
        ("0199999", "no place has the GEOID 0199999"),
        ("0100003", r"Ungoverned, AL \(0100003\) has no government"),
        ("0100004", r"the population of Uncounted, AL \(0100004\) is not known"),
        ("0100005", "private offer"),
    ],
)
def test_who_cannot_subscribe_is_refused_with_the_reason(
    register: Path, geoid: str, reason: str
) -> None:
    with pytest.raises(PlaceInvalid, match=reason):
        city(geoid, register=register)


def test_context_chooses_region_machine_schedule_and_cities() -> None:
    chosen = Choices.from_context(
        {
            "region": "us-west-2",
            "target": "host",
            "schedule": "off",
            "city": "3719000, 0807850=data.example.gov",
        }
    )

    assert (chosen.region, chosen.target, chosen.is_scheduled) == ("us-west-2", Target.HOST, False)
    assert [(each.slug, each.domain) for each in chosen.cities] == [
        ("nc/durham", ""),
        ("co/boulder", "data.example.gov"),
    ]


def test_nothing_chosen_is_the_platform_in_virginia_on_arm() -> None:
    assert Choices.from_context({}) == Choices()
    assert (Choices().region, Choices().target, Choices().cities) == (
        "us-east-1",
        Target.ARM64,
        (),
    )
