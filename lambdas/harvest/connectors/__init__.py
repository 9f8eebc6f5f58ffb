"""One file per published dataset, in the order in which they are harvested."""

from lambdas.harvest.connectors import (
    ages,
    air_quality,
    demographics,
    offenses,
    place_counties,
    places,
    population,
)
from lambdas.harvest.model import Connector

CONNECTORS: tuple[Connector, ...] = (
    places.CONNECTOR,
    place_counties.CONNECTOR,
    population.CONNECTOR,
    demographics.CONNECTOR,
    air_quality.CONNECTOR,
    offenses.CONNECTOR,
    ages.CONNECTOR,
)
"""Every connector, each after those whose datasets it needs."""
