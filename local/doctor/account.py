"""An examination of an AWS account: may it hold Citylake, and is what it holds well?"""

from collections.abc import Iterator
from datetime import date

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnection

from local.doctor.attempt import attempt, error_code
from local.doctor.clients import Clients
from local.doctor.domains import examine_domains
from local.doctor.finding import Finding
from local.doctor.platform import (
    examine_alarms,
    examine_bootstrap,
    examine_buckets,
    examine_versions,
    read_fleet,
)
from local.doctor.quotas import examine_quotas
from local.doctor.runtimes import examine_runtimes

_SIGN_IN = "sign in again (aws sso login), or set AWS_PROFILE, or the keys in the environment"


def examine_account(clients: Clients, *, cities: int, today: date) -> list[Finding]:
    """Look at an account part by part; one that cannot be looked at says so, the others go on.

    Nothing is written. Without credentials or a connection, that is the only finding.

    Args:
        clients: the account and its region.
        cities: how many cities there are to be in all.
        today: the day that ends of support are compared with.
    """
    identity, account = _identity(clients)
    if not identity.ok:
        return [identity]
    return [
        identity,
        *attempt("CDK bootstrap", examine_bootstrap(clients, account)),
        *attempt("quotas", examine_quotas(clients, cities)),
        *attempt("runtimes", examine_runtimes(clients, today)),
        *attempt("alarm topic", examine_alarms(clients)),
        *attempt("buckets", examine_buckets(clients)),
        *attempt("fleet", _fleet(clients, today)),
    ]


def _identity(clients: Clients) -> tuple[Finding, str]:
    """Who asks, and in which account; the account is empty if that cannot be known."""
    subject = "credentials"
    try:
        caller = clients.sts.get_caller_identity()
    except ClientError as error:
        found = f"{error_code(error)}: refused by AWS"
        return Finding(subject, ok=False, found=found, remedy=_SIGN_IN), ""
    except (NoConnection, HTTPClientError) as error:
        remedy = f"see whether this machine reaches AWS, and whether {clients.region} is a region"
        return Finding("network", ok=False, found=str(error), remedy=remedy), ""
    except BotoCoreError as error:
        return Finding(subject, ok=False, found=str(error), remedy=_SIGN_IN), ""
    found = f"{caller['Arn']} in account {caller['Account']}, region {clients.region}"
    return Finding(subject, ok=True, found=found), caller["Account"]


def _fleet(clients: Clients, today: date) -> Iterator[Finding]:
    deployed = read_fleet(clients)
    if deployed is None:
        yield Finding("fleet", ok=True, found=f"not deployed in {clients.region} yet")
        return
    yield from examine_versions(deployed)
    yield from attempt("domains", examine_domains(clients, deployed.cities, today))
