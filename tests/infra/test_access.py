"""Least privilege, evaluated: what each function may do, and above all what it may not.

Every function's role is taken from the synthesised templates with every name filled in, and asked.
"""

import pytest

from tests.infra.assembly import BOULDER, DURHAM, PLATFORM, Assembly, city_stacks
from tests.infra.cloud import BOUNDARY, NATIONAL, Cloud, bucket_of
from tests.infra.policies import ACCOUNT, REGION, Role, listed

ARCHIVE = "arn:aws:s3:::citylake-fleet-archive"
GLUE = f"arn:aws:glue:{REGION}:{ACCOUNT}"
PUBLIC = ("lake.json", "catalog/x.json", "releases/x/y/z.json", "warehouse/x/1.parquet")
HIDDEN = ("raw/x", "quarantine/x/y/z.jsonl", "inbox/1/trees.csv", "runs/1/x.json", "uploads/1.json")


@pytest.fixture(scope="session")
def cloud(assembly: Assembly) -> Cloud:
    return Cloud(assembly)


@pytest.mark.parametrize(("own", "other"), [(DURHAM, BOULDER), (BOULDER, DURHAM)])
def test_no_function_of_a_city_touches_another_citys_bucket(
    cloud: Cloud, own: str, other: str
) -> None:
    asked = [
        (action, f"{bucket_of(other)}{key}")
        for key in ("", "/lake.json", "/catalog/x.json", "/exports/x", "/inbox/1/x", "/warehouse/x")
        for action in (
            "s3:GetObject",
            "s3:PutObject",
            "s3:DeleteObject",
            "s3:ListBucket",
            "s3:GetObjectVersion",
            "s3:PutBucketPolicy",
            "s3:DeleteBucket",
        )
    ]
    allowed = [
        (name, *each)
        for name, role in cloud.functions(city_stacks(own)[1])
        for each in asked
        if role.may(*each)
    ]

    assert allowed == []


@pytest.mark.parametrize(("own", "other"), [(DURHAM, BOULDER), (BOULDER, DURHAM)])
def test_no_function_of_a_city_touches_another_citys_tables_or_changes_the_national_ones(
    cloud: Cloud, own: str, other: str
) -> None:
    changes, looks = ("glue:UpdateTable", "glue:CreateTable"), ("glue:GetTable", "glue:GetDatabase")
    asked = [
        (action, f"{GLUE}:{kind}")
        for database, actions in (
            (f"city_{other}", (*changes, *looks)),
            ("national_raw", (*changes, *looks)),
            ("national", changes),
        )
        for kind in (f"database/{database}", f"table/{database}/trees")
        for action in actions
    ]
    allowed = [
        (name, *each)
        for name, role in cloud.functions(city_stacks(own)[1])
        for each in asked
        if role.may(*each)
    ]

    assert allowed == []


@pytest.mark.parametrize("name", ["Read", "Export"])
@pytest.mark.parametrize(
    ("stack", "own", "workgroup"),
    [
        (city_stacks(DURHAM)[1], f"city_{DURHAM}", f"city-{DURHAM}"),
        ("Citylake-Showcase", "national", "citylake-national"),
    ],
    ids=["city", "showcase"],
)
def test_who_answers_people_queries_tables_in_its_own_workgroup(
    cloud: Cloud, name: str, stack: str, own: str, workgroup: str
) -> None:
    role = cloud.role(stack, name)
    groups = f"arn:aws:athena:{REGION}:{ACCOUNT}:workgroup"

    for database in (own, "national"):
        assert role.may("glue:GetTable", f"{GLUE}:table/{database}/trees")
        assert not role.may("glue:UpdateTable", f"{GLUE}:table/{database}/trees")
    for action in ("Start", "Stop", "Get"):
        assert role.may(f"athena:{action}QueryExecution", f"{groups}/{workgroup}")
        assert not role.may(f"athena:{action}QueryExecution", f"{groups}/city-{BOULDER}")
    assert not role.may("athena:UpdateWorkGroup", f"{groups}/{workgroup}")


@pytest.mark.parametrize("stack", [stack for stack in PLATFORM if stack != "Citylake-Fleet"])
def test_no_function_of_the_platform_but_the_fleets_touches_a_city(
    cloud: Cloud, stack: str
) -> None:
    asked = [
        (action, resource)
        for action in ("s3:GetObject", "s3:PutObject", "s3:ListBucket", "s3:DeleteObject")
        for resource in (bucket_of(DURHAM), f"{bucket_of(DURHAM)}/catalog/{DURHAM}.json")
    ]

    assert [
        (name, *each) for name, role in cloud.functions(stack) for each in asked if role.may(*each)
    ] == []


@pytest.mark.parametrize("name", ["Read", "Export"])
@pytest.mark.parametrize(
    ("stack", "own"),
    [(city_stacks(DURHAM)[1], bucket_of(DURHAM)), ("Citylake-Showcase", NATIONAL)],
    ids=["city", "showcase"],
)
class TestWhoAnswersPeople:
    def test_reads_what_is_public(self, cloud: Cloud, name: str, stack: str, own: str) -> None:
        role = cloud.role(stack, name)

        assert [key for key in PUBLIC if not role.may("s3:GetObject", f"{own}/{key}")] == []
        assert [key for key in PUBLIC if not role.may("s3:GetObject", f"{NATIONAL}/{key}")] == []
        assert role.may("s3:ListBucket", own)

    def test_reads_nothing_that_is_hidden(
        self, cloud: Cloud, name: str, stack: str, own: str
    ) -> None:
        role = cloud.role(stack, name)

        assert [
            (bucket, key)
            for bucket in (own, NATIONAL)
            for key in HIDDEN
            if role.may("s3:GetObject", f"{bucket}/{key}")
        ] == []

    def test_writes_answers_and_nothing_else(
        self, cloud: Cloud, name: str, stack: str, own: str
    ) -> None:
        role = cloud.role(stack, name)

        keys = (*PUBLIC, *HIDDEN, "entitlement.json", "exports", "cache")
        assert [
            (action, bucket, key)
            for action in ("s3:PutObject", "s3:DeleteObject")
            for bucket in (own, NATIONAL)
            for key in keys
            if role.may(action, f"{bucket}/{key}")
        ] == []
        assert role.may("s3:PutObject", f"{own}/exports/1/trees.csv")
        assert role.may("s3:PutObject", f"{own}/cache/x")

    def test_asks_for_nothing_without_tls(
        self, cloud: Cloud, name: str, stack: str, own: str
    ) -> None:
        role = cloud.role(stack, name)
        key = f"{own}/lake.json"

        assert role.may("s3:GetObject", key)
        assert not role.may("s3:GetObject", key, aws__SecureTransport="false")
        assert not role.may("s3:GetObject", key, s3__TlsVersion="1.1")


@pytest.mark.parametrize(
    ("stack", "own"),
    [(city_stacks(DURHAM)[1], bucket_of(DURHAM)), ("Citylake-Showcase", NATIONAL)],
    ids=["city", "showcase"],
)
def test_who_lets_people_in_reads_keys_counts_calls_and_changes_no_key(
    cloud: Cloud, stack: str, own: str
) -> None:
    role = cloud.role(stack, "Read")
    keys, count = f"{own}/keys/{DURHAM}.json", f"{own}/counts/{DURHAM}/5f3a9c1e.json"

    assert role.may("s3:GetObject", keys)
    assert role.may("s3:GetObject", count)
    assert role.may("s3:PutObject", count)
    assert not role.may("s3:PutObject", keys)
    assert not role.may("s3:DeleteObject", keys)
    assert not role.may("s3:DeleteObject", count)


def test_nobody_else_reads_a_citys_keys_but_who_publishes(cloud: Cloud) -> None:
    keys = f"{bucket_of(DURHAM)}/keys/{DURHAM}.json"
    stack = city_stacks(DURHAM)[1]

    assert not cloud.role(stack, "Export").may("s3:GetObject", keys)
    assert cloud.role(stack, "Publish").may("s3:PutObject", keys)
    assert not cloud.role(stack, "Publish").may("s3:PutObject", f"{bucket_of(DURHAM)}/counts/x")
    assert not cloud.role(city_stacks(BOULDER)[1], "Read").may("s3:GetObject", keys)
    assert not cloud.role("Citylake-Showcase", "Read").may("s3:GetObject", keys)


def test_a_citys_reader_writes_nothing_into_the_national_lake(cloud: Cloud) -> None:
    role = cloud.role(city_stacks(DURHAM)[1], "Read")

    assert not role.may("s3:PutObject", f"{NATIONAL}/exports/1/trees.csv")
    assert not role.may("s3:PutObject", f"{NATIONAL}/cache/x")


def test_publishing_writes_the_citys_own_lake_and_tables_and_reads_the_nations(
    cloud: Cloud,
) -> None:
    role = cloud.role(city_stacks(DURHAM)[1], "Publish")
    own = bucket_of(DURHAM)

    for key in ("catalog/x", "releases/x", "warehouse/x", "quarantine/x", "inbox/1/x", "uploads/1"):
        assert role.may("s3:PutObject", f"{own}/{key}"), key
    for kind in ("catalog", f"database/city_{DURHAM}", f"table/city_{DURHAM}/trees"):
        assert role.may("glue:UpdateTable", f"{GLUE}:{kind}"), kind
    assert role.may("s3:GetObject", f"{NATIONAL}/catalog/national.json")


def test_publishing_can_neither_lift_a_suspension_nor_write_the_national_lake(cloud: Cloud) -> None:
    role = cloud.role(city_stacks(DURHAM)[1], "Publish")

    assert not role.may("s3:PutObject", f"{bucket_of(DURHAM)}/entitlement.json")
    assert not role.may("s3:PutObject", f"{NATIONAL}/catalog/national.json")
    assert not role.may("glue:CreateDatabase", f"{GLUE}:database/city_{DURHAM}")


def test_the_harvest_writes_the_national_lake_alone(cloud: Cloud) -> None:
    role = cloud.role("Citylake-Harvest", "Harvest")

    for key in (
        "lake.json",
        "catalog/national.json",
        "releases/x",
        "warehouse/x",
        "raw/x",
        "runs/x",
    ):
        assert role.may("s3:PutObject", f"{NATIONAL}/{key}"), key
    assert not role.may("s3:PutObject", f"{NATIONAL}/exports/x")
    assert not role.may("s3:DeleteObject", f"{NATIONAL}/releases/x")
    assert role.may("glue:UpdateTable", f"{GLUE}:table/national/population")
    assert not role.may("glue:UpdateTable", f"{GLUE}:table/national_raw/landings")


def test_landings_cannot_change_what_they_list(cloud: Cloud) -> None:
    role = cloud.role("Citylake-Harvest", "Landings")

    assert not role.may("s3:PutObject", f"{NATIONAL}/raw/x")
    assert not role.may("s3:DeleteObject", f"{NATIONAL}/raw/landings/x.json")
    assert not role.may("glue:UpdateTable", f"{GLUE}:table/national/population")
    assert role.may("glue:UpdateTable", f"{GLUE}:table/national_raw/landings")


def test_the_fleet_never_writes_what_a_city_published(cloud: Cloud) -> None:
    role = cloud.role("Citylake-Fleet", "Fleet")
    own = bucket_of(DURHAM)

    assert role.may("s3:PutObject", f"{own}/entitlement.json")
    assert role.may("s3:PutObject", f"{ARCHIVE}/{DURHAM}/2026-11-23/catalog/x.json")
    assert not role.may("s3:PutObject", f"{own}/warehouse/x")
    assert not role.may("s3:PutObject", f"{own}/releases/x")
    assert not role.may("s3:DeleteObject", f"{ARCHIVE}/{DURHAM}/2026-11-23/catalog/x.json")
    assert not role.may("s3:PutObject", f"{NATIONAL}/catalog/national.json")


def test_the_fleet_makes_only_stacks_of_cities_by_one_role(cloud: Cloud) -> None:
    role = cloud.role("Citylake-Fleet", "Fleet")
    stacks = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack"
    deploy = f"arn:aws:iam::{ACCOUNT}:role/Citylake-Fleet-CityDeployRole"
    to_it = {"iam__PassedToService": "cloudformation.amazonaws.com"}

    assert role.may("cloudformation:CreateStack", f"{stacks}/citylake-city-{DURHAM}/1")
    assert not role.may("cloudformation:DeleteStack", f"{stacks}/Citylake-Lake/1")
    assert role.may("iam:PassRole", deploy, **to_it)
    assert not role.may("iam:PassRole", deploy, iam__PassedToService="lambda.amazonaws.com")
    assert not role.may("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/Admin", **to_it)


@pytest.mark.parametrize("beginning", ["FleetRole", "CityDeployRole"])
def test_a_citys_database_is_deleted_with_all_that_glue_asks_for(
    cloud: Cloud, beginning: str
) -> None:
    """Glue wants the right on a database, on what is above it, and on all that can be in it."""
    role = cloud.role_named("Citylake-Fleet", beginning)
    database = f"city_{DURHAM}"

    for kind in (
        "catalog",
        f"database/{database}",
        f"table/{database}/trees",
        f"userDefinedFunction/{database}/any",
    ):
        assert role.may("glue:DeleteDatabase", f"{GLUE}:{kind}"), kind
    assert not role.may("glue:DeleteDatabase", f"{GLUE}:database/national")


def test_cloudformation_makes_no_role_without_the_boundary(cloud: Cloud) -> None:
    role = cloud.role_named("Citylake-Fleet", "CityDeployRole")
    made = f"arn:aws:iam::{ACCOUNT}:role/citylake-city-{DURHAM}-ReadRole"

    assert role.may("iam:CreateRole", made, iam__PermissionsBoundary=BOUNDARY)
    assert not role.may("iam:CreateRole", made)
    assert not role.may("iam:PutRolePolicy", made)
    assert not role.may("iam:AttachRolePolicy", made, iam__PermissionsBoundary=BOUNDARY)
    assert not role.may("iam:DeleteRolePermissionsBoundary", made)
    assert not role.may(
        "iam:CreateRole", f"arn:aws:iam::{ACCOUNT}:role/Admin", iam__PermissionsBoundary=BOUNDARY
    )


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("s3:DeleteBucket", NATIONAL),
        ("s3:PutBucketPolicy", NATIONAL),
        ("s3:PutBucketPolicy", ARCHIVE),
        ("s3:GetObject", f"{NATIONAL}/lake.json"),
        ("s3:GetObject", f"{bucket_of(DURHAM)}/catalog/x.json"),
        ("glue:DeleteDatabase", f"{GLUE}:database/national"),
        (
            "lambda:UpdateFunctionCode",
            f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:Citylake-Fleet-Fleet",
        ),
        ("dynamodb:PutItem", f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/Citylake-Fleet-Registry"),
        ("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/Citylake-Fleet-CityDeployRole"),
    ],
)
def test_cloudformation_cannot_touch_the_platform(cloud: Cloud, action: str, resource: str) -> None:
    role = cloud.role_named("Citylake-Fleet", "CityDeployRole")

    assert not role.may(action, resource, iam__PassedToService="lambda.amazonaws.com")


def test_what_cloudformation_makes_for_a_city_it_may_make(cloud: Cloud, assembly: Assembly) -> None:
    """Each kind of resource in the two templates, by the call that makes it."""
    role = cloud.role_named("Citylake-Fleet", "CityDeployRole")
    stack = f"citylake-city-{DURHAM}"
    at = f"{REGION}:{ACCOUNT}"
    calls = {
        "AWS::S3::Bucket": ("s3:CreateBucket", bucket_of(DURHAM)),
        "AWS::S3::BucketPolicy": ("s3:PutBucketPolicy", bucket_of(DURHAM)),
        "AWS::Glue::Database": ("glue:CreateDatabase", f"{GLUE}:database/city_{DURHAM}"),
        "AWS::Athena::WorkGroup": (
            "athena:CreateWorkGroup",
            f"arn:aws:athena:{at}:workgroup/city-{DURHAM}",
        ),
        "AWS::Lambda::Function": (
            "lambda:CreateFunction",
            f"arn:aws:lambda:{at}:function:{stack}-Read",
        ),
        "AWS::Lambda::Permission": (
            "lambda:AddPermission",
            f"arn:aws:lambda:{at}:function:{stack}-Read",
        ),
        "AWS::Lambda::EventInvokeConfig": (
            "lambda:PutFunctionEventInvokeConfig",
            f"arn:aws:lambda:{at}:function:{stack}-Export",
        ),
        "AWS::Logs::LogGroup": (
            "logs:CreateLogGroup",
            f"arn:aws:logs:{at}:log-group:{stack}-ReadLog",
        ),
        "AWS::SQS::Queue": ("sqs:CreateQueue", f"arn:aws:sqs:{at}:{stack}-Failed"),
        "AWS::SQS::QueuePolicy": ("sqs:SetQueueAttributes", f"arn:aws:sqs:{at}:{stack}-Failed"),
        "AWS::CloudWatch::Alarm": (
            "cloudwatch:PutMetricAlarm",
            f"arn:aws:cloudwatch:{at}:alarm:{stack}-ReadErrors",
        ),
        "AWS::Events::Rule": ("events:PutRule", f"arn:aws:events:{at}:rule/{stack}-Uploads"),
        "AWS::CloudFront::DistributionTenant": (
            "cloudfront:CreateDistributionTenant",
            f"arn:aws:cloudfront::{ACCOUNT}:distribution-tenant/dt_1",
        ),
        **{
            f"AWS::ApiGatewayV2::{kind}": (
                "apigateway:POST",
                f"arn:aws:apigateway:{REGION}::/apis/1",
            )
            for kind in ("Api", "Stage", "Route", "Integration", "Authorizer")
        },
    }
    not_calls = {"AWS::IAM::Role", "AWS::IAM::Policy"}  # above, with the boundary
    made = {
        resource["Type"]
        for name in city_stacks(DURHAM)
        for resource in assembly.template(name)["Resources"].values()
    }

    assert made - not_calls == set(calls)
    assert [kind for kind in sorted(made - not_calls) if not role.may(*calls[kind])] == []


def test_every_role_of_a_city_has_the_boundary(assembly: Assembly) -> None:
    without = [
        (stack, name)
        for stack, name, role in assembly.kinds("AWS::IAM::Role")
        if stack.startswith("citylake-city-") and "PermissionsBoundary" not in role["Properties"]
    ]

    assert without == []


def test_the_boundary_takes_nothing_from_a_citys_functions_that_they_are_given(
    cloud: Cloud,
) -> None:
    """Else a city would stand, and fail at its first request."""
    for name, role in cloud.functions(city_stacks(DURHAM)[1]):
        unbounded, bounded = Role(role.own), Role(role.own, role.boundary)
        asked = [
            (action, resource.replace("*", "x"))
            for statement in role.own
            for action in listed(statement["Action"])
            for resource in listed(statement["Resource"])
        ]
        assert [each for each in asked if not unbounded.may(*each)] == []
        assert [each for each in asked if not bounded.may(*each)] == [], name
