"""The feed of changes: which datasets were released anew, and what that changed. RSS 2.0."""

from datetime import datetime
from email.utils import format_datetime
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element

from lambdas.query.changes import Change, Changes
from lambdas.query.dcat.model import title
from lambdas.query.markup import add, written
from lambdas.query.scope import Scope

PATH = "/changes.rss"

ITEMS = 50
"""Releases that a feed holds; the releases before them are listed with each dataset."""

_ATOM = "http://www.w3.org/2005/Atom"
ET.register_namespace("atom", _ATOM)


def of_scope(history: Changes, scope: Scope) -> bytes:
    """A scope's feed, the newest release first."""
    changes = history.newest(scope, ITEMS)
    root = Element("rss", version="2.0")
    channel = add(root, "channel")
    add(channel, "title", f"{title(scope)}: changes")
    add(channel, "link", scope.absolute("/catalog/"))
    add(channel, "description", f"The newest releases of every dataset, {ITEMS} at most.")
    add(channel, "language", "en-us")
    if changes:
        add(channel, "lastBuildDate", _date(changes[0]))
    add(
        channel,
        f"{{{_ATOM}}}link",
        href=scope.absolute(PATH),
        rel="self",
        type="application/rss+xml",
    )
    for change in changes:
        _item(channel, scope, change)
    return written(root)


def _item(channel: Element, scope: Scope, change: Change) -> None:
    release, dataset = change.release, change.release.dataset
    item = add(channel, "item")
    add(item, "title", f"{dataset.title}: {'new release' if change.before else 'first release'}")
    add(item, "link", scope.absolute(f"/datasets/{dataset.id}/?version={release.id}"))
    # Not an address: hosts come and go, and a reader must not be told everything twice.
    place = scope.place.geoid if scope.place else "us"
    guid = f"{release.namespace}/{dataset.id}/{release.id}/{place}"
    add(item, "guid", guid, isPermaLink="false")
    add(item, "pubDate", _date(change))
    add(item, "category", dataset.theme.value)
    add(item, "description", describe(change, scope))


def describe(change: Change, scope: Scope) -> str:
    """Say what a release changed, in sentences: records, vintage, fields."""
    return " ".join(
        part for part in (_records(change, scope), _vintage(change), _fields(change)) if part
    )


def _records(change: Change, scope: Scope) -> str:
    dataset = change.release.dataset
    where = f" of {scope.place.title}" if scope.place and dataset.place_field else ""
    now = f"{change.records:,} record{'' if change.records == 1 else 's'}{where}"
    if change.before is None:
        return f"{now}."
    if change.records == change.records_before:
        return f"{now}, as many as before."
    difference = change.records - change.records_before
    return f"{now}, {change.records_before:,} before ({difference:+,})."


def _vintage(change: Change) -> str:
    vintage = change.release.dataset.vintage
    before = change.before.dataset.vintage if change.before else vintage
    if not vintage:
        return ""
    told = f"Vintage: {vintage}"
    return f"{told}." if vintage == before else f"{told} (before: {before or 'not named'})."


def _fields(change: Change) -> str:
    if change.before is None:
        return ""
    told = (("New fields", change.fields_added), ("Fields that are gone", change.fields_removed))
    return " ".join(f"{what}: {', '.join(names)}." for what, names in told if names)


def _date(change: Change) -> str:
    return format_datetime(datetime.fromisoformat(change.release.published_at))
