"""The office in the books' DynamoDB table, beside them.

::

    U#{digest of an address}   PERSON        a person
    L#{licence}                U#{digest}    that a person may see a licence
    N#{digest of a name}       COUNT         how often something happened
    A#{month}                  {at}#{id}     an alarm
    SURVEY                     SURVEY        the last survey

``expires_at`` is the time to live of counts and alarms.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import msgspec
from botocore.exceptions import ClientError

from citylake.errors import BooksConflict
from marketplace.alarms import Alarm
from marketplace.hours import month_of
from marketplace.office import Person, Rung, digest_of
from marketplace.survey import Survey

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ALARMS_KEPT = timedelta(days=180)
"""How long an alarm is kept for ops to read; logs and the ledger keep what they say for longer."""

_TRIES = 4


class TableOffice:
    """The office in a DynamoDB table. Safe between threads, processes and functions.

    Args:
        client: of DynamoDB.
        table: name of the table.
        pause: waits; called with seconds.
    """

    def __init__(
        self, client: "DynamoDBClient", table: str, pause: Callable[[float], None] = time.sleep
    ) -> None:
        self._client = client
        self._table = table
        self._pause = pause

    def person(self, address: str) -> Person | None:
        """Who signs in with an address."""
        return self._person(digest_of(address))

    def people_of(self, licence: str) -> Sequence[Person]:
        """Who may see a licence."""
        items = self._query(f"L#{licence}", prefix="U#")
        found = (self._person(item["sk"]["S"].removeprefix("U#")) for item in items)
        return [person for person in found if person is not None]

    def save_person(self, person: Person) -> Person:
        """Keep a person that is still as it was read, and for whom it may speak."""
        saved = msgspec.structs.replace(person, revision=person.revision + 1)
        digest = digest_of(person.address)
        put: Any = {
            "TableName": self._table,
            "Item": {
                **_key(f"U#{digest}", "PERSON"),
                "body": _body(saved),
                "revision": {"N": str(saved.revision)},
            },
            "ConditionExpression": "attribute_not_exists(pk)",
        }
        if person.revision:
            put["ConditionExpression"] = "revision = :read"
            put["ExpressionAttributeValues"] = {":read": {"N": str(person.revision)}}
        links: list[Any] = [
            {"Put": {"TableName": self._table, "Item": _key(f"L#{licence}", f"U#{digest}")}}
            for licence in person.licences[-1:]  # the others were linked when they were the last
        ]
        for attempt in range(_TRIES):
            try:
                self._client.transact_write_items(TransactItems=[*links, {"Put": put}])
            except ClientError as error:
                if not _lost(error):
                    raise
                if self.person(person.address) == saved:
                    return saved  # it was written, and the answer was lost
                if _is_conflict(error):
                    break
                self._pause(0.05 * 2**attempt)
            else:
                return saved
        raise BooksConflict(f"the person {digest[:12]} changed since it was read")

    def count(self, name: str, until: datetime) -> int:
        """Count one more, in one write."""
        said = self._client.update_item(
            TableName=self._table,
            Key=_key(f"N#{digest_of(name)}", "COUNT"),
            UpdateExpression="ADD #count :one SET expires_at = :until",
            ExpressionAttributeNames={"#count": "count"},
            ExpressionAttributeValues={":one": {"N": "1"}, ":until": _seconds(until)},
            ReturnValues="UPDATED_NEW",
        )
        return int(said["Attributes"]["count"]["N"])

    def note_alarm(self, alarm: Alarm, at: datetime) -> None:
        """Keep an alarm for half a year."""
        item = {
            **_key(f"A#{month_of(at)}", f"{at.isoformat()}#{uuid4().hex[:8]}"),
            "body": _body(Rung(at=at, alarm=alarm)),
            "expires_at": _seconds(at + ALARMS_KEPT),
        }
        self._client.put_item(TableName=self._table, Item=item)

    def alarms(self, at: datetime, limit: int) -> Sequence[Rung]:
        """The latest alarms of this month and the one before, the latest first."""
        found: list[Rung] = []
        for month in (month_of(at), month_of(at.replace(day=1) - timedelta(days=1))):
            if len(found) < limit:
                items = self._query(f"A#{month}", newest_first=True, limit=limit - len(found))
                found += [msgspec.json.decode(item["body"]["S"], type=Rung) for item in items]
        return found

    def keep_survey(self, survey: Survey) -> None:
        """Keep a survey in place of the last one."""
        item = {**_key("SURVEY", "SURVEY"), "body": _body(survey)}
        self._client.put_item(TableName=self._table, Item=item)

    def survey(self) -> Survey | None:
        """The last survey."""
        item = self._item("SURVEY", "SURVEY")
        return msgspec.json.decode(item["body"]["S"], type=Survey) if item else None

    def _person(self, digest: str) -> Person | None:
        item = self._item(f"U#{digest}", "PERSON")
        return msgspec.json.decode(item["body"]["S"], type=Person) if item else None

    def _item(self, pk: str, sk: str) -> Mapping[str, Any] | None:
        said = self._client.get_item(TableName=self._table, Key=_key(pk, sk), ConsistentRead=True)
        return said.get("Item")

    def _query(
        self, pk: str, *, prefix: str = "", newest_first: bool = False, limit: int | None = None
    ) -> list[Mapping[str, Any]]:
        asked: dict[str, Any] = {
            "TableName": self._table,
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": {"S": pk}},
            "ScanIndexForward": not newest_first,
            "ConsistentRead": True,
        }
        if prefix:
            asked["KeyConditionExpression"] += " AND begins_with(sk, :prefix)"
            asked["ExpressionAttributeValues"][":prefix"] = {"S": prefix}
        found: list[Mapping[str, Any]] = []
        while limit is None or len(found) < limit:
            page = self._client.query(**asked)
            found += page["Items"]
            if "LastEvaluatedKey" not in page:
                break
            asked["ExclusiveStartKey"] = page["LastEvaluatedKey"]
        return found[:limit]


def _key(pk: str, sk: str) -> dict[str, Any]:
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def _body(held: object) -> dict[str, str]:
    return {"S": msgspec.json.encode(held).decode()}


def _seconds(moment: datetime) -> dict[str, str]:
    return {"N": str(int(moment.timestamp()))}


def _lost(error: ClientError) -> bool:
    """Whether a transaction was cancelled, by a condition or by another writer."""
    return error.response["Error"]["Code"] == "TransactionCanceledException"


def _is_conflict(error: ClientError) -> bool:
    reasons: Any = error.response.get("CancellationReasons") or ()
    return any(reason.get("Code") == "ConditionalCheckFailed" for reason in reasons)
