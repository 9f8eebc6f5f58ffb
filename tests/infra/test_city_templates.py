"""The two templates that every city deploys."""

import json
import re

import pytest

from citylake.tiers import TIERS
from tests.infra.assembly import BOULDER, DURHAM, PLATFORM, Assembly, city_stacks

FACTS = {"Geoid", "Slug", "Tier", "Domain", "Features"}
KINDS = (0, 1)


@pytest.mark.parametrize("kind", KINDS, ids=["data", "service"])
def test_the_templates_of_two_cities_are_equal_to_the_byte(assembly: Assembly, kind: int) -> None:
    durham, boulder = (assembly.text(city_stacks(geoid)[kind]) for geoid in (DURHAM, BOULDER))

    assert durham == boulder == assembly.text(f"city/{city_stacks('template')[kind]}")


@pytest.mark.parametrize("kind", KINDS, ids=["data", "service"])
def test_a_template_names_no_city(assembly: Assembly, kind: int) -> None:
    text = assembly.text(city_stacks(DURHAM)[kind])

    assert DURHAM not in text
    assert "durham" not in text.lower()


@pytest.mark.parametrize("kind", KINDS, ids=["data", "service"])
def test_the_facts_of_a_city_are_parameters_and_the_platforms_are_looked_up(
    assembly: Assembly, kind: int
) -> None:
    parameters = assembly.template(city_stacks(DURHAM)[kind])["Parameters"]

    given = {name: each for name, each in parameters.items() if name not in FACTS}
    assert set(parameters) >= FACTS
    assert {each["Type"] for each in given.values()} == {"AWS::SSM::Parameter::Value<String>"}
    assert all(each["Default"].startswith("/citylake/") for each in given.values())


def test_a_deployment_by_hand_fills_the_facts_in(assembly: Assembly) -> None:
    held = [assembly.artifact(stack)["parameters"] for stack in city_stacks(BOULDER)]

    assert held == 2 * [
        {
            "Geoid": "0807850",
            "Slug": "co/boulder",
            "Tier": "pop_t08",
            "Domain": "data.boulder.example.gov",
            "Features": "",
        }
    ]


def test_the_stacks_of_a_city_are_tagged_with_it(assembly: Assembly) -> None:
    tags = [assembly.artifact(stack)["tags"] for stack in city_stacks(DURHAM)]

    assert tags == 2 * [{"citylake:city": DURHAM}]


def test_a_citys_bucket_carries_the_tag_itself(assembly: Assembly) -> None:
    (bucket,) = (
        resource
        for resource in assembly.template(city_stacks(DURHAM)[0])["Resources"].values()
        if resource["Type"] == "AWS::S3::Bucket"
    )

    assert {"Key": "citylake:city", "Value": {"Ref": "Geoid"}} in bucket["Properties"]["Tags"]


def test_the_fleet_uploads_all_that_the_templates_name(assembly: Assembly) -> None:
    uploaded = {
        destination["objectKey"]
        for asset in assembly.assets("Citylake-Fleet").values()
        for destination in asset["destinations"].values()
    }

    named = {
        key
        for kind in KINDS
        for key in re.findall(r"\b[0-9a-f]{64}\.[a-z]+\b", assembly.text(city_stacks(DURHAM)[kind]))
    }
    assert named, "the service has functions, and functions have code"
    assert named <= uploaded


def test_the_fleet_starts_from_the_templates_that_a_deployment_by_hand_uses(
    assembly: Assembly,
) -> None:
    (fleet,) = (
        resource["Properties"]["Environment"]["Variables"]
        for _, _, resource in assembly.kinds("AWS::Lambda::Function")
        if "CITYLAKE_DATA_TEMPLATE" in resource["Properties"]["Environment"]["Variables"]
    )

    for variable, stack in zip(
        ("CITYLAKE_DATA_TEMPLATE", "CITYLAKE_SERVICE_TEMPLATE"), city_stacks(DURHAM), strict=True
    ):
        key = assembly.artifact(stack)["stackTemplateAssetObjectUrl"].rpartition("/")[2]
        assert fleet[variable]["Fn::Sub"].endswith(f"/{key}")
        assert fleet[variable]["Fn::Sub"].startswith("https://s3.")


def test_what_the_fleet_uploads_is_there(assembly: Assembly) -> None:
    sources = [asset["source"]["path"] for asset in assembly.assets("Citylake-Fleet").values()]

    assert [path for path in sources if not (assembly.folder / path).exists()] == []


def test_a_tier_is_one_of_the_table(assembly: Assembly) -> None:
    parameters = assembly.template(city_stacks(DURHAM)[1])["Parameters"]

    assert parameters["Tier"]["AllowedValues"] == [tier.code for tier in TIERS]


@pytest.mark.parametrize(
    ("fact", "value", "is_taken"),
    [
        ("Geoid", "3719000", True),
        ("Geoid", "0900152460", True),
        ("Geoid", "371900", False),
        ("Geoid", "3719000x", False),
        ("Slug", "nc/durham", True),
        ("Slug", "nc/durham/x", False),
        ("Domain", "", True),
        ("Domain", "data.example.gov", True),
        ("Domain", "data.example.gov/x", False),
        ("Domain", "Data.example.gov", False),
        ("Domain", "-data.example.gov", False),
        ("Domain", "localhost", False),
    ],
)
def test_cloudformation_refuses_what_is_no_fact(
    assembly: Assembly, fact: str, value: str, is_taken: bool
) -> None:
    pattern = assembly.template(city_stacks(DURHAM)[1])["Parameters"][fact]["AllowedPattern"]

    assert bool(re.fullmatch(pattern, value)) == is_taken


def test_a_city_without_a_domain_has_nothing_at_the_edge(assembly: Assembly) -> None:
    template = assembly.template(city_stacks(DURHAM)[1])
    tenants = [
        each
        for each in template["Resources"].values()
        if each["Type"] == "AWS::CloudFront::DistributionTenant"
    ]

    assert [each["Condition"] for each in tenants] == ["HasDomain"]
    assert template["Conditions"]["HasDomain"] == {
        "Fn::Not": [{"Fn::Equals": [{"Ref": "Domain"}, ""]}]
    }


def test_one_more_city_is_two_more_stacks_and_no_more_templates(assembly: Assembly) -> None:
    assert assembly.stacks() == sorted([*PLATFORM, *city_stacks(DURHAM), *city_stacks(BOULDER)])
    assert len(list((assembly.folder / "city").glob("*.template.json"))) == 2


def test_templates_stay_far_below_cloudformations_limits(assembly: Assembly) -> None:
    sizes = {stack: len(assembly.text(stack)) for stack in assembly.stacks()}
    counts = {stack: len(assembly.template(stack)["Resources"]) for stack in assembly.stacks()}

    assert max(sizes.values()) < 500_000  # of 1,000,000
    assert max(counts.values()) < 250  # of 500


def test_no_stack_asks_for_more_than_its_template(assembly: Assembly) -> None:
    """Lookups and contexts would make a synthesis depend on who does it where."""
    manifest = json.loads((assembly.folder / "manifest.json").read_text())

    assert manifest.get("missing") is None
