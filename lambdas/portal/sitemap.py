"""What search engines may visit: every page of a scope, and in the showcase every place.

The showcase has an index: one file with its own pages, and as many as are needed for the places.
The pages of a place stand in its own sitemap, below its prefix.

Source:
    sitemaps.org, protocol 0.9.
"""

import re
from collections.abc import Iterable, Sequence
from xml.etree.ElementTree import Element

from citylake.errors import DatasetNotFound, PageNotFound
from citylake.places import PLACES_DATASET
from lambdas.query.dcat.model import instant, newest
from lambdas.query.markup import add, written
from lambdas.query.scope import NATION, Scope
from lambdas.query.search import Explorer

PATH = "/sitemap.xml"
PAGES_PATH = "/sitemap-pages.xml"

PLACES_IN_A_FILE = 20_000
"""The protocol allows 50,000; so many stay below 3 MB, which is answered without a detour."""

_NUMBER = re.compile(r"[1-9][0-9]{0,3}")
_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"


def of_scope(explorer: Explorer, scope: Scope, *, is_pinned: bool) -> bytes:
    """A scope's sitemap: its pages, or the showcase's index."""
    if scope.place is not None or is_pinned:
        return of_pages(explorer, scope)
    changed = newest(list(explorer.held(scope).values()))
    files = -(-_places_count(explorer) // PLACES_IN_A_FILE)
    paths = [PAGES_PATH, *(places_path(number) for number in range(1, files + 1))]
    root = Element("sitemapindex", xmlns=_NAMESPACE)
    for path in paths:
        _list(root, "sitemap", scope.absolute(path), changed)
    return written(root)


def of_pages(explorer: Explorer, scope: Scope) -> bytes:
    """The pages of a scope: its first one, its catalog, its datasets, and what explains them."""
    held = explorer.held(scope)
    changed = newest(list(held.values()))
    pages = [
        ("/", changed),
        ("/catalog/", changed),
        *(
            (f"/datasets/{dataset_id}/", instant(held[dataset_id].release.published_at))
            for dataset_id in sorted(held)
        ),
        *([("/compare/", changed)] if not scope.prefix else []),
        ("/developers/", ""),
        ("/about/", ""),
    ]
    return _urls((scope.absolute(path), at) for path, at in pages)


def places_path(number: int | str) -> str:
    """Where a file of places lies; its number, or what stands for one."""
    return f"/sitemap-places-{number}.xml"


def of_places(explorer: Explorer, scope: Scope, number: str) -> bytes:
    """The first pages of the places of one file, in the order of their GEOIDs.

    Args:
        explorer: what knows the places.
        scope: the nation.
        number: which file, from 1, as the address has it.

    Raises:
        PageNotFound: there is no such file.
    """
    is_asked = scope.place is None and _NUMBER.fullmatch(number)
    slugs = _slugs(explorer, int(number)) if is_asked else ()
    if not slugs:
        raise PageNotFound(f"There is no sitemap of places with the number {number[:20]!r}.")
    changed = newest(list(explorer.held(scope).values()))
    return _urls((f"{scope.origin}/{slug}/", changed) for slug in slugs)


def _slugs(explorer: Explorer, number: int) -> Sequence[str]:
    question = {
        "select": ["slug"],
        "order_by": ["geoid"],
        "limit": [str(PLACES_IN_A_FILE)],
        "offset": [str((number - 1) * PLACES_IN_A_FILE)],
    }
    plan = explorer.export_plan(NATION, PLACES_DATASET, question)
    return [slug for (slug,) in plan.values(explorer.engine.run(plan.tree).rows)]


def _places_count(explorer: Explorer) -> int:
    try:
        return explorer.look_up(NATION, PLACES_DATASET).records_count
    except DatasetNotFound:
        return 0


def _urls(pages: Iterable[tuple[str, str]]) -> bytes:
    root = Element("urlset", xmlns=_NAMESPACE)
    for address, changed in pages:
        _list(root, "url", address, changed)
    return written(root)


def _list(root: Element, kind: str, address: str, changed: str) -> None:
    listed = add(root, kind)
    add(listed, "loc", address)
    if changed:
        add(listed, "lastmod", changed)
