"""Files of JSON lines: one object a line, with objects inside of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import msgspec

from citylake.errors import SourceChanged
from lambdas.harvest.fetch import Get
from lambdas.harvest.model import Record

_OBJECT = msgspec.json.Decoder(dict[str, object])


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonLines:
    """A file with one JSON object a line.

    A value is named by its path (``location.municipality``, ``redirect.0.id``): what an object
    lacks on the way is empty, since such files leave out what there is not.

    Attributes:
        address: where the file is.
        fields: path of each wanted value, by our own name.
        required: our names of the values that every object must have.

    Raises (from ``pages``):
        SourceChanged: a line is no object, or lacks a required value.
    """

    address: str
    fields: Mapping[str, str]
    required: tuple[str, ...]

    def pages(self, get: Get) -> Iterator[list[Record]]:
        """Read the file's objects, all at once."""
        lines = get(self.address).body.splitlines()
        yield [self._record(number, line) for number, line in enumerate(lines, start=1) if line]

    def _record(self, number: int, line: bytes) -> Record:
        try:
            held = _OBJECT.decode(line)
        except msgspec.MsgspecError as error:
            raise SourceChanged(f"{self.address}: line {number} is no object: {error}") from error
        record = {ours: _text(_at(held, path)) for ours, path in self.fields.items()}
        missing = [self.fields[name] for name in self.required if not record[name]]
        if missing:
            raise SourceChanged(f"{self.address}: line {number} has no {', '.join(missing)}")
        return record


def _at(held: object, path: str) -> object:
    for step in path.split("."):
        match held:
            case dict():
                held = held.get(step)
            case list():
                held = held[int(step)] if int(step) < len(held) else None
            case _:
                return None
    return held


def _text(value: object) -> str:
    return "" if value is None else str(value).strip()
