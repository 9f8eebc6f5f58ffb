"""Links of answers: where what belongs to them is found, from the request's own prefix on."""

from collections.abc import Sequence
from urllib.parse import quote, urlencode

from lambdas.query.parameters import Parameters
from lambdas.query.scope import Scope

BASE = "/api/explore/v2.1"
"""Where the API begins, after a scope's prefix."""

CATALOG = "/catalog"

Link = dict[str, str]


def link(rel: str, scope: Scope, path: str, query: Sequence[tuple[str, str]] = ()) -> Link:
    """One link: what it is to the answer, and its address."""
    return {"rel": rel, "href": address(scope, path, query)}


def address(scope: Scope, path: str, query: Sequence[tuple[str, str]] = ()) -> str:
    """The address of one of the API's paths, from the scope's prefix on."""
    asked = f"?{urlencode(query)}" if query else ""
    return f"{scope.prefix}{BASE}{path}{asked}"


def of_version(version: str) -> Sequence[tuple[str, str]]:
    """What a link asks so as to stay with the release that the request named; nothing if none."""
    return [("version", version)] if version else []


def dataset_path(dataset_id: str) -> str:
    """The address of a dataset, below the API's."""
    return f"{CATALOG}/datasets/{quote(dataset_id, safe='')}"


def record_path(dataset_id: str, record_id: str) -> str:
    """The address of a record, below the API's."""
    return f"{dataset_path(dataset_id)}/records/{quote(record_id, safe='')}"


def attachment_path(dataset_id: str, attachment_id: str) -> str:
    """The address of a document beside a dataset, below the API's."""
    return f"{dataset_path(dataset_id)}/attachments/{quote(attachment_id, safe='')}"


def page_links(
    scope: Scope,
    path: str,
    parameters: Parameters,
    *,
    limit: int,
    offset: int,
    total: int | None,
    has_more: bool,
    furthest: int,
) -> list[Link]:
    """Links to this page, the first, the last and the next; only to pages that may be asked for.

    Args:
        scope: whose addresses.
        path: of the pages, below the API's.
        parameters: the request's.
        limit: results of a page.
        offset: where this one begins.
        total: all results; ``None`` where they were not counted, and the last page is not known.
        has_more: whether there are results after this page.
        furthest: the furthest result that paging reaches.
    """

    def at(rel: str, start: int) -> Link:
        pairs = [
            (name, value)
            for name, values in parameters.items()
            if name not in {"limit", "offset"}
            for value in values
        ]
        paging = [("limit", str(limit)), ("offset", str(start))]
        return link(rel, scope, path, [*pairs, *paging])

    links = [at("self", offset), at("first", 0)]
    if limit <= 0:
        return links
    if total is not None:
        last = max(total - 1, 0) // limit * limit
        if last + limit <= furthest:
            links.append(at("last", last))
    if has_more and offset + 2 * limit <= furthest:
        links.append(at("next", offset + limit))
    return links
