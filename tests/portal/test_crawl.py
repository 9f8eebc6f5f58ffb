"""Every link leads somewhere: without script a visitor reaches everything."""

import re
from html import unescape

import pytest

from tests.portal.conftest import Visit

_LINK = re.compile(r'(?:href|src|srcset|action|data-state|data-nation)="([^"#]*)')
_LANGUAGE = re.compile(r"/(?:en|es)(?=/)")
_MOST = 400


@pytest.mark.parametrize("start", ["/", "/nc/durham/", "/nc/nowhere/", "/es/"])
def test_every_link_of_the_showcase_resolves(visit: Visit, start: str) -> None:
    assert broken_links(visit, start) == []


def test_every_link_of_a_pinned_city_resolves(visit_durham: Visit) -> None:
    assert broken_links(visit_durham, "/") == []


def broken_links(visit: Visit, start: str) -> list[tuple[str, str, int]]:
    """Follow links from a page; sorted and filtered forms of a table count as one page.

    The switch to another language is not followed: the same pages lie behind it.
    """
    waiting, seen, broken = [(start, start)], {start}, []
    while waiting and len(seen) < _MOST:
        origin, target = waiting.pop()
        page = visit(target)
        if page.status >= 400 and not _needs_input(target):
            broken.append((origin, target, page.status))
        if not page.headers.get("content-type", "").startswith("text/html"):
            continue
        for address in map(unescape, _LINK.findall(page.text)):
            if not address.startswith("/") or "order_by=" in address or address in seen:
                continue
            if _named(address) not in {"", _named(start)}:
                continue
            if _is_comparison(target) and _is_comparison(address):
                continue
            seen.add(address)
            waiting.append((target, address))
    return broken


def _is_comparison(target: str) -> bool:
    """Comparisons lead to each other without end: each stands for those that it leads to."""
    return "/compare/?" in target


def _named(address: str) -> str:
    """What an address says of the language; empty for nothing."""
    found = _LANGUAGE.match(address)
    return found[0] if found else ""


def _needs_input(target: str) -> bool:
    """The address that forms of the developers' page send to asks for an endpoint."""
    return target.endswith("/developers/try")
