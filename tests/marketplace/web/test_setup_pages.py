"""Choosing the place, proving that one speaks for it, watching the portal being built."""

import re
from datetime import timedelta

import boto3
import pytest
from moto import mock_aws

from citylake.pages.assets import Assets
from local.market.pages import local_desk
from marketplace.alarms import Trouble
from marketplace.clock import UNBILLED
from marketplace.facts import PlaceProven, Proof
from marketplace.life import State
from marketplace.office_table import TableOffice
from marketplace.products import ProductKind
from marketplace.provision import CityState, CityView
from marketplace.survey import survey
from marketplace.web.handler import build
from tests.marketplace.conftest import make_table
from tests.marketplace.rig import BOULDER, CHICAGO, DURHAM, ITHACA, PARADISE, Rig
from tests.marketplace.web.pages import Browser, Shop


def base_of(licence: str) -> str:
    return f"/subscriptions/{licence}/"


def choose(browser: Browser, licence: str, geoid: str) -> None:
    browser.get(f"{base_of(licence)}place/?geoid={geoid}")
    browser.submit(f"{base_of(licence)}place/")


def test_places_are_found_with_population_vintage_and_price(shop: Shop) -> None:
    browser, licence = shop.buyer()
    browser.get(f"{base_of(licence)}place/")
    page = browser.submit(f"{base_of(licence)}place/", q="durham")
    assert "Durham, NC" in page.words
    assert "296,186 people (Census estimate, vintage 2024)" in page.words
    assert "$1.370 per hour" in page.words


def test_the_choice_is_shown_before_it_is_made(shop: Shop) -> None:
    browser, licence = shop.buyer()
    page = browser.get(f"{base_of(licence)}place/?geoid={ITHACA.geoid}")
    assert "pop_t02: 25,000 to under 50,000 people" in page.words
    assert "$0.274 per hour" in page.words
    assert "month" not in page.words


@pytest.mark.parametrize(
    ("geoid", "words"),
    [
        (PARADISE.geoid, "census designated place"),
        (CHICAGO.geoid, "agreed in a private offer"),
        (BOULDER.geoid, "has a subscription already"),
    ],
)
def test_what_cannot_be_had_is_refused_with_words(shop: Shop, geoid: str, words: str) -> None:
    shop.rig.buy("999988887777", BOULDER)
    browser, licence = shop.buyer()
    page = browser.get(f"{base_of(licence)}place/?geoid={geoid}")
    assert words in page.words
    assert not [form for form in page.forms if "place" in form.action]
    token = page.forms[0].fields["form_token"]
    page = browser.post(f"{base_of(licence)}place/", {"form_token": token, "geoid": geoid})
    assert (page.status, words in page.words) == (409, True)


@pytest.mark.parametrize("geoid", ["9999999", "'; DROP", "", "١٢٣٤٥٦٧"])
def test_a_place_that_is_none_does_not_exist(shop: Shop, geoid: str) -> None:
    browser, licence = shop.buyer()
    page = browser.get(f"{base_of(licence)}place/")
    token = page.forms[0].fields["form_token"]
    page = browser.post(f"{base_of(licence)}place/", {"form_token": token, "geoid": geoid})
    assert page.status == 404


def test_an_address_of_the_citys_own_proves_it_at_once(shop: Shop) -> None:
    browser, licence = shop.buyer("clerk@ithacany.gov")
    choose(browser, licence, ITHACA.geoid)
    facts = shop.rig.books.facts(licence)
    (proven,) = [fact for fact in facts if isinstance(fact, PlaceProven)]
    assert (proven.how, proven.by) == (Proof.MAIL, "clerk@ithacany.gov (mail in ithacany.gov)")
    shop.rig.run()
    page = browser.get(base_of(licence))
    assert "The subscription begins soon November 2, 2026, 10:00 UTC" in page.words


def test_another_address_of_the_citys_own_proves_it_by_a_code(shop: Shop) -> None:
    browser, licence = shop.buyer("gis@consultant.example.com")
    choose(browser, licence, ITHACA.geoid)
    assert browser.page.title == "Prove that you speak for Ithaca, NY"
    browser.submit(f"{base_of(licence)}proof/", email="mayor@cityofithacany.gov")
    mail = shop.outbox.sent[-1]
    assert mail.to == "mayor@cityofithacany.gov"
    assert "4444-5555-6666" in mail.text
    assert "Ithaca, NY" in mail.text
    page = browser.submit(f"{base_of(licence)}proof/code/", code="0")
    assert page.status == 400
    browser.submit(f"{base_of(licence)}proof/code/", code=shop.code())
    assert shop.rig.market.subscription(licence).licences[0].geoid == ITHACA.geoid


@pytest.mark.parametrize(
    "address",
    ["a@gmail.com", "a@ithaca.gov", "a@police.ithacany.gov", "a@ithacany.gov.example.com"],
)
def test_no_other_domain_gets_a_code(shop: Shop, address: str) -> None:
    browser, licence = shop.buyer()
    choose(browser, licence, ITHACA.geoid)
    sent = len(shop.outbox.sent)
    page = browser.submit(f"{base_of(licence)}proof/", email=address)
    assert (page.status, "not in one of the domains" in page.words) == (400, True)
    assert len(shop.outbox.sent) == sent


def test_a_code_for_one_place_proves_no_other(shop: Shop) -> None:
    browser, licence = shop.buyer()
    choose(browser, licence, ITHACA.geoid)
    browser.submit(f"{base_of(licence)}proof/", email="mayor@cityofithacany.gov")
    code_page = browser.page
    choose(browser, licence, DURHAM.geoid)
    browser.page = code_page
    browser.submit(f"{base_of(licence)}proof/code/", code=shop.code())
    assert shop.rig.market.subscription(licence).licences[0].geoid == ""


def test_a_sign_in_code_proves_no_place(shop: Shop) -> None:
    browser, licence = shop.buyer("clerk@example.com")
    choose(browser, licence, ITHACA.geoid)
    token = browser.page.forms[0].fields["form_token"]
    browser.get("/sign-in/")
    browser.post("/sign-in/", {"form_token": token, "email": "mayor@cityofithacany.gov"})
    fields = {"form_token": token, "code": shop.code()}
    assert browser.post(f"{base_of(licence)}proof/code/", fields).status == 400


def test_a_person_can_be_asked_once_and_the_page_says_so(shop: Shop) -> None:
    browser, licence = shop.buyer()
    choose(browser, licence, DURHAM.geoid)
    page = browser.submit(f"{base_of(licence)}proof/person/", words="GIS <b>director</b>")
    assert "A person of ours looks at it" in page.words
    assert len(shop.rig.heard(Trouble.APPROVAL)) == 1
    page = browser.get(f"{base_of(licence)}proof/")
    assert "You asked on" in page.words
    browser.submit(f"{base_of(licence)}proof/person/", words="again")
    assert len(shop.rig.heard(Trouble.APPROVAL)) == 1


def test_the_place_can_be_changed_until_it_is_proven(shop: Shop) -> None:
    browser, licence = shop.buyer("clerk@ithacany.gov")
    choose(browser, licence, DURHAM.geoid)
    choose(browser, licence, ITHACA.geoid)
    assert shop.rig.market.subscription(licence).licences[0].geoid == ITHACA.geoid
    page = browser.get(f"{base_of(licence)}place/?geoid={DURHAM.geoid}")
    assert page.path == base_of(licence)


def test_two_buyers_at_once_and_the_place_goes_to_one(shop: Shop) -> None:
    first, one = shop.buyer("a@ithacany.gov")
    second, other = shop.buyer("b@ithacany.gov", account="777788889999")
    first.get(f"{base_of(one)}place/?geoid={ITHACA.geoid}")
    second.get(f"{base_of(other)}place/?geoid={ITHACA.geoid}")
    first.submit(f"{base_of(one)}place/")
    page = second.submit(f"{base_of(other)}place/")
    assert (page.status, "has a subscription already" in page.words) == (409, True)


def test_the_status_follows_the_fleet(shop: Shop) -> None:
    shop.rig.fleet.is_down = True
    browser, licence = shop.buyer("clerk@ithacany.gov")
    choose(browser, licence, ITHACA.geoid)
    page = browser.page
    assert [request.geoid for request in shop.rig.fleet.asked] == [ITHACA.geoid]
    assert "The portal is built now" in page.words
    shop.rig.fleet.cities[ITHACA.geoid] = CityView(state=CityState.FAILED, reason="<quota>")
    page = browser.get(base_of(licence))
    assert "The portal is built in trouble" in page.words
    assert "quota" not in page.words
    url = "https://ithaca.example.gov"
    shop.rig.fleet.cities[ITHACA.geoid] = CityView(state=CityState.LIVE, url=url)
    assert f'href="{url}"' in browser.get(base_of(licence)).text
    shop.rig.run(2)
    assert browser.get(base_of(licence)).title == "The plan of Ithaca, NY"


def test_a_buyer_that_aws_has_not_confirmed_may_choose_already(shop: Shop) -> None:
    agreement = shop.rig.world.subscribe("444455556666")
    browser = shop.browser()
    browser.arrive(shop.rig.world.token(agreement))
    page = browser.sign_in(shop, "clerk@ithacany.gov")
    assert "AWS confirms the subscription now" in page.words
    licence = page.path.split("/")[2]
    choose(browser, licence, ITHACA.geoid)
    assert shop.rig.fleet.asked == []
    shop.rig.clock.advance(timedelta(minutes=2))
    shop.rig.run(1)
    assert shop.rig.market.subscription(licence).licences[0].state is State.ACTIVE


def test_a_contract_shows_no_price_by_the_hour(shop: Shop) -> None:
    product = next(held for held in shop.rig.world.products if held.kind is ProductKind.YEARLY)
    browser, licence = shop.buyer(product=product, dimensions=("pop_t02",))
    page = browser.get(f"{base_of(licence)}place/?geoid={ITHACA.geoid}")
    assert "per hour" not in page.words
    assert "as in your contract" in page.words


def test_a_map_shows_where_the_place_lies(shop: Shop) -> None:
    browser = shop.browser()
    assert browser.get("/places/9999999.svg").status == 404
    assert browser.get(f"/places/{DURHAM.geoid}.svg").status == 404  # the rig's has no point


def test_pages_speak_spanish(shop: Shop) -> None:
    browser, licence = shop.buyer()
    page = browser.get(f"/es{base_of(licence)}place/?geoid={ITHACA.geoid}")
    assert page.headers["content-language"] == "es"
    assert re.search(r'action="/es/subscriptions/[^"]+/place/"', page.text)
    assert browser.get("/", accept_language="es-MX").headers["content-language"] == "es"


def test_the_whole_way_is_the_same_on_tables(
    assets: Assets, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with mock_aws():
        books = make_table()
        office = TableOffice(boto3.client("dynamodb", "us-east-1"), "market")
        shop = Shop(assets, rig=Rig(books=books), office=office)
        browser, licence = shop.buyer("clerk@ithacany.gov")
        choose(browser, licence, ITHACA.geoid)
        shop.rig.run(3, step=timedelta(hours=1))
        assert browser.get(base_of(licence)).title == "The plan of Ithaca, NY"
        other, _ = shop.buyer("b@example.com", account="777788889999")
        assert other.get(base_of(licence)).status == 404
        assert other.get(base_of("l-" + "0" * 3_000)).status == 404
        shop.office.keep_survey(survey(shop.rig.market, shop.desk.prices, unbilled_after=UNBILLED))
        assert "active 1" in shop.ops().get("/ops/").words


def test_the_fleet_is_not_asked_about_a_city_without_a_place(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser, licence = shop.buyer()
    asked: list[str] = []
    monkeypatch.setattr(shop.rig.fleet, "find", asked.append)
    assert browser.get(base_of(licence)).status == 200
    shop.rig.world.cancel(next(iter(shop.rig.world.agreements.values())))
    shop.rig.deliver()
    assert browser.get(base_of(licence)).title == "Your subscription"
    assert asked == []


def test_on_one_machine_mail_is_shown(shop: Shop) -> None:
    shown: list[str] = []
    desk = local_desk(shop.rig.market, shop.places, shop.rig.service, shown.append)
    browser = Browser(build(desk, shop.assets))
    browser.get("/sign-in/")
    browser.submit("/sign-in/", email="clerk@example.gov")
    assert shown[0].startswith("mail to clerk@example.gov: Your Citylake code")
