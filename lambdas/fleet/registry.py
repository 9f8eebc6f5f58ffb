"""The registry of cities: one item per city in a DynamoDB table.

An item is read whole and replaced whole, if it is still what was read: its ``revision`` is the
condition of every write. A city's latest changes lie in the item itself, so that a status and the
line that tells of it are one write.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol

import msgspec
from botocore.exceptions import ClientError

from citylake.errors import CityNotFound, RegistryConflict
from lambdas.fleet.cities import City, instant

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

KEY = "geoid"
"""Name of the table's partition key; it has no sort key."""


class Registry(Protocol):
    """Where the cities are kept."""

    def find(self, geoid: str) -> City | None:
        """Read a city as it is now; ``None`` if it was never asked for."""

    def cities(self) -> Iterator[City]:
        """Every city there ever was, in no order."""

    def save(self, city: City, at: datetime) -> City:
        """Replace the city that was read by this one, or add it if its revision is 0.

        Returns:
            The city as it is now kept, with its new revision.

        Raises:
            RegistryConflict: it changed since it was read; nothing was written.
        """


def read_city(registry: Registry, geoid: str) -> City:
    """Read a city.

    Raises:
        CityNotFound: it was never asked for.
    """
    city = registry.find(geoid)
    if city is None:
        raise CityNotFound(f"no city {geoid!r} is in the registry; see citylake fleet list")
    return city


class TableRegistry:
    """The registry in a DynamoDB table.

    Args:
        table: with ``geoid``, a text, as its whole key.
    """

    def __init__(self, table: "Table") -> None:
        self._table = table

    def find(self, geoid: str) -> City | None:
        """Read a city, consistently."""
        item = self._table.get_item(Key={KEY: geoid}, ConsistentRead=True).get("Item")
        return _city(item) if item else None

    def cities(self) -> Iterator[City]:
        """Scan the table: a city is some kilobytes, and there are hundreds."""
        page = self._table.scan(ConsistentRead=True)
        while True:
            yield from map(_city, page["Items"])
            if "LastEvaluatedKey" not in page:
                return
            page = self._table.scan(ConsistentRead=True, ExclusiveStartKey=page["LastEvaluatedKey"])

    def save(self, city: City, at: datetime) -> City:
        """Put the item if its revision is the one that was read."""
        saved = msgspec.structs.replace(city, revision=city.revision + 1, changed_at=instant(at))
        condition: dict[str, Any] = (
            {
                "ConditionExpression": "revision = :read",
                "ExpressionAttributeValues": {":read": city.revision},
            }
            if city.revision
            else {"ConditionExpression": f"attribute_not_exists({KEY})"}
        )
        try:
            self._table.put_item(Item=msgspec.to_builtins(saved), **condition)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            if self.find(city.geoid) == saved:
                return saved  # it was written, but the answer was lost, and the client asked again
            raise RegistryConflict(
                f"{city.title} changed since it was read at revision {city.revision}"
            ) from error
        return saved


def _city(item: Mapping[str, Any]) -> City:
    return msgspec.convert(_plain(item), City)


def _plain(value: Any) -> Any:  # noqa: ANN401  # whatever an item may hold
    """The same with whole numbers for ``Decimal``, which is how boto3 reads every number."""
    match value:
        case Decimal():
            return int(value)
        case Mapping():
            return {name: _plain(held) for name, held in value.items()}
        case list():
            return [_plain(held) for held in value]
        case _:
            return value
