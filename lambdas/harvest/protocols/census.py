"""The Census Bureau's data API: tables of estimates by geography."""

import re
from collections.abc import Iterator, Mapping, Sequence
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
    """Tables of one vintage, for every area of one kind.

    The API answers with an array of arrays: the header first, then one array a record, every value
    a string or null, the geography's codes last. It asks for a key with every request; a missing or
    wrong one is answered by an HTML page, often with status 200. One request takes 50 variables:
    for more, several are sent, and their answers are joined by the geography's codes. Values that
    stand for «not available» (``-666666666`` …) are handed on: see ``clean.numbers``.

    Attributes:
        address: ``https://api.census.gov/data/{year}/{dataset}``.
        fields: the variable of each wanted field, by our own name; geography codes included.
        areas: what to ask for (``place:*``).
        within: the larger areas that contain it (``state:*``).
        geography: the codes that come unasked (``state``, ``place``).

    Raises (from ``pages``):
        SourceUnreachable: the answer is a page about the key.
        SourceChanged: the answer is no table, or lacks a declared field; two answers are not about
            the same areas.
    """

    address: str
    fields: Mapping[str, str]
    areas: str
    within: str = ""
    geography: tuple[str, ...] = ("state", "place")

    def pages(self, get: Get) -> Iterator[list[Record]]:
        """Ask for the tables, with every area at once: the API does not page."""
        variables = sorted(set(self.fields.values()) - set(self.geography))
        starts = range(0, len(variables), MOST_VARIABLES)
        first, *others = [
            self._ask(get, variables[start : start + MOST_VARIABLES]) for start in starts
        ]
        for other in others:
            if other.keys() != first.keys():
                differing = next(iter(other.keys() ^ first.keys()))
                raise SourceChanged(
                    f"{self.address} sent {len(first):,} areas, then {len(other):,} in answer to "
                    f"the same question: {' '.join(differing)} is in one of them only"
                )
        yield [
            {name: value for table in (first, *others) for name, value in table[area].items()}
            for area in first
        ]

    def _ask(self, get: Get, variables: Sequence[str]) -> Mapping[tuple[str, ...], Record]:
        """One answer's records by the codes of their area."""
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
        expected = {*variables, *self.geography}
        wanted = {ours: theirs for ours, theirs in self.fields.items() if theirs in expected}
        where = positions(wanted, header, self.address)
        codes = positions({name: name for name in self.geography}, header, self.address).values()
        if any(len(line) != len(header) for line in table):
            raise SourceChanged(f"{self.address} sent records of different lengths")
        records = {
            tuple(line[place] or "" for place in codes): {
                ours: line[place] or "" for ours, place in where.items()
            }
            for line in table[1:]
        }
        if len(records) != len(table) - 1:
            raise SourceChanged(f"{self.address} sent an area more than once")
        return records
