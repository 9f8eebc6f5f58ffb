"""Do the cities' domains clash, with one another or with what else the account serves?"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import chain

from botocore.exceptions import ClientError

from lambdas.fleet.cities import City, Status
from local.doctor.attempt import error_code
from local.doctor.clients import Clients
from local.doctor.finding import Finding

_DISTRIBUTION = "/citylake/distribution"
_WARN_DAYS = 30


def examine_domains(clients: Clients, cities: Sequence[City], today: date) -> Iterator[Finding]:
    """Look for domains that two would answer for, and for certificates that will not do.

    Args:
        clients: the account.
        cities: the registry.
        today: the day, for certificates that end soon.
    """
    owners: dict[str, list[City]] = defaultdict(list)
    for city in cities:
        if city.domain and city.status is not Status.GONE:
            owners[city.domain.lower()].append(city)
    troubles = 0
    for trouble in chain(
        _shared(owners), _taken(clients, owners), _certificates(clients, owners, today)
    ):
        troubles += 1
        yield trouble
    if not troubles:
        yield Finding("domains", ok=True, found=f"{len(owners)} of cities, none clashes")


def _shared(owners: Mapping[str, Sequence[City]]) -> Iterator[Finding]:
    for domain, cities in sorted(owners.items()):
        if len(cities) > 1:
            found = f"asked for by {' and '.join(city.title for city in cities)}"
            remedy = (
                "tear down all but one of them, which keeps their data, and provision them "
                "again without it"
            )
            yield Finding(f"domain {domain}", ok=False, found=found, remedy=remedy)


def _taken(clients: Clients, owners: Mapping[str, Sequence[City]]) -> Iterator[Finding]:
    """Domains that a distribution, or a tenant of another distribution, already has."""
    for page in clients.cloudfront.get_paginator("list_distributions").paginate():
        for distribution in page["DistributionList"].get("Items", ()):
            for alias in distribution.get("Aliases", {}).get("Items", ()):
                if alias.lower() in owners:
                    yield _clash(alias, f"alias of distribution {distribution['Id']}")
    ours = _our_distribution(clients)
    for tenants in clients.cloudfront.get_paginator("list_distribution_tenants").paginate():
        for tenant in tenants.get("DistributionTenantList", ()):
            if tenant["DistributionId"] == ours:
                continue
            for held in tenant["Domains"]:
                if held["Domain"].lower() in owners:
                    yield _clash(held["Domain"], f"domain of tenant {tenant['Name']}")


def _clash(domain: str, what: str) -> Finding:
    remedy = "take it off there first: CloudFront serves a name once"
    return Finding(f"domain {domain.lower()}", ok=False, found=f"already {what}", remedy=remedy)


def _our_distribution(clients: Clients) -> str:
    """The id of the cities' distribution; empty if it is not deployed."""
    try:
        return clients.ssm.get_parameter(Name=_DISTRIBUTION)["Parameter"]["Value"]
    except ClientError as error:
        if error_code(error) != "ParameterNotFound":
            raise
        return ""


def _certificates(
    clients: Clients, owners: Mapping[str, Sequence[City]], today: date
) -> Iterator[Finding]:
    """Certificates of cities' domains that are not valid, or soon will not be."""
    for page in clients.edge_acm.get_paginator("list_certificates").paginate():
        for certificate in page["CertificateSummaryList"]:
            domain = certificate["DomainName"].lower()
            if domain not in owners:
                continue
            subject = f"certificate of {domain}"
            status = certificate.get("Status", "")
            if status != "ISSUED":
                remedy = "see in ACM, us-east-1, which DNS record proves that the city owns it"
                yield Finding(subject, ok=False, found=status.lower(), remedy=remedy)
            elif (end := certificate.get("NotAfter")) and (end.date() - today).days < _WARN_DAYS:
                remedy = "see that the DNS record by which ACM renews it is still there"
                yield Finding(subject, ok=False, found=f"ends on {end.date()}", remedy=remedy)
