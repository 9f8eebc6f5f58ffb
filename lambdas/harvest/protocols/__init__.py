"""How each kind of server or file is spoken to: one protocol, one file."""

from lambdas.harvest.protocols.bls import BlsSeriesFile
from lambdas.harvest.protocols.census import CensusApi
from lambdas.harvest.protocols.delimited import DelimitedFile
from lambdas.harvest.protocols.excel import ExcelSheet
from lambdas.harvest.protocols.geojson import GeoJsonFile
from lambdas.harvest.protocols.gtfs import GtfsFeed
from lambdas.harvest.protocols.json import JsonFile
from lambdas.harvest.protocols.jsonlines import JsonLines

__all__ = [
    "BlsSeriesFile",
    "CensusApi",
    "DelimitedFile",
    "ExcelSheet",
    "GeoJsonFile",
    "GtfsFeed",
    "JsonFile",
    "JsonLines",
]
