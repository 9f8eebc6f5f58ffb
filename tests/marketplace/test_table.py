"""What only the table can get wrong, and what importing the marketplace costs."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from citylake.errors import Throttled
from marketplace.facts import AgreementCreated, Closed, Fact
from marketplace.hours import HOUR, HourState
from marketplace.table import TableBooks
from tests.citylake.test_light import loaded
from tests.marketplace.conftest import make_table
from tests.marketplace.test_books import CLAIM, CREATED, NOW, RENEWED, UPDATED, row


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Iterator[TableBooks]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with mock_aws():
        yield make_table()


def contended(times: int) -> Any:
    """A client whose transactions lose against another writer a few times."""

    class Contended:
        def __init__(self, client: Any) -> None:
            self._client = client
            self.left = times

        def __getattr__(self, name: str) -> Any:
            return getattr(self._client, name)

        def transact_write_items(self, **asked: Any) -> Any:
            if self.left:
                self.left -= 1
                said: Any = {
                    "Error": {"Code": "TransactionCanceledException", "Message": "busy"},
                    "CancellationReasons": [{"Code": "None"}, {"Code": "TransactionConflict"}],
                }
                raise ClientError(said, "TransactWriteItems")
            return self._client.transact_write_items(**asked)

    return Contended


def test_a_transaction_that_loses_against_another_is_tried_again(table: TableBooks) -> None:
    waits: list[float] = []
    busy = TableBooks(contended(3)(table._client), "market", waits.append)

    assert busy.record(CREATED)
    assert len(waits) == 3
    assert table.facts("agmt-1") == (CREATED,)


def test_a_table_that_is_too_busy_says_so(table: TableBooks) -> None:
    busy = TableBooks(contended(100)(table._client), "market", lambda seconds: None)
    with pytest.raises(Throttled, match="market"):
        busy.record(CREATED)


def test_facts_that_share_a_subject_are_recorded_in_one_transaction(table: TableBooks) -> None:
    closed = [
        Closed(id=f"c{number}", at=NOW, licence="l-0a", ended_at=NOW, reason="over")
        for number in range(3)
    ]
    table.decide(*closed)
    assert set(table.facts("l-0a")) == set(closed)


def test_a_subscription_with_more_facts_than_a_page_holds_is_read_whole(table: TableBooks) -> None:
    padded = [
        AgreementCreated(id=f"e{n:03d}", at=NOW, agreement="agmt-1", offer="x" * 20_000)
        for n in range(80)  # 1.6 MB: a page holds one
    ]
    kept: list[Fact] = [*padded, UPDATED, RENEWED]
    for fact in kept:
        table.record(fact)

    assert len(table.facts("l-0a")) == 82


def test_an_hour_leaves_the_index_with_its_end(table: TableBooks) -> None:
    table.decide(claim=CLAIM)
    claim = table.claim("3719000")
    assert claim is not None
    table.make_hours(claim, [row(NOW), row(NOW + HOUR)], NOW)
    held = table.due(NOW + timedelta(days=1), 10)
    assert [found.hour for found in held] == [NOW, NOW + HOUR]
    table.change_hours([msgspec.structs.replace(held[0], state=HourState.ACCEPTED)], NOW)

    index = table._client.scan(TableName="market", IndexName="due")["Items"]
    assert [item["due_sk"]["S"][:13] for item in index] == ["2026-11-02T11"]


@pytest.mark.parametrize("module", ["marketplace.clock", "marketplace.sweep", "marketplace.events"])
def test_what_decides_loads_no_client_of_aws_and_no_dataframes(module: str) -> None:
    heavy = ("boto3", "botocore", "duckdb", "pandas", "pyarrow", "pyiceberg", "sqlglot")
    assert loaded(f"import {module}", *heavy) == []
