"""The office keeps the same promises in memory and in a table."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import boto3
import msgspec
import pytest
from moto import mock_aws

from citylake.errors import BooksConflict
from marketplace.alarms import Alarm, Trouble
from marketplace.life import State
from marketplace.office import MemoryOffice, Office, Person, join
from marketplace.office_table import TableOffice
from marketplace.survey import Seen, Survey
from tests.marketplace.conftest import make_table

NOW = datetime(2026, 12, 1, 0, 5, tzinfo=UTC)
CLERK = "clerk@example.gov"


@pytest.fixture(params=["memory", "table"])
def office(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    if request.param == "memory":
        yield MemoryOffice()
        return
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with mock_aws():
        make_table("market")
        client = boto3.client("dynamodb", "us-east-1")
        yield TableOffice(client, "market", pause=lambda seconds: None)


def test_who_joins_a_licence_may_see_it_once(office: Office) -> None:
    join(office, CLERK, "l-0a", NOW)
    join(office, CLERK, "l-0b", NOW)
    person = join(office, CLERK, "l-0a", NOW + timedelta(days=1))
    assert person.licences == ("l-0a", "l-0b")
    assert person.since == NOW
    assert office.person(CLERK) == person
    assert office.people_of("l-0a") == office.people_of("l-0b") == [person]
    assert office.people_of("l-0c") == []
    assert office.person("other@example.gov") is None


def test_someone_without_a_licence_is_kept_too(office: Office) -> None:
    assert join(office, CLERK, "", NOW).licences == ()
    assert join(office, CLERK, "l-0a", NOW).licences == ("l-0a",)


def test_two_that_change_one_person_do_not_lose_a_licence(office: Office) -> None:
    read = join(office, CLERK, "l-0a", NOW)
    join(office, CLERK, "l-0b", NOW)
    with pytest.raises(BooksConflict):
        office.save_person(msgspec.structs.replace(read, licences=("l-0a", "l-0c")))
    with pytest.raises(BooksConflict):
        office.save_person(Person(address=CLERK, since=NOW))
    assert join(office, CLERK, "l-0c", NOW).licences == ("l-0a", "l-0b", "l-0c")


def test_what_is_counted_at_once_gets_different_numbers(office: Office) -> None:
    until = NOW + timedelta(hours=1)
    with ThreadPoolExecutor(4) as threads:
        counted = list(threads.map(lambda _: office.count("codes:x", until), range(12)))
    assert sorted(counted) == list(range(1, 13))
    assert office.count("codes:y", until) == 1


def test_alarms_are_read_latest_first_over_the_turn_of_a_month(office: Office) -> None:
    alarms = [Alarm(Trouble.STUCK, f"l-{n}", "it waits") for n in range(4)]
    for n, alarm in enumerate(alarms):
        office.note_alarm(alarm, NOW - timedelta(minutes=10 * n))
    assert [rung.alarm for rung in office.alarms(NOW, 3)] == alarms[:3]


def test_the_last_survey_is_kept_and_no_other(office: Office) -> None:
    assert office.survey() is None
    made = Survey(
        at=NOW,
        counts={State.ACTIVE: 1},
        licences={State.ACTIVE: (Seen(licence="l-0a", state=State.ACTIVE),)},
        approvals=(),
        uneven=(),
        unbilled=0,
        unread={},
    )
    office.keep_survey(msgspec.structs.replace(made, unbilled=3))
    office.keep_survey(made)
    assert office.survey() == made
