"""How each kind of server or file is spoken to: one protocol, one file."""

from lambdas.harvest.protocols.bls import BlsSeriesFile
from lambdas.harvest.protocols.census import CensusApi
from lambdas.harvest.protocols.delimited import DelimitedFile
from lambdas.harvest.protocols.excel import ExcelSheet
from lambdas.harvest.protocols.filtered import FilteredFile
from lambdas.harvest.protocols.geojson import GeoJsonFile
from lambdas.harvest.protocols.gtfs import GtfsFeed
from lambdas.harvest.protocols.json import JsonFile
from lambdas.harvest.protocols.jsonlines import JsonLines
from lambdas.harvest.protocols.wide import WideMonths

__all__ = [
    "BlsSeriesFile",
    "CensusApi",
    "DelimitedFile",
    "ExcelSheet",
    "FilteredFile",
    "GeoJsonFile",
    "GtfsFeed",
    "JsonFile",
    "JsonLines",
    "WideMonths",
]
