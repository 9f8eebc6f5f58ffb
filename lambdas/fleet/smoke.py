"""The smoke test of a city: a few questions to its deployed portal whose answers are known."""

import html
import http.client
import json
import re
from collections.abc import Callable, Iterator, Mapping
from urllib.parse import urlencode

from citylake.errors import PortalUnsound
from citylake.places import PLACES_DATASET
from lambdas.fleet.cities import Check, City
from lambdas.fleet.portal import Portal, dataset_path

_TITLE = re.compile(rb"<title>(.*?)</title>", re.DOTALL | re.IGNORECASE)
_SAMPLE = 5
_ASKED_ABOUT = ("population", PLACES_DATASET)
"""Datasets with a record for each place that can subscribe; the first that there is, is asked."""

_REFUSED = frozenset({http.client.UNAUTHORIZED, http.client.FORBIDDEN})


def smoke(portal: Portal, city: City, counts: Callable[[], Mapping[str, int]]) -> tuple[Check, ...]:
    """Ask a portal, and compare what it answers with what the lake holds.

    Args:
        portal: the deployed one.
        city: whose it is.
        counts: says how many records of which dataset its catalog should have now.

    Returns:
        What was found, for every question; one that got no answer has not passed.
    """
    expected = dict(counts())
    asked = next((name for name in _ASKED_ABOUT if name in expected), "")
    questions: Mapping[str, Callable[[], tuple[bool, str]]] = {
        "page": lambda: _page(portal, city),
        "catalog": lambda: _catalog(portal, expected, counts),
        "records": lambda: _records(portal, city, asked, expected),
        "export": lambda: _export(portal, asked, expected),
        "write without a token": lambda: _write(portal),
    }
    return tuple(_checks(questions))


def _checks(questions: Mapping[str, Callable[[], tuple[bool, str]]]) -> Iterator[Check]:
    for name, question in questions.items():
        try:
            passed, notes = question()
        except PortalUnsound as error:
            passed, notes = False, str(error)
        yield Check(name=name, passed=passed, notes=notes)


def _page(portal: Portal, city: City) -> tuple[bool, str]:
    found = _TITLE.search(portal.get("/").body)
    title = html.unescape(found[1].decode("utf-8", errors="replace")).strip() if found else ""
    return city.name in title, f"/ is titled {title!r}; expected one with {city.name!r}"


def _catalog(
    portal: Portal, expected: Mapping[str, int], counts: Callable[[], Mapping[str, int]]
) -> tuple[bool, str]:
    answered = portal.datasets()
    if answered != expected:  # a harvest may have published between the count and the answer
        expected, answered = dict(counts()), portal.datasets()
    differing = sorted(
        dataset_id
        for dataset_id in answered.keys() | expected.keys()
        if answered.get(dataset_id) != expected.get(dataset_id)
    )
    told = ", ".join(
        f"{name} has {answered.get(name, 'none')} instead of {expected.get(name, 'none')}"
        for name in differing[:_SAMPLE]
    )
    notes = f"{len(answered)} datasets, {sum(answered.values()):,} records"
    if differing:
        notes = f"{notes}; {len(differing)} are not as in the lake: {told}"
    return not differing, notes


def _records(
    portal: Portal, city: City, dataset_id: str, expected: Mapping[str, int]
) -> tuple[bool, str]:
    if not dataset_id:
        return False, f"the lake has neither of {', '.join(_ASKED_ABOUT)} for {city.title}"
    page = portal.json(f"{dataset_path(dataset_id)}/records?{urlencode({'limit': _SAMPLE})}")
    try:
        about = {record["geoid"] for record in page["results"]}
        total = page["total_count"]
    except (KeyError, TypeError) as error:
        raise PortalUnsound(f"the records of {dataset_id} lack {error}: {page!r:.300}") from error
    notes = (
        f"{dataset_id} has {total} records, those asked for are about {sorted(about)}; "
        f"expected {expected[dataset_id]} about {city.geoid}"
    )
    return about == {city.geoid} and total == expected[dataset_id], notes


def _export(portal: Portal, dataset_id: str, expected: Mapping[str, int]) -> tuple[bool, str]:
    if not dataset_id:
        return False, "there is no dataset to ask for"
    lines = portal.get(f"{dataset_path(dataset_id)}/exports/jsonl").body.splitlines()
    try:
        records = [json.loads(line) for line in lines]
    except ValueError as error:
        raise PortalUnsound(f"the export of {dataset_id} is not JSON lines: {error}") from error
    return (
        len(records) == expected[dataset_id],
        f"{dataset_id} as JSON lines has {len(records)} records; expected {expected[dataset_id]}",
    )


def _write(portal: Portal) -> tuple[bool, str]:
    answer = portal.request("POST", "/api/publish/v1/uploads")
    return answer.status in _REFUSED, f"answered with {answer.status}; expected 401 or 403"
