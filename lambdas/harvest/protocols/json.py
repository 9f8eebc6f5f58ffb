"""JSON files: a list of objects, or objects nested under keys that mean something."""

import gzip
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import msgspec

from citylake.errors import SourceChanged
from lambdas.harvest.fetch import Get
from lambdas.harvest.model import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonFile:
    """A JSON document of records, plain or gzipped.

    Attributes:
        address: where the document is.
        fields: the publisher's name of each wanted field, by our own.
        levels: our names for the keys under which records are nested (``state``, then ``ori``);
            none where the document is a list.

    Raises (from ``pages``):
        SourceChanged: no JSON; another shape; a record lacks a declared field.
    """

    address: str
    fields: Mapping[str, str]
    levels: tuple[str, ...] = ()

    def pages(self, get: Get) -> Iterator[list[Record]]:
        """Read the document's records, all at once."""
        body = get(self.address).body
        try:
            if body.startswith(b"\x1f\x8b"):
                body = gzip.decompress(body)
            document = msgspec.json.decode(body)
        except (OSError, EOFError, msgspec.DecodeError) as error:
            raise SourceChanged(f"{self.address} is no JSON: {error}") from error
        yield [self._record(keys, held) for keys, held in self._flatten(document)]

    def _flatten(self, document: object) -> Iterator[tuple[Record, object]]:
        if not self.levels:
            if not isinstance(document, list):
                raise SourceChanged(f"{self.address}: expected a list of records")
            yield from (({}, held) for held in document)
            return
        layer: list[tuple[dict[str, str], object]] = [({}, document)]
        for level in self.levels:
            deeper: list[tuple[dict[str, str], object]] = []
            for keys, held in layer:
                if not isinstance(held, dict):
                    raise SourceChanged(f"{self.address}: expected objects by {level}")
                deeper += [({**keys, level: key}, inner) for key, inner in held.items()]
            layer = deeper
        yield from layer

    def _record(self, keys: Record, held: object) -> Record:
        if not isinstance(held, dict):
            raise SourceChanged(f"{self.address}: a record is {held!r:.60}; expected an object")
        missing = [theirs for theirs in self.fields.values() if theirs not in held]
        if missing:
            raise SourceChanged(f"{self.address}: a record has no {', '.join(missing)}")
        values = {ours: held[theirs] for ours, theirs in self.fields.items()}
        return {
            **keys,
            **{ours: "" if value is None else str(value).strip() for ours, value in values.items()},
        }
