"""Is the account made ready for deploying, and is what was deployed as it should be?"""

from collections.abc import Iterator
from dataclasses import dataclass

from botocore.exceptions import ClientError

from lambdas.fleet.cities import City, Status
from lambdas.fleet.registry import TableRegistry
from lambdas.fleet.stacks import digest_of
from local.doctor.attempt import error_code
from local.doctor.clients import EDGE_REGION, Clients
from local.doctor.finding import Finding

FLEET_STACK = "Citylake-Fleet"

BOOTSTRAP_NEEDED = 6
"""The version of CDK's bootstrap that our templates ask for."""

_BOOTSTRAP_PARAMETER = "/cdk-bootstrap/hnb659fds/version"
_ALARM_TOPIC = "/citylake/alarm-topic"
_OURS = "citylake-"
_NAMED = 5


def examine_bootstrap(clients: Clients, account: str) -> Iterator[Finding]:
    """Look for CDK's bootstrap in the platform's region and in the distribution's."""
    asked = {clients.region: clients.ssm, EDGE_REGION: clients.edge_ssm}
    for region, ssm in asked.items():
        subject = f"CDK bootstrap in {region}"
        remedy = f"make deploy does it first; by hand: cdk bootstrap aws://{account}/{region}"
        try:
            version = int(ssm.get_parameter(Name=_BOOTSTRAP_PARAMETER)["Parameter"]["Value"])
        except ClientError as error:
            if error_code(error) != "ParameterNotFound":
                raise
            yield Finding(subject, ok=False, found="not there", remedy=remedy)
            continue
        ok = version >= BOOTSTRAP_NEEDED
        found = f"version {version}" if ok else f"version {version}, needed {BOOTSTRAP_NEEDED}"
        yield Finding(subject, ok, found, "" if ok else remedy)


@dataclass(frozen=True, slots=True)
class Deployed:
    """The fleet as it is deployed.

    Attributes:
        cities: the registry.
        template: digest of the template that cities' services are made from.
    """

    cities: tuple[City, ...]
    template: str


def read_fleet(clients: Clients) -> Deployed | None:
    """Read the registry of cities, and what the fleet makes them from.

    Both are found as the fleet's own function finds them: in its settings.

    Returns:
        ``None`` if the fleet is not deployed in this region.
    """
    for name in _functions(clients, FLEET_STACK):
        settings = clients.lambdas.get_function_configuration(FunctionName=name)
        variables = settings.get("Environment", {}).get("Variables", {})
        if table := variables.get("CITYLAKE_REGISTRY"):
            cities = TableRegistry(clients.tables.Table(table)).cities()
            return Deployed(tuple(cities), digest_of(variables["CITYLAKE_SERVICE_TEMPLATE"]))
    return None


def examine_versions(deployed: Deployed) -> Iterator[Finding]:
    """Look for cities whose service was made from an older template than the fleet's."""
    served = [city for city in deployed.cities if city.status in (Status.LIVE, Status.SUSPENDED)]
    behind = [city for city in served if city.versions.get("service") != deployed.template]
    subject = "templates"
    if not behind:
        yield Finding(subject, ok=True, found=f"{len(served)} cities, none behind")
        return
    named = ", ".join(city.title for city in behind[:_NAMED])
    more = f" and {len(behind) - _NAMED} more" if len(behind) > _NAMED else ""
    found = f"{len(behind)} of {len(served)} cities are behind: {named}{more}"
    yield Finding(subject, ok=False, found=found, remedy="run: citylake fleet upgrade")


def _functions(clients: Clients, stack: str) -> list[str]:
    """The names of a stack's functions; none if there is no stack of this name."""
    try:
        pages = clients.cloudformation.get_paginator("list_stack_resources").paginate(
            StackName=stack
        )
        return [
            resource["PhysicalResourceId"]
            for page in pages
            for resource in page["StackResourceSummaries"]
            if resource["ResourceType"] == "AWS::Lambda::Function"
        ]
    except ClientError as error:
        if error_code(error) == "ValidationError" and "does not exist" in str(error):
            return []
        raise


def examine_alarms(clients: Clients) -> Iterator[Finding]:
    """See that somebody is told when an alarm goes off."""
    subject = "alarm topic"
    try:
        topic = clients.ssm.get_parameter(Name=_ALARM_TOPIC)["Parameter"]["Value"]
    except ClientError as error:
        if error_code(error) != "ParameterNotFound":
            raise
        yield Finding(subject, ok=True, found="not deployed yet")
        return
    pages = clients.sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic)
    subscriptions = [each for page in pages for each in page["Subscriptions"]]
    # Until its owner confirms, a subscription has words in the place of its ARN.
    confirmed = [each for each in subscriptions if each["SubscriptionArn"].startswith("arn:")]
    if confirmed:
        yield Finding(subject, ok=True, found=f"tells {len(confirmed)} subscribers")
        return
    waiting = f"; {len(subscriptions)} have not confirmed" if subscriptions else ""
    remedy = (
        f"subscribe somebody: aws sns subscribe --topic-arn {topic} --protocol email "
        "--notification-endpoint ops@example.gov, and confirm the mail"
    )
    yield Finding(subject, ok=False, found=f"tells nobody{waiting}", remedy=remedy)


def examine_buckets(clients: Clients) -> Iterator[Finding]:
    """See that no bucket of ours could be opened to the public."""
    pages = clients.s3.get_paginator("list_buckets").paginate(Prefix=_OURS)
    names = [bucket["Name"] for page in pages for bucket in page.get("Buckets", ())]
    open_ones = [name for name in names if not _is_closed(clients, name)]
    for name in open_ones:
        remedy = (
            f"run: aws s3api put-public-access-block --bucket {name} --public-access-block-"
            "configuration BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,"
            "RestrictPublicBuckets=true, and find out who took it off"
        )
        yield Finding(
            f"bucket {name}", ok=False, found="may be opened to the public", remedy=remedy
        )
    if not open_ones:
        found = f"{len(names)} buckets, all closed to the public" if names else "none yet"
        yield Finding("buckets", ok=True, found=found)


def _is_closed(clients: Clients, bucket: str) -> bool:
    try:
        block = clients.s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    except ClientError as error:
        if error_code(error) == "NoSuchPublicAccessBlockConfiguration":
            return False
        raise
    return all(
        block.get(setting, False)
        for setting in (
            "BlockPublicAcls",
            "IgnorePublicAcls",
            "BlockPublicPolicy",
            "RestrictPublicBuckets",
        )
    )
