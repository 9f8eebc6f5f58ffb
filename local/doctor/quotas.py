"""Does an account hold so many cities? Its quotas, what it uses, and what a city takes.

What a city takes is counted in the city's templates; a test compares ``PER_CITY`` with them.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from local.doctor.attempt import attempt, error_code, refusal
from local.doctor.clients import Clients
from local.doctor.finding import Finding

if TYPE_CHECKING:
    from mypy_boto3_service_quotas import ServiceQuotasClient

CITY_STACK = "citylake-city-"
"""What the names of a city's stacks begin with; the one of its data ends with ``-data``."""

STACKS_PER_CITY = 2

PER_CITY: Mapping[str, int] = {
    "AWS::ApiGatewayV2::Api": 1,
    "AWS::Athena::WorkGroup": 1,
    "AWS::CloudFront::DistributionTenant": 1,
    "AWS::CloudWatch::Alarm": 9,
    "AWS::Events::Rule": 1,
    "AWS::Glue::Database": 1,
    "AWS::IAM::Role": 3,
    "AWS::Logs::LogGroup": 4,
    "AWS::S3::Bucket": 1,
}
"""Resources of one city with a domain that some quota counts, by type."""

CODE_BYTES_PER_CITY = 3_000_000
"""Zipped code that the functions of one city keep in Lambda; layers are stored once for all."""

AT_ONCE_PER_CITY = 2
"""Executions of one city's functions that run at once at its busiest: ten requests a second that
the edge did not answer, of 200 ms each. An assumption, like those of docs/costs.md."""


@dataclass(frozen=True, slots=True)
class QuotaCode:
    """How the Service Quotas API names a quota.

    Attributes:
        service: the service's code.
        quota: the quota's code.
        is_global: whether it counts for the account and not for a region; asked in us-east-1.
    """

    service: str
    quota: str
    is_global: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """A limit of an account that grows full with cities.

    Attributes:
        subject: what is counted, in words.
        per_city: how much of it a city takes.
        default: the documented limit of a new account, where the account's own cannot be read.
        source: the page that documents the default.
        name: what the Service Quotas console, or a support case, calls it.
        used: counts what the account uses.
        code: the quota's code, where there is one.
        limit: asks the service itself for the account's limit, where it tells.
        unit: what a number of it means; empty for things that are counted.
    """

    subject: str
    per_city: float
    default: float
    source: str
    name: str
    used: Callable[[Clients], float]
    code: QuotaCode | None = None
    limit: Callable[[Clients], float] | None = None
    unit: str = ""


def examine_quotas(clients: Clients, cities: int) -> Iterator[Finding]:
    """Compare each quota with what so many cities take.

    Args:
        clients: the account.
        cities: how many cities there are to be in all, with those that are there already.
    """
    present = count_cities(clients)
    for quota in QUOTAS:
        yield from attempt(quota.subject, _compare(quota, clients, cities, present))


def count_cities(clients: Clients) -> int:
    """Count the cities of the region that are served: those with a stack beside their data's."""
    return sum(
        name.startswith(CITY_STACK) and not name.endswith("-data") for name in _stacks(clients)
    )


def _compare(quota: Quota, clients: Clients, cities: int, present: int) -> Iterator[Finding]:
    limit, origin = _limit(quota, clients)
    used = quota.used(clients)
    missing = max(0, cities - present) * quota.per_city
    room = present + max(0, math.floor((limit - used) / quota.per_city))
    found = (
        f"{_amount(used, quota)} of {_amount(limit, quota)} used{origin}; a city takes "
        f"{_amount(quota.per_city, quota)}: room for {room:,} cities"
    )
    ok = used + missing <= limit
    yield Finding(
        quota.subject, ok, found, "" if ok else _raise(quota, used + missing, clients.region)
    )


def _limit(quota: Quota, clients: Clients) -> tuple[float, str]:
    """The account's limit, or the documented one and why the account's own is not known."""
    why = "AWS tells it nowhere"
    for ask in (quota.limit, _by_code(quota.code)):
        if ask is None:
            continue
        try:
            return ask(clients), ""
        except ClientError as error:
            why = refusal(error)
    return quota.default, f" (by {quota.source}; the account's own is not known: {why})"


def _by_code(code: QuotaCode | None) -> Callable[[Clients], float] | None:
    """How Service Quotas is asked for a limit, if it knows the quota."""
    if code is None:
        return None
    return lambda clients: _applied(clients.edge_quotas if code.is_global else clients.quotas, code)


def _applied(client: "ServiceQuotasClient", code: QuotaCode) -> float:
    """The account's limit, or AWS's own default while nobody asked for more."""
    asked = {"ServiceCode": code.service, "QuotaCode": code.quota}
    try:
        return client.get_service_quota(**asked)["Quota"]["Value"]
    except ClientError as error:
        if error_code(error) != "NoSuchResourceException":
            raise
        return client.get_aws_default_service_quota(**asked)["Quota"]["Value"]


def _raise(quota: Quota, needed: float, region: str) -> str:
    wanted = math.ceil(needed * 1.1)  # some room for what else the account holds
    if quota.code is None:
        return f"ask AWS support to raise «{quota.name}» to {_amount(wanted, quota)}"
    value = math.ceil(wanted / _UNITS[quota.unit])
    where = "us-east-1" if quota.code.is_global else region
    return (
        f"raise «{quota.name}» in the Service Quotas console, or: aws service-quotas "
        f"request-service-quota-increase --service-code {quota.code.service} --quota-code "
        f"{quota.code.quota} --desired-value {value} --region {where}"
    )


_UNITS: Mapping[str, float] = {"": 1, "GB": 1e9}


def _amount(value: float, quota: Quota) -> str:
    scaled = value / _UNITS[quota.unit]
    digits = 0 if scaled == int(scaled) else 3 if scaled < 1 else 1
    return f"{scaled:,.{digits}f} {quota.unit}".rstrip()


def _stacks(clients: Clients) -> list[str]:
    pages = clients.cloudformation.get_paginator("describe_stacks").paginate()
    return [stack["StackName"] for page in pages for stack in page["Stacks"]]


def _stack_limit(clients: Clients) -> float:
    pages = clients.cloudformation.get_paginator("describe_account_limits").paginate()
    limits = {entry["Name"]: entry["Value"] for page in pages for entry in page["AccountLimits"]}
    return limits["StackLimit"]


def _count_apis(clients: Clients) -> float:
    pages = clients.apigateway.get_paginator("get_apis").paginate()
    return sum(len(page["Items"]) for page in pages)


def _count_workgroups(clients: Clients) -> float:
    answer = clients.athena.list_work_groups()
    count = len(answer["WorkGroups"])
    while token := answer.get("NextToken"):
        answer = clients.athena.list_work_groups(NextToken=token)
        count += len(answer["WorkGroups"])
    return count


def _count_tenants(clients: Clients) -> float:
    pages = clients.cloudfront.get_paginator("list_distribution_tenants").paginate()
    return sum(len(page.get("DistributionTenantList", ())) for page in pages)


def _count_alarms(clients: Clients) -> float:
    pages = clients.cloudwatch.get_paginator("describe_alarms").paginate()
    return sum(len(page["MetricAlarms"]) + len(page["CompositeAlarms"]) for page in pages)


def _count_rules(clients: Clients) -> float:
    pages = clients.events.get_paginator("list_rules").paginate()
    return sum(len(page["Rules"]) for page in pages)


def _count_databases(clients: Clients) -> float:
    pages = clients.glue.get_paginator("get_databases").paginate()
    return sum(len(page["DatabaseList"]) for page in pages)


def _count_log_groups(clients: Clients) -> float:
    pages = clients.logs.get_paginator("describe_log_groups").paginate()
    return sum(len(page["logGroups"]) for page in pages)


def _count_buckets(clients: Clients) -> float:
    pages = clients.s3.get_paginator("list_buckets").paginate()
    return sum(len(page.get("Buckets", ())) for page in pages)


QUOTAS: tuple[Quota, ...] = (
    Quota(
        subject="IAM roles",
        per_city=PER_CITY["AWS::IAM::Role"],
        default=1_000,
        source="IAM and AWS STS quotas",
        name="Roles per account",
        code=QuotaCode("iam", "L-FE177D64", is_global=True),
        used=lambda clients: clients.iam.get_account_summary()["SummaryMap"]["Roles"],
        limit=lambda clients: clients.iam.get_account_summary()["SummaryMap"]["RolesQuota"],
    ),
    Quota(
        subject="CloudFormation stacks",
        per_city=STACKS_PER_CITY,
        default=2_000,
        source="AWS CloudFormation quotas",
        name="Stack count",
        code=QuotaCode("cloudformation", "L-0485CB21"),
        used=lambda clients: len(_stacks(clients)),
        limit=_stack_limit,
    ),
    Quota(
        subject="HTTP APIs",
        per_city=PER_CITY["AWS::ApiGatewayV2::Api"],
        default=600,
        source="Amazon API Gateway quotas, for regional APIs",
        name="Regional APIs per Region",
        used=_count_apis,
    ),
    Quota(
        subject="Lambda executions at once",
        per_city=AT_ONCE_PER_CITY,
        default=1_000,
        source="Lambda quotas",
        name="Concurrent executions",
        code=QuotaCode("lambda", "L-B99A9384"),
        used=lambda clients: AT_ONCE_PER_CITY * count_cities(clients),
        limit=lambda clients: clients.lambdas.get_account_settings()["AccountLimit"][
            "UnreservedConcurrentExecutions"  # what is reserved for one function serves no city
        ],
    ),
    Quota(
        subject="Lambda code",
        per_city=CODE_BYTES_PER_CITY,
        default=75e9,
        source="Lambda quotas",
        name="Function and layer storage",
        code=QuotaCode("lambda", "L-2ACBD22F"),
        used=lambda clients: clients.lambdas.get_account_settings()["AccountUsage"][
            "TotalCodeSize"
        ],
        limit=lambda clients: clients.lambdas.get_account_settings()["AccountLimit"][
            "TotalCodeSize"
        ],
        unit="GB",
    ),
    Quota(
        subject="S3 buckets",
        per_city=PER_CITY["AWS::S3::Bucket"],
        default=10_000,
        source="Amazon S3 quotas",
        name="General purpose buckets",
        code=QuotaCode("s3", "L-DC2B2D3D", is_global=True),
        used=_count_buckets,
    ),
    Quota(
        subject="Glue databases",
        per_city=PER_CITY["AWS::Glue::Database"],
        default=10_000,
        source="AWS Glue quotas",
        name="Max databases per account",
        code=QuotaCode("glue", "L-F953935E"),
        used=_count_databases,
    ),
    Quota(
        subject="Athena workgroups",
        per_city=PER_CITY["AWS::Athena::WorkGroup"],
        default=1_000,
        source="Athena quotas",
        name="Maximum number of workgroups per account",
        code=QuotaCode("athena", "L-FD9D80C2"),
        used=_count_workgroups,
    ),
    Quota(
        subject="CloudWatch alarms",
        per_city=PER_CITY["AWS::CloudWatch::Alarm"],
        default=5_000,
        source="CloudWatch quotas",
        name="Number of alarms",
        used=_count_alarms,
    ),
    Quota(
        subject="log groups",
        per_city=PER_CITY["AWS::Logs::LogGroup"],
        default=1_000_000,
        source="CloudWatch Logs quotas",
        name="Log groups per account",
        used=_count_log_groups,
    ),
    Quota(
        subject="EventBridge rules",
        per_city=PER_CITY["AWS::Events::Rule"],
        default=300,
        source="Amazon EventBridge quotas, of the default bus",
        name="Number of rules",
        code=QuotaCode("events", "L-244521F2"),
        used=_count_rules,
    ),
    Quota(
        subject="distribution tenants",
        per_city=PER_CITY["AWS::CloudFront::DistributionTenant"],
        default=10_000,
        source="Amazon CloudFront quotas",
        name="Distribution tenants per AWS account",
        used=_count_tenants,
    ),
)
"""The quotas that many cities fill, those first that are full first."""
