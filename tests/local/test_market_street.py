"""The marketplace in the browser on one machine: bought in the window, seen on the real pages."""

import re
from datetime import timedelta

import pytest

from local.market.street import WINDOW, BundledRegister, Street
from marketplace.domains import domains_of
from marketplace.facts import Activated
from marketplace.hours import HourState
from marketplace.memory import MemoryBooks
from tests.marketplace.web.pages import Browser

CARY = "3710740"


@pytest.fixture
def shown() -> list[str]:
    return []


@pytest.fixture
def books() -> MemoryBooks:
    return MemoryBooks()


@pytest.fixture
def browser(shown: list[str], books: MemoryBooks) -> Browser:
    return Browser(Street(shown.append, books, lambda: None))


def code(shown: list[str]) -> str:
    """The code of the last mail."""
    codes: list[str] = re.findall(r"\d{4} \d{4}", "\n".join(shown))
    return codes[-1]


def passes(browser: Browser, minutes: int) -> None:
    browser.get(WINDOW)
    browser.post(f"{WINDOW}pass", {"minutes": str(minutes)})


def test_a_city_buys_and_sees_its_portal_live_and_its_hours_counted(
    browser: Browser, shown: list[str], books: MemoryBooks
) -> None:
    browser.post(f"{WINDOW}subscribe", {"product": "hourly"})
    assert "agmt-00000001" in browser.page.words
    passes(browser, 10)

    browser.post(f"{WINDOW}account", {"agreement": "agmt-00000001"})
    browser.submit("/")
    assert browser.page.path == "/sign-in/"
    register = BundledRegister()
    cary = register.by_geoid(CARY)
    assert cary is not None
    address = f"clerk@{domains_of(cary, register)[0]}"
    browser.submit("/sign-in/", email="buyer@example.com")
    browser.submit("/sign-in/code/", code=code(shown))
    page = re.search(r"/subscriptions/(l-[0-9a-f]+)/", browser.page.path)
    assert page is not None
    at = page[0]
    browser.get(f"{at}place/?q=Cary")
    browser.post(f"{at}place/", {**token(browser), "geoid": CARY})
    browser.get(f"{at}proof/")
    browser.submit(f"{at}proof/", email=address)
    browser.submit(f"{at}proof/code/", code=code(shown))
    assert any("hears ProvisionRequested for 3710740" in line for line in shown)

    passes(browser, 10)
    passes(browser, 600)
    plan = browser.get(at).words

    assert "Cary" in plan
    assert "pop_t10" in plan
    licence = at.split("/")[2]
    (start,) = (fact.from_at for fact in books.facts(licence) if isinstance(fact, Activated))
    made = list(books.hours(licence, start, start + timedelta(days=1)))
    assert len(made) in (8, 9)  # of ten hours: those that were full and are closed
    assert {row.state for row in made} == {HourState.ACCEPTED}


def test_what_is_cancelled_in_the_window_has_ended(browser: Browser) -> None:
    browser.post(f"{WINDOW}subscribe", {"product": "yearly", "tier": "pop_t05"})
    browser.post(f"{WINDOW}cancel", {"agreement": "agmt-00000001"})

    assert "CANCELLED" in browser.page.words
    assert "Set up your account" not in {form.action for form in browser.page.forms}


@pytest.mark.parametrize("minutes", ["9", "1440", "", "x"])
def test_time_passes_by_what_the_buttons_say(browser: Browser, minutes: str) -> None:
    before = browser.get(WINDOW).words

    browser.post(f"{WINDOW}pass", {"minutes": minutes})

    assert browser.get(WINDOW).words == before


def token(browser: Browser) -> dict[str, str]:
    """The token that every form of ours brings."""
    return next(
        {"form_token": form.fields["form_token"]}
        for form in browser.page.forms
        if "form_token" in form.fields
    )
