"""One file per published dataset, in the order in which they are harvested."""

from lambdas.harvest.connectors import places, population
from lambdas.harvest.model import Connector

CONNECTORS: tuple[Connector, ...] = (
    places.CONNECTOR,
    population.CONNECTOR,
)
"""Every connector, each after those whose datasets it needs."""
