"""A city's plan and statements: its own, and no other's."""

from datetime import timedelta

import pytest

from marketplace.products import ProductKind
from tests.marketplace.rig import BOULDER, ITHACA
from tests.marketplace.web.pages import Browser, Shop


def subscribed(
    shop: Shop, address: str = "clerk@ithacany.gov", **terms: object
) -> tuple[Browser, str]:
    browser, licence = shop.buyer(address, **terms)
    browser.get(f"/subscriptions/{licence}/place/?geoid={ITHACA.geoid}")
    browser.submit(f"/subscriptions/{licence}/place/")
    return browser, licence


def test_the_plan_shows_tier_population_price_and_hours(shop: Shop) -> None:
    browser, licence = subscribed(shop)
    shop.rig.run(6)
    page = browser.get(f"/subscriptions/{licence}/")
    assert page.title == "The plan of Ithaca, NY"
    assert "pop_t02" in page.words
    assert "32,108 (Census estimate, vintage 2024)" in page.words
    assert "$0.274 per hour" in page.words
    assert "Hours that AWS accepted this month 5" in page.words
    assert "Amount for them $1.37" in page.words
    assert "You cancel on AWS Marketplace" in page.words


def test_the_forecast_is_marked_and_counts_every_hour_to_the_months_end(shop: Shop) -> None:
    browser, licence = subscribed(shop)
    shop.rig.run(6)
    page = browser.get(f"/subscriptions/{licence}/")
    # From 2 November 10:00 to the end of the month.
    hours = 28 * 24 + 14
    assert f"no promise: {hours} hours about ${hours * 0.274:,.2f}" in page.words


def test_hours_that_were_refused_are_not_forecast(shop: Shop) -> None:
    browser, licence = subscribed(shop)
    (agreement,) = shop.rig.world.agreements.values()
    shop.rig.metering.poisoned.add(agreement.licence)
    shop.rig.run(6)
    page = browser.get(f"/subscriptions/{licence}/")
    assert f"no promise: {28 * 24 + 14 - 5} hours" in page.words


def test_a_trial_is_said_and_costs_nothing_in_the_forecast(shop: Shop) -> None:
    browser, licence = shop.buyer("clerk@ithacany.gov", trial=timedelta(days=7))
    for seen in shop.rig.market.agreements.active(shop.rig.clock.now()):
        shop.rig.books.record(shop.rig.market.agreements.describe(seen.agreement, seen.at))
    browser.get(f"/subscriptions/{licence}/place/?geoid={ITHACA.geoid}")
    browser.submit(f"/subscriptions/{licence}/place/")
    shop.rig.run(2)
    page = browser.get(f"/subscriptions/{licence}/")
    assert "Your free trial runs until November 9, 2026" in page.words
    hours = 28 * 24 + 14 - 7 * 24
    assert f"about ${hours * 0.274:,.2f}" in page.words


def test_a_statement_is_a_page_and_a_table(shop: Shop) -> None:
    browser, licence = subscribed(shop)
    shop.rig.run(6)
    page = browser.get(f"/subscriptions/{licence}/statements/2026-11")
    assert "pop_t02 5 $0.274 $1.37" in page.words
    assert "Accepted by AWS 5" in page.words
    table = browser.get(f"/subscriptions/{licence}/statements/2026-11.csv")
    assert table.headers["content-type"] == "text/csv; charset=utf-8"
    assert f"2026-11,{licence},3638077,pop_t02,5,0.274,1.37," in table.text


@pytest.mark.parametrize(
    "month", ["2026-13", "2026", "x.csv", "2026-11.pdf", "..%2f..", "2026-11.csv.csv"]
)
def test_a_month_that_is_none_has_no_statement(shop: Shop, month: str) -> None:
    browser, licence = subscribed(shop)
    shop.rig.run(2)
    assert browser.get(f"/subscriptions/{licence}/statements/{month}").status == 404


def test_a_subscription_that_ended_says_until_when_data_can_be_exported(shop: Shop) -> None:
    browser, licence = subscribed(shop)
    shop.rig.run(3)
    (agreement,) = shop.rig.world.agreements.values()
    shop.rig.world.cancel(agreement)
    shop.rig.run(3)
    page = browser.get(f"/subscriptions/{licence}/")
    assert "Your subscription has ended" in page.words
    assert "exported until January 1, 2027" in page.words
    assert "Forecast" not in page.words


def test_a_contract_shows_what_was_bought_and_no_hours(shop: Shop) -> None:
    product = next(held for held in shop.rig.world.products if held.kind is ProductKind.YEARLY)
    browser, licence = subscribed(
        shop, product=product, dimensions=("pop_t02",), length=timedelta(days=365)
    )
    shop.rig.run(3)
    page = browser.get(f"/subscriptions/{licence}/")
    assert "Contract pop_t02" in page.words
    assert "Agreement until November 2, 2027" in page.words
    assert "Forecast" not in page.words


def test_one_city_cannot_see_anothers_subscription(shop: Shop) -> None:
    _, licence = subscribed(shop)
    shop.rig.run(3)
    other, own = shop.buyer("clerk@cityofboulderco.gov", account="777788889999")
    token = other.page.forms[0].fields["form_token"]
    base = f"/subscriptions/{licence}/"
    for path in (
        "",
        "place/",
        "proof/",
        "proof/code/",
        "statements/2026-11",
        "statements/2026-11.csv",
    ):
        page = other.get(base + path)
        assert (page.status, "Ithaca" in page.text) == (404, False)
    for path in ("place/", "proof/", "proof/code/", "proof/person/"):
        fields = {"form_token": token, "geoid": BOULDER.geoid, "email": "a@b.gov", "words": "x"}
        assert other.post(base + path, fields).status == 404
    assert licence not in other.get("/subscriptions/").text
    assert other.get(f"/subscriptions/{own}/").status == 200


def test_a_subscription_of_nobody_and_of_another_look_the_same(shop: Shop) -> None:
    _, licence = subscribed(shop)
    other, _ = shop.buyer("b@example.com", account="777788889999")
    theirs = other.get(f"/subscriptions/{licence}/")
    nobodys = other.get("/subscriptions/l-00000000000000000000000000000abc/")
    assert theirs.text.replace(licence, "") == nobodys.text.replace(
        "l-00000000000000000000000000000abc", ""
    )


def test_a_renewal_is_seen_by_who_came_for_its_predecessor(shop: Shop) -> None:
    browser, licence = subscribed(shop)
    shop.rig.run(3)
    (agreement,) = shop.rig.world.agreements.values()
    renewed = shop.rig.world.follow(agreement)
    shop.rig.run(5)
    after = renewed.licence.rsplit(":", 1)[1]
    assert after != licence
    assert browser.get(f"/subscriptions/{after}/").title == "The plan of Ithaca, NY"
    assert "goes on under a new agreement" in browser.get(f"/subscriptions/{licence}/").words


def test_who_is_not_signed_in_is_asked_to(shop: Shop) -> None:
    _, licence = subscribed(shop)
    page = shop.browser().get(f"/subscriptions/{licence}/statements/2026-11.csv")
    assert page.path == "/sign-in/"
