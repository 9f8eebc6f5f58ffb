"""Exports: all records of a question as a file, written as the engine yields them.

A format is one row of ``FORMATS``; a writer turns a ``Table`` into bytes. Memory holds one batch of
rows at a time, however long the file.
"""

from lambdas.query.exports.export import GZIP, Export
from lambdas.query.exports.exporter import Exporter
from lambdas.query.exports.formats import (
    FORMATS,
    Format,
    find_format,
    formats_for,
    formats_of,
)

__all__ = [
    "FORMATS",
    "GZIP",
    "Export",
    "Exporter",
    "Format",
    "find_format",
    "formats_for",
    "formats_of",
]
