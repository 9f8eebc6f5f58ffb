"""The catalog as a feed: an item per dataset. What changed in each is told by ``changes.rss``."""

from datetime import datetime
from email.utils import format_datetime
from xml.etree.ElementTree import Element

from lambdas.query.dcat.model import DataCatalog
from lambdas.query.markup import add, written


def word(catalog: DataCatalog) -> bytes:
    """Word a catalog as RSS 2.0."""
    root = Element("rss", version="2.0")
    channel = add(root, "channel")
    add(channel, "title", catalog.title)
    add(channel, "link", catalog.home)
    add(channel, "description", catalog.description)
    add(channel, "language", "en-us")
    if catalog.modified:
        add(channel, "lastBuildDate", _date(catalog.modified))
    for described in catalog.datasets:
        item = add(channel, "item")
        add(item, "title", described.title)
        add(item, "link", described.page)
        add(item, "guid", described.page, isPermaLink="true")
        add(item, "pubDate", _date(described.modified))
        for keyword in described.keywords:
            add(item, "category", keyword)
        add(item, "description", described.description)
    return written(root)


def _date(instant: str) -> str:
    return format_datetime(datetime.fromisoformat(instant))
