"""What ops see and decide, and that nobody else does."""

from datetime import timedelta

import pytest

from marketplace.alarms import Alarm, Trouble
from marketplace.clock import UNBILLED
from marketplace.facts import Adjusted, PlaceProven, PlaceRefused, Proof
from marketplace.ledger import EntryKind
from marketplace.survey import survey
from tests.marketplace.rig import DURHAM, ITHACA
from tests.marketplace.web.pages import Browser, Shop


def asked(shop: Shop) -> tuple[Browser, str]:
    """A buyer that asks a person to decide about Durham."""
    browser, licence = shop.buyer("gis@example.org")
    browser.get(f"/subscriptions/{licence}/place/?geoid={DURHAM.geoid}")
    browser.submit(f"/subscriptions/{licence}/place/")
    browser.submit(f"/subscriptions/{licence}/proof/person/", words="I am <b>GIS</b>")
    shop.rig.clock.advance(timedelta(minutes=1))
    return browser, licence


def look(shop: Shop) -> None:
    shop.office.keep_survey(survey(shop.rig.market, shop.desk.prices, unbilled_after=UNBILLED))


def test_the_board_shows_states_approvals_uneven_hours_and_alarms(shop: Shop) -> None:
    _, licence = asked(shop)
    agreement = shop.rig.buy("777788889999", ITHACA)
    shop.rig.metering.poisoned.add(agreement.licence)
    shop.rig.run(4)
    shop.office.note_alarm(Alarm(Trouble.STUCK, licence, "it <waits>"), shop.rig.clock.now())
    look(shop)
    page = shop.ops().get("/ops/")
    assert "provisioning 1" in page.words
    assert "active 1" in page.words
    assert licence in page.text
    uneven = page.words.partition("This month and the last")[2]
    assert f"{agreement.licence.rsplit(':', 1)[1]} 2026-11 3 0 0 0 3 0 0 0" in uneven
    assert "it <waits>" in page.words


def test_an_approval_is_a_fact_with_who_when_and_why(shop: Shop) -> None:
    browser, licence = asked(shop)
    ops = shop.ops()
    page = ops.get(f"/ops/licences/{licence}/")
    assert "I am <b>GIS</b>" in page.words
    ops.submit(f"/ops/licences/{licence}/approve/", reason="called the city hall")
    facts = shop.rig.books.facts(licence)
    (proven,) = [fact for fact in facts if isinstance(fact, PlaceProven)]
    assert (proven.how, proven.by, proven.reason, proven.at) == (
        Proof.MANUAL,
        "ops@example.org",
        "called the city hall",
        shop.rig.clock.now(),
    )
    assert [request.geoid for request in shop.rig.fleet.asked] == [DURHAM.geoid]
    assert "The portal is built" in browser.get(f"/subscriptions/{licence}/").words


def test_a_refusal_is_told_to_the_buyer_who_may_choose_again(shop: Shop) -> None:
    browser, licence = asked(shop)
    ops = shop.ops()
    ops.get(f"/ops/licences/{licence}/")
    ops.submit(f"/ops/licences/{licence}/refuse/", reason="The city hall does not know you.")
    facts = shop.rig.books.facts(licence)
    assert [fact.by for fact in facts if isinstance(fact, PlaceRefused)] == ["ops@example.org"]
    page = browser.get(f"/subscriptions/{licence}/place/")
    assert "The city hall does not know you." in page.words
    shop.rig.clock.advance(timedelta(minutes=1))
    browser.get(f"/subscriptions/{licence}/place/?geoid={DURHAM.geoid}")
    page = browser.submit(f"/subscriptions/{licence}/place/")
    assert page.title == "Prove that you speak for Durham, NC"


@pytest.mark.parametrize("action", ["approve", "refuse"])
def test_a_decision_needs_a_reason_and_the_claim_that_was_looked_at(
    shop: Shop, action: str
) -> None:
    browser, licence = asked(shop)
    ops = shop.ops()
    ops.get(f"/ops/licences/{licence}/")
    page = ops.submit(f"/ops/licences/{licence}/{action}/", reason=" ")
    assert (page.status, "has no reason" in page.words) == (400, True)
    ops.get(f"/ops/licences/{licence}/")
    shown = ops.page
    browser.get(f"/subscriptions/{licence}/place/?geoid={ITHACA.geoid}")
    browser.submit(f"/subscriptions/{licence}/place/")
    ops.page = shown
    page = ops.submit(f"/ops/licences/{licence}/{action}/", reason="fine")
    assert (page.status, "look at it again" in page.words) == (400, True)
    assert shop.rig.market.subscription(licence).licences[0].geoid == ""


def test_a_correction_is_a_line_of_the_ledger_and_counts_once(shop: Shop) -> None:
    agreement = shop.rig.buy("777788889999", ITHACA)
    shop.rig.run(4)
    licence = agreement.licence.rsplit(":", 1)[1]
    ops, action = shop.ops(), f"/ops/licences/{licence}/adjust/"
    ops.get(f"/ops/licences/{licence}/")
    form = next(form for form in ops.page.forms if form.action == action)
    fields = {**form.fields, "amount": "-1.25", "reason": "an outage"}
    ops.post(action, fields)
    ops.post(action, fields)
    (entry,) = [
        entry
        for entry in shop.rig.books.entries(licence, "2026-11")
        if entry.kind is EntryKind.ADJUSTMENT
    ]
    assert (str(entry.amount_usd), entry.by, entry.note) == (
        "-1.25",
        "ops@example.org",
        "an outage",
    )
    assert sum(isinstance(fact, Adjusted) for fact in shop.rig.books.facts(licence)) == 1


@pytest.mark.parametrize(
    ("amount", "month"),
    [
        ("", "2026-11"),
        ("NaN", "2026-11"),
        ("1e9", "2026-11"),
        ("0", "2026-11"),
        ("1.001", "2026-11"),
        ("1", "2026-00"),
        ("1", "11/2026"),
    ],
)
def test_a_correction_that_makes_no_sense_is_refused(shop: Shop, amount: str, month: str) -> None:
    agreement = shop.rig.buy("777788889999", ITHACA)
    shop.rig.run(2)
    licence = agreement.licence.rsplit(":", 1)[1]
    ops = shop.ops()
    ops.get(f"/ops/licences/{licence}/")
    page = ops.submit(
        f"/ops/licences/{licence}/adjust/", amount=amount, month=month, reason="why not"
    )
    assert (page.status, "Not done" in page.words) == (400, True)


def test_a_licence_is_found_by_its_place_and_by_its_agreement(shop: Shop) -> None:
    agreement = shop.rig.buy("777788889999", ITHACA)
    licence = agreement.licence.rsplit(":", 1)[1]
    ops = shop.ops()
    for text in (ITHACA.geoid, agreement.id, licence):
        assert ops.get(f"/ops/?find={text}").path == f"/ops/licences/{licence}/"
    assert ops.get("/ops/?find=l-0").status == 404


def test_an_agreement_without_a_licence_has_a_page(shop: Shop) -> None:
    agreement = shop.rig.world.subscribe("444455556666")
    shop.rig.deliver()
    assert shop.ops().get(f"/ops/licences/{agreement.id}/").status == 200


def test_nobody_else_gets_in(shop: Shop) -> None:
    browser, licence = asked(shop)
    stranger = shop.browser()
    for visitor in (browser, stranger):
        for path in ("/ops/", f"/ops/licences/{licence}/"):
            assert visitor.get(path).path == "/ops/sign-in/"
        token = visitor.page.forms[-1].fields["form_token"]
        for action in ("approve", "refuse", "adjust"):
            fields = {"form_token": token, "geoid": DURHAM.geoid, "reason": "mine"}
            page = visitor.post(f"/ops/licences/{licence}/{action}/", fields)
            assert page.path == "/ops/sign-in/"
    assert shop.rig.market.subscription(licence).licences[0].geoid == ""


def test_the_second_factor_is_tried_five_times_at_most(shop: Shop) -> None:
    browser = shop.browser()
    browser.get("/ops/sign-in/")
    browser.submit("/ops/sign-in/", name="ops@example.org", password="x")
    code = shop.shown[-1].rsplit(" ", 1)[1]
    for _ in range(5):
        assert browser.submit("/ops/sign-in/code/", code="1").status == 403
    assert browser.submit("/ops/sign-in/code/", code=code).path == "/ops/sign-in/"
    assert browser.get("/ops/").path == "/ops/sign-in/"


def test_signing_in_as_ops_begins_a_new_secret(shop: Shop) -> None:
    browser = shop.browser()
    browser.get("/ops/sign-in/")
    before = browser.secret
    browser.submit("/ops/sign-in/", name="ops@example.org", password="x")
    between = browser.secret
    browser.submit("/ops/sign-in/code/", code=shop.shown[-1].rsplit(" ", 1)[1])
    assert len({before, between, browser.secret}) == 3
