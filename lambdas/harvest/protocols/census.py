"""The Census Bureau's data API: tables of estimates by geography."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import msgspec

from citylake.errors import SourceChanged, SourceUnreachable
from lambdas.harvest.fetch import Get
from lambdas.harvest.model import Record
from lambdas.harvest.protocols.declared import positions

MOST_VARIABLES = 50
"""Variables that one request may ask for."""

_TABLE = msgspec.json.Decoder(list[list[str | None]])
_TITLE = re.compile(rb"<title>\s*(.*?)\s*</title>", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class CensusApi:
    """One table of one vintage, for every area of one kind.

    The API answers with an array of arrays: the header first, then one array a record, every value
    a string or null, the geography's codes last. It asks for a key with every request; a missing or
    wrong one is answered by an HTML page, often with status 200. Values that stand for «not
    available» (``-666666666`` …) are handed on: see ``clean.numbers``.

    Attributes:
        address: ``https://api.census.gov/data/{year}/{dataset}``.
        fields: the variable of each wanted field, by our own name; geography codes included.
        areas: what to ask for (``place:*``).
        within: the larger areas that contain it (``state:*``).
        geography: the codes that come unasked (``state``, ``place``).

    Raises (from ``pages``):
        SourceUnreachable: the answer is a page about the key.
        SourceChanged: the answer is no table, or lacks a declared field.
    """

    address: str
    fields: Mapping[str, str]
    areas: str
    within: str = ""
    geography: tuple[str, ...] = ("state", "place")

    def __post_init__(self) -> None:
        asked = len(set(self.fields.values()) - set(self.geography))
        if asked > MOST_VARIABLES:
            raise ValueError(f"{asked} variables of {self.address}; one request takes 50 at most")

    def pages(self, get: Get) -> Iterator[list[Record]]:
        """Ask for the table, all at once: the API does not page."""
        variables = sorted(set(self.fields.values()) - set(self.geography))
        parameters = {"get": ",".join(variables), "for": self.areas}
        if self.within:
            parameters["in"] = self.within
        body = get(self.address, parameters).body
        if not body:
            raise SourceChanged(f"{self.address} has nothing for {self.areas} in {self.within}")
        if body.lstrip()[:1] == b"<":
            title = _TITLE.search(body)
            words = title[1].decode("utf-8", "replace") if title else "a page without a title"
            raise SourceUnreachable(
                f"{self.address} answered with a page for people ({words}); "
                "expected a table: is the key there, and activated?"
            )
        try:
            table = _TABLE.decode(body)
        except msgspec.MsgspecError as error:
            raise SourceChanged(f"{self.address} sent no table: {error}") from error
        header = [name or "" for name in table[0]] if table else []
        where = positions(self.fields, header, self.address)
        if any(len(line) != len(header) for line in table):
            raise SourceChanged(f"{self.address} sent records of different lengths")
        yield [{ours: line[place] or "" for ours, place in where.items()} for line in table[1:]]
