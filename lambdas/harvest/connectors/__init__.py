"""One file per published dataset, in the order in which they are harvested."""

from lambdas.harvest.connectors import (
    agency_places,
    ages,
    air_quality,
    boundaries,
    commuting,
    crash_counts,
    crashes,
    demographics,
    families,
    finance_lines,
    finances,
    home_prices,
    home_sales,
    incomes,
    offenses,
    place_counties,
    places,
    population,
    school_counts,
    schools,
    state_unemployment,
    transit_feeds,
    transit_routes,
    transit_stops,
    unemployment,
    zillow,
)
from lambdas.harvest.model import Connector

CONNECTORS: tuple[Connector, ...] = (
    places.CONNECTOR,
    place_counties.CONNECTOR,
    population.CONNECTOR,
    demographics.CONNECTOR,
    air_quality.CONNECTOR,
    offenses.CONNECTOR,
    boundaries.CONNECTOR,
    schools.CONNECTOR,
    school_counts.CONNECTOR,
    home_prices.CONNECTOR,
    unemployment.CONNECTOR,
    state_unemployment.CONNECTOR,
    transit_feeds.CONNECTOR,
    transit_stops.CONNECTOR,
    transit_routes.CONNECTOR,
    ages.CONNECTOR,
    incomes.CONNECTOR,
    finance_lines.CONNECTOR,
    finances.CONNECTOR,
    commuting.CONNECTOR,
    agency_places.CONNECTOR,
    crashes.CONNECTOR,
    crash_counts.CONNECTOR,
)
"""Every connector whose figures are bundled, each after those whose datasets it needs."""

LIVE_CONNECTORS: tuple[Connector, ...] = (
    families.CONNECTOR,
    home_sales.CONNECTOR,
    zillow.HOME_VALUES,
    zillow.RENT,
)
"""Connectors whose publishers must be asked, since no bundled file has their figures: harvested
when an operator names them (``citylake harvest families --from live``)."""
