"""Links of answers: where what belongs to them is found, from the request's own prefix on."""

from collections.abc import Sequence
from urllib.parse import quote, urlencode

from lambdas.query.parameters import Parameters
from lambdas.query.scope import Scope

BASE = "/api/explore/v2.1"
"""Where the API begins, after a scope's prefix."""

CATALOG = "/catalog"

Link = dict[str, str]


def link(rel: str, scope: Scope, path: str, query: str = "") -> Link:
    """One link: what it is to the answer, and its address."""
    return {"rel": rel, "href": f"{scope.prefix}{BASE}{path}{'?' if query else ''}{query}"}


def dataset_path(dataset_id: str) -> str:
    """The address of a dataset, below the API's."""
    return f"{CATALOG}/datasets/{quote(dataset_id, safe='')}"


def record_path(dataset_id: str, record_id: str) -> str:
    """The address of a record, below the API's."""
    return f"{dataset_path(dataset_id)}/records/{quote(record_id, safe='')}"


def page_links(
    scope: Scope, path: str, parameters: Parameters, *, limit: int, offset: int, total: int
) -> list[Link]:
    """Links to this page, the first and the last, and to the next where there is one."""

    def at(rel: str, start: int) -> Link:
        pairs = [
            (name, value)
            for name, values in parameters.items()
            if name not in {"limit", "offset"}
            for value in values
        ]
        paging: Sequence[tuple[str, str]] = [("limit", str(limit)), ("offset", str(start))]
        return link(rel, scope, path, urlencode([*pairs, *paging]))

    links = [at("self", offset), at("first", 0)]
    if limit > 0:
        links.append(at("last", max(total - 1, 0) // limit * limit))
        if offset + limit < total:
            links.append(at("next", offset + limit))
    return links
