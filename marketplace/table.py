"""Books in one DynamoDB table.

Keys are texts, ``pk`` and ``sk``; an index ``due`` over ``due_pk`` and ``due_sk`` holds the hours
without an end, and nothing else; ``expires_at`` is the time to live of sessions::

    S#{agreement or licence}   F#{fact}      a fact, once under each of its subjects
    SUBJECTS#{shard}           {subject}     all agreements and licences
    RAW#{event}                RAW           an event as it came
    P#{geoid}                  CLAIM         which licence has a place
    L#{licence}                H#{hour}      a licence-hour
    J#{licence}#{month}        {line}        a line of the ledger
    V#{session}                SESSION       a session

What must be true together is written in one transaction. A transaction that loses against another
writer is tried again; what it was conditional on is never assumed.
"""

import random
import time
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec
from botocore.exceptions import ClientError

from citylake.errors import BooksConflict, Throttled
from marketplace.books import Claim, Session
from marketplace.facts import Fact, decode_fact, encode_fact
from marketplace.hours import LicenceHour
from marketplace.ledger import Entry, change_entry, hour_entry

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

DUE = "due"
"""Name of the index."""

_SHARDS = 8
"""Over how many partitions lies what many write at once: one takes 1,000 writes a second."""

_TRIES = 6
_ABSENT = "attribute_not_exists(pk)"
_AS_READ = "revision = :read"
_OPEN = "revision = :read AND attribute_exists(due_pk)"
_CONTENTION = frozenset({"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"})


class TableBooks:
    """Books in a DynamoDB table. Safe between threads, processes and functions.

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

    def keep_raw(self, event: str, body: bytes, at: datetime) -> bool:
        """Keep an event as it came."""
        item = {**_key(f"RAW#{event}", "RAW"), "body": {"B": body}, "at": {"S": _stamp(at)}}
        return not self._refused([self._put(item, _ABSENT)])

    def raw(self, event: str) -> bytes | None:
        """An event as it came."""
        item = self._item(f"RAW#{event}", "RAW")
        return bytes(item["body"]["B"]) if item else None

    def record(self, fact: Fact) -> bool:
        """Keep a fact under each of its subjects, once."""
        return not self._refused(self._facts([fact]))

    def facts(self, subject: str) -> tuple[Fact, ...]:
        """All facts that hang together with a subject, followed from one to the next."""
        found: dict[str, Fact] = {}
        seen, open_ends = {subject}, [subject]
        while open_ends:
            for item in self._query(f"S#{open_ends.pop()}", "F#"):
                fact = decode_fact(item["body"]["S"])
                found[fact.id] = fact
                fresh = set(fact.subjects) - seen
                seen |= fresh
                open_ends += fresh
        return tuple(found.values())

    def subjects(self) -> Iterator[str]:
        """All agreements and licences."""
        for shard in range(_SHARDS):
            for item in self._query(f"SUBJECTS#{shard}", ""):
                yield item["sk"]["S"]

    def claim(self, geoid: str) -> Claim | None:
        """The claim on a place."""
        item = self._item(f"P#{geoid}", "CLAIM")
        return msgspec.json.decode(item["body"]["S"], type=Claim) if item else None

    def decide(
        self, *facts: Fact, claim: Claim | None = None, entries: Sequence[Entry] = ()
    ) -> None:
        """Record what binds us in one transaction."""
        writes = [self._put(_line(entry), _ABSENT) for entry in entries]
        if claim is not None:
            writes.append(self._claimed(claim))
        if self._refused([*self._facts(facts), *writes]):
            named = ", ".join(fact.id for fact in facts) or "nothing"
            raise BooksConflict(f"{named} is recorded already, or the claim is not as it was read")

    def make_hours(self, claim: Claim, rows: Sequence[LicenceHour], at: datetime) -> Claim:
        """Make hours of a place in one transaction."""
        after = msgspec.structs.replace(claim, closed_through=rows[-1].hour)
        writes = [self._claimed(after)]
        for row in rows:
            writes.append(self._put(_hour(row), _ABSENT))
            writes.append(self._put(_line(hour_entry(row, at)), _ABSENT))
        if self._refused(writes):
            raise BooksConflict(
                f"the claim on {claim.geoid} changed since it was read, or one of its hours exists"
            )
        return msgspec.structs.replace(after, revision=after.revision + 1)

    def hour(self, licence: str, hour: datetime) -> LicenceHour | None:
        """One licence-hour."""
        item = self._item(f"L#{licence}", f"H#{_stamp(hour)}")
        return _row(item) if item else None

    def hours(self, licence: str, start: datetime, end: datetime) -> Iterator[LicenceHour]:
        """The hours of a licence, in order."""
        first, last = f"H#{_stamp(start)}", f"H#{_stamp(end)}"
        for item in self._query(f"L#{licence}", "", between=(first, last)):
            row = _row(item)
            if start <= row.hour < end:
                yield row

    def due(
        self,
        now: datetime,
        limit: int,
        *,
        after: datetime | None = None,
        through: datetime | None = None,
        newest_first: bool = False,
    ) -> Sequence[LicenceHour]:
        """Hours that may be sent now, as the index has them: a moment old."""
        found: list[LicenceHour] = []
        for shard in range(_SHARDS):
            count = 0
            for row in self._open(shard, after, through, newest_first=newest_first):
                if count == limit:
                    break
                if row.is_due(now):
                    found.append(row)
                    count += 1
        found.sort(key=lambda row: row.licence)
        found.sort(key=lambda row: row.hour, reverse=newest_first)
        return found[:limit]

    def unsettled(self, through: datetime | None = None) -> Iterator[LicenceHour]:
        """Hours that did not come to their end."""
        rows = [row for shard in range(_SHARDS) for row in self._open(shard, None, through)]
        return iter(sorted(rows, key=lambda row: (row.hour, row.licence)))

    def change_hours(self, rows: Sequence[LicenceHour], at: datetime) -> Sequence[LicenceHour]:
        """Replace hours in one transaction, without those that changed since they were read."""
        left = list(rows)
        while left:
            changed = [msgspec.structs.replace(row, revision=row.revision + 1) for row in left]
            writes = []
            for before, row in zip(left, changed, strict=True):
                writes.append(self._put(_hour(row), _OPEN, before.revision))
                writes.append(self._put(_line(change_entry(row, at)), _ABSENT))
            refused = {index // 2 for index in self._refused(writes)}
            if not refused:
                return changed
            left = [row for index, row in enumerate(left) if index not in refused]
        return []

    def enter(self, entry: Entry) -> bool:
        """Add a line to the ledger, once."""
        return not self._refused([self._put(_line(entry), _ABSENT)])

    def entries(self, licence: str, month: str) -> Iterator[Entry]:
        """The lines of a licence and month."""
        for item in self._query(f"J#{licence}#{month}", ""):
            yield msgspec.json.decode(item["body"]["S"], type=Entry)

    def keep_session(self, session: Session) -> None:
        """Keep a session until it expires, when DynamoDB forgets it in its own time."""
        item = {
            **_key(f"V#{session.id}", "SESSION"),
            "body": {"S": msgspec.json.encode(session).decode()},
            "expires_at": {"N": str(int(session.expires_at.timestamp()))},
        }
        self._client.put_item(TableName=self._table, Item=item)

    def session(self, session_id: str, now: datetime) -> Session | None:
        """A session that has not expired, whether it is still there or not."""
        item = self._item(f"V#{session_id}", "SESSION")
        held = msgspec.json.decode(item["body"]["S"], type=Session) if item else None
        return held if held is not None and now < held.expires_at else None

    def end_session(self, session_id: str) -> None:
        """Forget a session."""
        self._client.delete_item(TableName=self._table, Key=_key(f"V#{session_id}", "SESSION"))

    def _facts(self, facts: Sequence[Fact]) -> "list[TransactWriteItemTypeDef]":
        """Writes of facts; a transaction may name a subject's own item only once."""
        writes = [
            self._put(
                {
                    **_key(f"S#{subject}", f"F#{fact.id}"),
                    "body": {"S": encode_fact(fact).decode()},
                },
                _ABSENT,
            )
            for fact in facts
            for subject in fact.subjects
        ]
        subjects = dict.fromkeys(subject for fact in facts for subject in fact.subjects)
        writes += [self._put(_key(f"SUBJECTS#{_shard(name)}", name)) for name in subjects]
        return writes

    def _claimed(self, claim: Claim) -> "TransactWriteItemTypeDef":
        after = msgspec.structs.replace(claim, revision=claim.revision + 1)
        item = {
            **_key(f"P#{claim.geoid}", "CLAIM"),
            "body": {"S": msgspec.json.encode(after).decode()},
            "revision": {"N": str(after.revision)},
        }
        if claim.revision == 0:
            return self._put(item, _ABSENT)
        return self._put(item, _AS_READ, claim.revision)

    def _put(
        self, item: Mapping[str, Any], condition: str = "", read: int | None = None
    ) -> "TransactWriteItemTypeDef":
        put: dict[str, Any] = {"TableName": self._table, "Item": item}
        if condition:
            put["ConditionExpression"] = condition
        if read is not None:
            put["ExpressionAttributeValues"] = {":read": {"N": str(read)}}
        return {"Put": put}  # type: ignore[typeddict-item]  # a dict of just these

    def _refused(self, writes: "Sequence[TransactWriteItemTypeDef]") -> list[int]:
        """Write all, or say which of the writes found their condition not met.

        Raises:
            Throttled: others kept writing the same.
        """
        for attempt in range(_TRIES):
            try:
                self._client.transact_write_items(TransactItems=writes)
            except ClientError as error:
                reasons: Any = error.response.get("CancellationReasons")
                if error.response["Error"]["Code"] != "TransactionCanceledException":
                    raise
                codes = [reason.get("Code", "None") for reason in reasons or ()]
                refused = [i for i, code in enumerate(codes) if code == "ConditionalCheckFailed"]
                if refused:
                    return refused
                if not _CONTENTION & set(codes):
                    raise
                self._pause(0.05 * 2**attempt * random.random())  # noqa: S311  # no secret
            else:
                return []
        raise Throttled(f"others kept writing to {self._table} what {len(writes)} writes are about")

    def _item(self, pk: str, sk: str) -> Mapping[str, Any] | None:
        said = self._client.get_item(TableName=self._table, Key=_key(pk, sk), ConsistentRead=True)
        return said.get("Item")

    def _query(
        self, pk: str, prefix: str, between: tuple[str, str] | None = None
    ) -> Iterator[Mapping[str, Any]]:
        """All items of a partition, page by page, consistently."""
        asked: dict[str, Any] = {
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": {"S": pk}},
            "ConsistentRead": True,
        }
        if between is not None:
            asked["KeyConditionExpression"] += " AND sk BETWEEN :first AND :last"
            asked["ExpressionAttributeValues"] |= {
                ":first": {"S": between[0]},
                ":last": {"S": between[1]},
            }
        elif prefix:
            asked["KeyConditionExpression"] += " AND begins_with(sk, :prefix)"
            asked["ExpressionAttributeValues"] |= {":prefix": {"S": prefix}}
        return self._pages(asked)

    def _open(
        self,
        shard: int,
        after: datetime | None,
        through: datetime | None,
        *,
        newest_first: bool = False,
    ) -> Iterator[LicenceHour]:
        """Hours of a shard without an end, of all of which only some may be due."""
        # An hour's key goes on with its licence, so that the hour alone is before, and "~" behind.
        first = f"{_stamp(after)}~" if after is not None else "0"
        last = f"{_stamp(through)}~" if through is not None else "~"
        if first > last:
            return
        asked: dict[str, Any] = {
            "IndexName": DUE,
            "KeyConditionExpression": "due_pk = :pk AND due_sk BETWEEN :first AND :last",
            "ExpressionAttributeValues": {
                ":pk": {"S": f"due#{shard}"},
                ":first": {"S": first},
                ":last": {"S": last},
            },
            "ScanIndexForward": not newest_first,
        }
        for item in self._pages(asked):
            yield _row(item)

    def _pages(self, asked: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        start: dict[str, Any] = {}
        while True:
            page = self._client.query(TableName=self._table, **asked, **start)
            yield from page["Items"]
            if "LastEvaluatedKey" not in page:
                return
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def _hour(row: LicenceHour) -> dict[str, Any]:
    """A licence-hour as an item: in the index while it has no end."""
    item: dict[str, Any] = {
        **_key(f"L#{row.licence}", f"H#{_stamp(row.hour)}"),
        "body": {"S": msgspec.json.encode(row).decode()},
        "revision": {"N": str(row.revision)},
    }
    if not row.is_settled:
        item["due_pk"] = {"S": f"due#{_shard(row.licence)}"}
        item["due_sk"] = {"S": f"{_stamp(row.hour)}#{row.licence}"}
    return item


def _row(item: Mapping[str, Any]) -> LicenceHour:
    return msgspec.json.decode(item["body"]["S"], type=LicenceHour)


def _line(entry: Entry) -> dict[str, Any]:
    return {
        **_key(f"J#{entry.licence}#{entry.month}", entry.id),
        "body": {"S": msgspec.json.encode(entry).decode()},
    }


def _key(pk: str, sk: str) -> dict[str, Any]:
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def _shard(name: str) -> int:
    return zlib.crc32(name.encode()) % _SHARDS


def _stamp(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
