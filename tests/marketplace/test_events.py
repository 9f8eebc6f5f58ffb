"""Every shape of event that AWS sends, as it comes, out of order, and more than once."""

import itertools
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from citylake.errors import FactInvalid
from marketplace.alarms import Trouble
from marketplace.events import receive
from marketplace.facts import (
    Activated,
    AgreementAmended,
    AgreementCreated,
    AgreementEnded,
    AgreementSeen,
    Closed,
    EntitlementSeen,
    Fact,
    LicenceDeprovisioned,
    LicenceUpdated,
    Notice,
    PlaceClaimed,
    PlaceProven,
    Proof,
    Provisioned,
    Registered,
    TierDecided,
    Unknown,
)
from marketplace.fold import derive
from marketplace.life import Access, Awaited, State
from marketplace.products import Products
from tests.marketplace.rig import START, Rig

FIXTURES = Path(__file__).parent.parent / "fixtures" / "marketplace"
NAMES = sorted(path.stem for path in FIXTURES.glob("*.json"))
PRODUCTS = Products(Rig().world.products)
ARN = "arn:aws:license-manager::111122223333:license:l-0123abcd"
DAY = datetime(2026, 8, 20, tzinfo=UTC)


def body(name: str, **changes: Any) -> bytes:
    event = json.loads((FIXTURES / f"{name}.json").read_text())
    return json.dumps({**event, **changes}).encode()


def fact(name: str) -> Fact:
    return receive(Rig().market, body(name))


def at(hour: int, minute: int = 0, second: int = 0) -> datetime:
    return DAY.replace(hour=hour, minute=minute, second=second)


def test_a_purchase_says_who_bought_and_from_when() -> None:
    for name, product in (("created-proposer", ""), ("created-manufacturer", "prod-hourly1")):
        created = fact(name)
        assert isinstance(created, AgreementCreated)
        assert created.at == at(14, 23, 22)
        assert (created.agreement, created.account) == ("agmt-example1", "444455556666")
        assert (created.intent, created.previous, created.product) == ("NEW", "", product)
        assert (created.starts_at, created.ends_at) == (at(14, 23, 11), None)
        assert created.offer == "offer-example1"


@pytest.mark.parametrize(
    ("name", "intent", "end"),
    [
        ("created-renewal", "RENEW", datetime(2028, 8, 20, 14, 23, 11, tzinfo=UTC)),
        ("created-replacement", "REPLACE", datetime(2027, 9, 1, tzinfo=UTC)),
    ],
)
def test_a_renewal_names_what_it_goes_on_from(name: str, intent: str, end: datetime) -> None:
    created = fact(name)
    assert isinstance(created, AgreementCreated)
    assert (created.intent, created.previous) == (intent, "agmt-example1")
    assert created.ends_at == end
    assert created.subjects == ("agmt-example2", "agmt-example1")


def test_an_amendment_says_whether_it_renews_itself() -> None:
    amended = fact("amended")
    assert isinstance(amended, AgreementAmended)
    assert (amended.agreement, amended.auto_renews) == ("agmt-example1", False)


@pytest.mark.parametrize(
    ("status", "goes_on"),
    [
        ("CANCELLED", False),
        ("EXPIRED", False),
        ("TERMINATED", False),
        ("ROLLED_BACK", False),
        ("ARCHIVED", False),
        ("RENEWED", True),
        ("REPLACED", True),
        ("SUPERSEDED", True),
    ],
)
def test_an_end_says_whether_the_buyer_left(status: str, goes_on: bool) -> None:
    ended = fact(f"ended-{status.lower().replace('_', '-')}")
    assert isinstance(ended, AgreementEnded)
    assert (ended.status, ended.goes_on) == (status, goes_on)


@pytest.mark.parametrize(
    ("name", "arn"),
    [
        ("license-updated", ARN),
        ("license-updated-guide", "aws:license-manager:us-east-1:111122223333:l-0123abcd"),
        ("unknown-fields", ARN),
    ],
)
def test_a_licence_is_known_however_its_arn_is_written(name: str, arn: str) -> None:
    updated = fact(name)
    assert isinstance(updated, LicenceUpdated)
    assert (updated.licence, updated.arn) == ("l-0123abcd", arn)
    assert (updated.agreement, updated.product_code) == ("agmt-example1", "hourlycode1")
    assert updated.account == "444455556666"


def test_a_licence_is_taken_back() -> None:
    gone = fact("license-deprovisioned")
    assert isinstance(gone, LicenceDeprovisioned)
    assert (gone.licence, gone.agreement) == ("l-0123abcd", "agmt-example1")


@pytest.mark.parametrize(
    "name",
    [name for name in NAMES if name.startswith(("ending-", "renewal-", "advisory-"))],
)
def test_what_is_only_announced_changes_nothing(name: str) -> None:
    noticed = fact(name)
    assert isinstance(noticed, Notice)

    before = derive([fact("created-proposer"), fact("license-updated")], at(20), PRODUCTS)
    after = derive([noticed, fact("created-proposer"), fact("license-updated")], at(20), PRODUCTS)

    assert before == after


def test_an_advisory_is_told_to_a_person_once() -> None:
    rig = Rig()
    for _ in range(2):
        receive(rig.market, body("advisory-issued"))

    (alarm,) = rig.alarms
    assert (alarm.trouble, alarm.about) == (Trouble.ADVISORY, "agmt-example1")


@pytest.mark.parametrize("name", ["unknown-type", "unknown-licence-type"])
def test_an_event_of_a_kind_nobody_knows_is_kept_and_told(name: str) -> None:
    rig = Rig()
    kept = receive(rig.market, body(name))

    assert isinstance(kept, Unknown)
    assert kept.agreement == "agmt-example1"
    assert rig.books.raw(kept.id) == body(name)
    assert [alarm.trouble for alarm in rig.alarms] == [Trouble.EVENT_UNKNOWN]
    assert rig.books.facts("agmt-example1") == (kept,)


def test_every_recorded_shape_is_read(subtests: pytest.Subtests) -> None:
    for name in NAMES:
        with subtests.test(name):
            rig = Rig()
            told = receive(rig.market, body(name))
            assert rig.books.raw(told.id) == body(name)
            assert receive(rig.market, body(name)) == told
            assert rig.books.facts("agmt-example1") or rig.books.facts("agmt-example2")
            assert isinstance(told, Unknown) == name.startswith("unknown-") - (
                name == "unknown-fields"
            )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"source": "mock.agreement-marketplace"}, "aws.agreement-marketplace"),
        ({"time": "2026-08-20T14:24:23"}, "zone"),
        ({"id": ""}, "id"),
        ({"detail": {}}, "no agreement"),
        ({"detail": {"agreement": {"id": "agmt-1"}}}, "licence"),
        ({"detail": None}, "no event"),
    ],
)
def test_what_is_no_event_of_ours_is_refused_with_the_reason(
    changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(FactInvalid, match=words):
        receive(Rig().market, body("license-updated", **changes))


def test_a_damaged_event_is_kept_and_told() -> None:
    rig = Rig()
    damaged = body("license-updated", detail={"agreement": {"id": "agmt-1"}})
    with pytest.raises(FactInvalid):
        receive(rig.market, damaged)

    assert rig.books.raw(json.loads(damaged)["id"]) == damaged
    assert [alarm.trouble for alarm in rig.alarms] == [Trouble.EVENT_DAMAGED]


def test_a_source_of_tests_is_taken_only_where_it_is_configured() -> None:
    mocked = body("license-updated", source="mock.agreement-marketplace")
    told = receive(Rig().market, mocked, sources=("mock.agreement-marketplace",))
    assert isinstance(told, LicenceUpdated)


REGISTERED = Registered(
    id="registered:l-0123abcd",
    at=at(14, 24, 44),
    licence="l-0123abcd",
    arn=ARN,
    account="444455556666",
    product_code="hourlycode1",
)
PROVEN = PlaceProven(
    id="proven", at=at(14, 30), licence="l-0123abcd", geoid="3719000", how=Proof.MAIL, by="clerk"
)
PROVISIONED = Provisioned(id="provisioned", at=at(14, 50), licence="l-0123abcd", geoid="3719000")
ACTIVATED = Activated(
    id="activated", at=at(14, 51), licence="l-0123abcd", geoid="3719000", from_at=at(15)
)
TIER = TierDecided(
    id="tier",
    at=at(14, 51),
    licence="l-0123abcd",
    geoid="3719000",
    tier="pop_t11",
    population=296_186,
    vintage=2024,
    source="Census estimate",
    effective_at=at(15),
    rule="2026-1",
)
CLOSED = Closed(
    id="closed", at=at(19, 40), licence="l-0123abcd", ended_at=at(18, 24, 57), reason="over"
)

CLAIMS: list[Fact] = [
    PlaceClaimed(
        id=f"claimed:{geoid}", at=at(15, minute), licence="l-0123abcd", geoid=geoid, by="clerk"
    )
    for minute, geoid in enumerate(("0807850", "3638077", "3719000"))
]
SEEN: list[Fact] = [
    AgreementSeen(
        id=f"seen:{day}",
        at=DAY + timedelta(days=day),
        agreement="agmt-example1",
        status="ACTIVE",
        ends_at=DAY + timedelta(days=100 * day),
    )
    for day in (1, 2)
]
LATE = LicenceUpdated(id="late", at=at(19, 30), agreement="agmt-example1", licence="l-0123abcd")

HISTORIES: list[tuple[str, list[Fact], datetime, State, Access]] = [
    ("bought", [fact("created-proposer")], at(15), State.PURCHASED, Access.NONE),
    (
        "bought, and confirmed",
        [fact("created-proposer"), fact("created-manufacturer"), fact("license-updated")],
        at(15),
        State.CONFIRMED,
        Access.NONE,
    ),
    (
        "registered before AWS confirmed",
        [fact("created-proposer"), msgspec.structs.replace(REGISTERED, agreement="agmt-example1")],
        at(15),
        State.REGISTERED,
        Access.NONE,
    ),
    (
        "registered and confirmed",
        [fact("created-proposer"), fact("license-updated"), REGISTERED, fact("amended")],
        at(15),
        State.PROVISIONING,
        Access.NONE,
    ),
    (
        "active",
        [
            fact("created-proposer"),
            fact("license-updated"),
            REGISTERED,
            PROVEN,
            PROVISIONED,
            ACTIVATED,
            TIER,
        ],
        at(16),
        State.ACTIVE,
        Access.FULL,
    ),
    (
        "ended while the form was open",
        [
            fact("created-proposer"),
            fact("license-updated"),
            REGISTERED,
            fact("ended-cancelled"),
            fact("license-deprovisioned"),
        ],
        at(18, 30),
        State.ENDING,
        Access.NONE,
    ),
    (
        "ended",
        [
            fact("license-updated"),
            REGISTERED,
            PROVEN,
            ACTIVATED,
            TIER,
            fact("ended-cancelled"),
            fact("license-deprovisioned"),
        ],
        at(18, 30),
        State.ENDING,
        Access.READ_ONLY,
    ),
    (
        "ended, and bought again within the hour",
        [
            fact("license-updated"),
            REGISTERED,
            PROVEN,
            ACTIVATED,
            fact("ended-cancelled"),
            fact("license-deprovisioned"),
            fact("license-updated-again"),
        ],
        at(19),
        State.ACTIVE,
        Access.FULL,
    ),
    (
        "ended, and updated more than an hour later",
        [
            fact("license-updated"),
            REGISTERED,
            PROVEN,
            ACTIVATED,
            fact("ended-cancelled"),
            LATE,
        ],
        at(19, 31),
        State.ENDING,
        Access.READ_ONLY,
    ),
    (
        "a place claimed three times, and terms that were seen twice",
        [fact("license-updated"), REGISTERED, *CLAIMS, *SEEN],
        DAY + timedelta(days=3),
        State.PROVISIONING,
        Access.NONE,
    ),
    (
        "closed, and an update that comes too late",
        [
            fact("license-updated"),
            REGISTERED,
            PROVEN,
            ACTIVATED,
            fact("ended-cancelled"),
            CLOSED,
            fact("license-updated-again"),
        ],
        at(20),
        State.ENDED,
        Access.NONE,
    ),
    (
        "renewed, and the successor not seen yet",
        [
            fact("created-proposer"),
            fact("license-updated"),
            REGISTERED,
            PROVEN,
            ACTIVATED,
            fact("ended-renewed"),
        ],
        at(19),
        State.ENDING,
        Access.FULL,
    ),
    (
        "refused for its payment",
        [
            fact("created-proposer"),
            REGISTERED,
            EntitlementSeen(
                id="seen",
                at=at(16),
                agreement="agmt-example1",
                licence="l-0123abcd",
                status="FAILED",
                reason="INVALID_PAYMENT_INSTRUMENT",
            ),
        ],
        at(17),
        State.FAILED,
        Access.NONE,
    ),
]


@pytest.mark.parametrize(
    ("facts", "now", "state", "access"),
    [history[1:] for history in HISTORIES],
    ids=[history[0] for history in HISTORIES],
)
def test_any_order_and_repetition_of_a_history_means_the_same(
    facts: list[Fact], now: datetime, state: State, access: Access
) -> None:
    outcomes = {
        derive([*order, *order[: len(order) // 2]], now, PRODUCTS)
        for order in itertools.permutations(facts)
    }

    (outcome,) = outcomes
    (licence,) = outcome.licences
    assert (licence.state, outcome.access) == (state, access)


def test_a_successor_takes_the_city_over_without_a_gap() -> None:
    renewed = [
        fact("created-proposer"),
        fact("license-updated"),
        REGISTERED,
        PROVEN,
        PROVISIONED,
        ACTIVATED,
        TIER,
        fact("created-replacement"),
        fact("license-updated-renewal"),
    ]
    ended = AgreementEnded(
        id="ended",
        at=datetime(2026, 9, 1, tzinfo=UTC),
        agreement="agmt-example1",
        status="REPLACED",
    )
    begun = Activated(
        id="activated:l-4567cdef",
        at=datetime(2026, 9, 1, 1, 10, tzinfo=UTC),
        licence="l-4567cdef",
        geoid="3719000",
        from_at=datetime(2026, 9, 1, tzinfo=UTC) + timedelta(hours=1),
        previous="l-0123abcd",
    )
    for hours, facts in (
        (0.5, [*renewed, ended]),
        (2, [*renewed, ended, begun]),
        (2, [*renewed, begun]),
    ):
        now = datetime(2026, 9, 1, tzinfo=UTC) + timedelta(hours=hours)
        subscription = derive(facts, now, PRODUCTS)
        first, second = subscription.licences
        assert (first.successor, second.predecessor) == ("l-4567cdef", "l-0123abcd")
        assert subscription.access is Access.FULL
        assert second.geoid == "3719000"
        assert second.tier_at(now) == TIER
        assert [held.state for held in (first, second)] == [
            State.ENDING,
            State.PROVISIONING if hours == 0.5 else State.ACTIVE,
        ]


def test_what_is_waited_for_is_said_with_its_beginning() -> None:
    def waits(*facts: Fact) -> tuple[Awaited, datetime] | None:
        licence = derive(facts, at(17), PRODUCTS).licences[0]
        return (licence.waits.what, licence.waits.since) if licence.waits else None

    created, updated = fact("created-proposer"), fact("license-updated")
    assert waits(created) == (Awaited.LICENCE, created.at)
    assert waits(created, REGISTERED) == (Awaited.LICENCE, REGISTERED.at)
    assert waits(created, updated) == (Awaited.REGISTRATION, updated.at)
    assert waits(created, updated, REGISTERED) == (Awaited.PLACE, REGISTERED.at)
    assert waits(created, updated, REGISTERED, PROVEN) == (Awaited.CITY, REGISTERED.at)
    assert waits(updated, REGISTERED, PROVEN, PROVISIONED) == (Awaited.START, REGISTERED.at)
    assert waits(updated, REGISTERED, PROVEN, PROVISIONED, ACTIVATED) is None


@pytest.mark.parametrize("order", list(itertools.permutations(("created", "updated", "form"))))
def test_a_buyer_may_come_before_or_after_either_event(order: tuple[str, ...]) -> None:
    rig = Rig(start=START)
    agreement = rig.world.subscribe("444455556666")
    rig.clock.advance(timedelta(minutes=2))
    events = dict(zip(("created", "updated"), rig.world.events(), strict=True))

    for act in order:
        if act == "form":
            rig.register(agreement)
        else:
            receive(rig.market, events[act])

    assert rig.licence(agreement).state is State.PROVISIONING
