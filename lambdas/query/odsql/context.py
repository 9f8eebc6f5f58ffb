"""What a clause may speak of: the dataset's fields, and the circumstances of the request."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from citylake.datasets import Field
from lambdas.query.odsql import typed
from lambdas.query.odsql.typed import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a clause may speak of.

    Attributes:
        fields: the dataset's fields, by every name under which they are known, in their order.
        timezone: in which dates are read, and instants are parted into days.
        language: of the names of months and days.
        now: the instant of the request.
        searched: names of the fields that text search looks into where it is not told which;
            every text's if none is named.
    """

    fields: Mapping[str, Field]
    timezone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    language: str = "en"
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    searched: frozenset[str] = frozenset()

    def column(self, name: str) -> typed.Column | None:
        """The column of a field; ``None`` if there is no such field."""
        known = self.fields.get(name)
        return None if known is None else typed.Column(known.name, typed.kind_of(known))

    def columns(self) -> tuple[Field, ...]:
        """Every field once, in order."""
        return tuple(dict.fromkeys(self.fields.values()))

    def text_columns(self, below: str = "") -> tuple[typed.Column, ...]:
        """The columns that text search looks into where it is not told which.

        Args:
            below: only those under this template of the catalog's metadata; empty for all.
        """
        if below:
            fields = [known for name, known in self.fields.items() if name.startswith(f"{below}.")]
        else:
            fields = [
                known
                for known in self.columns()
                if not self.searched or known.name in self.searched
            ]
        columns = (typed.Column(known.name, typed.kind_of(known)) for known in fields)
        return tuple(column for column in columns if column.kind in {Kind.TEXT, Kind.TEXTS})
