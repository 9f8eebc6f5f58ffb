"""What a function of the marketplace stands on: its environment, made once at cold start."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import boto3
from aws_lambda_powertools import Logger, single_metric
from aws_lambda_powertools.metrics import MetricUnit
from botocore.config import Config

from citylake.errors import InputInvalid
from citylake.lake.cloud import open_cloud_lake
from citylake.lake.duck import connect
from citylake.logs import open_log
from marketplace.alarms import Alarm, Ring
from marketplace.clients import MeteringService, open_clients
from marketplace.hours import REGION
from marketplace.mail import SesMailer
from marketplace.market import Market
from marketplace.office import Office
from marketplace.office_table import TableOffice
from marketplace.places import LakePlaces
from marketplace.prices import Prices, shipped_prices
from marketplace.products import Products
from marketplace.provision import BusAnnouncer, TableCities
from marketplace.reminders import Reminders
from marketplace.table import TableBooks
from marketplace.web.desk import Contact, Desk
from marketplace.web.identity import PoolIdentity

NAMESPACE = "Citylake"
ALARMS = "MarketAlarms"
"""The metric of what a person must hear of, by its kind."""

_PATIENT = Config(
    connect_timeout=3, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 6}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """What a function stands on.

    Attributes:
        market: books, AWS, fleet, places, alarms.
        office: people, counts, alarms kept.
        prices: of the tiers.
        metering: the metering service, which knows the buyers, too.
        mailer: sends mail.
        places: the register.
        log: of the function.
        environment: where the rest is read.
    """

    market: Market
    office: Office
    prices: Prices
    metering: MeteringService
    mailer: SesMailer
    places: LakePlaces
    log: Logger
    environment: Mapping[str, str]

    def desk(self) -> Desk:
        """What the pages work with.

        Reads ``CITYLAKE_STAFF_CLIENT``, ``CITYLAKE_SUPPORT_EMAIL``, and, if there are, the
        ``CITYLAKE_SUPPORT_NAME`` and the ``CITYLAKE_SHOWCASE`` address.
        """
        pool = boto3.client("cognito-idp", config=_PATIENT, region_name=_platform(self.environment))
        contact = Contact(
            email=_setting(self.environment, "CITYLAKE_SUPPORT_EMAIL"),
            name=self.environment.get("CITYLAKE_SUPPORT_NAME") or "Citylake support",
            showcase=self.environment.get("CITYLAKE_SHOWCASE", "").rstrip("/"),
        )
        return Desk(
            market=self.market,
            office=self.office,
            places=self.places,
            prices=self.prices,
            resolver=self.metering,
            mailer=self.mailer,
            identity=PoolIdentity(pool, _setting(self.environment, "CITYLAKE_STAFF_CLIENT")),
            contact=contact,
        )

    def reminders(self) -> Reminders:
        """What writes to buyers; reads ``CITYLAKE_MARKET_ORIGIN``, the address of our pages."""
        return Reminders(
            self.office,
            self.mailer,
            self.market.ring,
            origin=_setting(self.environment, "CITYLAKE_MARKET_ORIGIN").rstrip("/"),
            help=_setting(self.environment, "CITYLAKE_SUPPORT_EMAIL"),
        )


def open_deployment(service: str, environment: Mapping[str, str] = os.environ) -> Deployment:
    """Make what a function stands on.

    Args:
        service: which function it is.
        environment: names the table of the books (``CITYLAKE_MARKET_TABLE``), the fleet's registry
            (``CITYLAKE_REGISTRY``), the products (``CITYLAKE_PRODUCTS``), the sender of mail
            (``CITYLAKE_MAIL_SENDER``) and the national lake; and, if it is not the default one, the
            bus that the fleet listens to (``CITYLAKE_EVENT_BUS``), and the region of the fleet and
            the lake (``CITYLAKE_PLATFORM_REGION``).

    Raises:
        InputInvalid: it lacks one.
        LakeUnusable: the lake is not named.
    """
    log = open_log(service)
    dynamo = boto3.client("dynamodb", config=_PATIENT)
    table = _setting(environment, "CITYLAKE_MARKET_TABLE")
    office = TableOffice(dynamo, table)
    clients = open_clients()
    region = _platform(environment)
    there = {**environment, "AWS_REGION": region} if region else environment
    lake = open_cloud_lake(there)
    places = LakePlaces(lake, lambda: connect(lake.roots, there))
    registry = boto3.resource("dynamodb", config=_PATIENT, region_name=region).Table(
        _setting(environment, "CITYLAKE_REGISTRY")
    )
    market = Market(
        books=TableBooks(dynamo, table),
        products=Products.from_environment(environment),
        metering=clients.metering,
        agreements=clients.agreements,
        entitlements=clients.entitlements,
        cities=TableCities(registry),
        announcer=BusAnnouncer(
            boto3.client("events", config=_PATIENT, region_name=region),
            environment.get("CITYLAKE_EVENT_BUS") or "default",
        ),
        places=places,
        ring=_bell(log, office),
    )
    sender = _setting(environment, "CITYLAKE_MAIL_SENDER")
    return Deployment(
        market=market,
        office=office,
        prices=shipped_prices(),
        metering=clients.metering,
        mailer=SesMailer(boto3.client("sesv2", region_name=REGION, config=_PATIENT), sender),
        places=places,
        log=log,
        environment=environment,
    )


def _bell(log: Logger, office: Office) -> Ring:
    """What tells a person: the log, a metric with an alarm on it, and the page of ops."""

    def ring(alarm: Alarm) -> None:
        log.error("alarm", trouble=alarm.trouble, about=alarm.about, words=alarm.words)
        with single_metric(
            name=ALARMS, unit=MetricUnit.Count, value=1, namespace=NAMESPACE
        ) as metric:
            metric.add_dimension(name="trouble", value=alarm.trouble)
        office.note_alarm(alarm, datetime.now(UTC))

    return ring


def _platform(environment: Mapping[str, str]) -> str | None:
    """Region of the fleet and the lake; ``None`` for the one that this runs in."""
    return environment.get("CITYLAKE_PLATFORM_REGION") or None


def _setting(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name, "")
    if not value:
        raise InputInvalid(f"the environment has no {name}; the marketplace's stack sets it")
    return value
