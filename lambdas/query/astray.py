"""Addresses that other versions and other portals have, and what to say to those who try them."""

import re

from citylake.errors import Gone, PageNotFound, PortalError
from lambdas.query.links import BASE
from lambdas.query.scope import Scope

_LONGEST = 200

_AGGREGATES = re.compile(r"(/catalog(?:/datasets/[^/]+)?)/(aggregates|query)/?")
_OLDER = re.compile(r"/api/(?:explore/)?v2(?:\.0)?(/.*)?")
_OLDEST = re.compile(r"/api/(?:records|datasets|explore)/(?:1\.0|v1(?:\.0)?)(?:/.*)?")
_SOURCE = re.compile(rf"{re.escape(BASE)}/(monitoring|opendatasoft|shared)(/.*)?")


def astray(path: str, scope: Scope) -> PortalError:
    """What to say of an address below ``/api/`` where nothing is.

    Args:
        path: the address within the scope; no query.
        scope: whose addresses are named instead.

    Returns:
        ``Gone`` for what version 2.1 took away, or an older version; otherwise ``PageNotFound``.
    """
    base = f"{scope.prefix}{BASE}"
    path = path[:_LONGEST]
    if found := _OLDER.fullmatch(path):
        instead = _AGGREGATES.sub(_found_instead, found[1] or "/")
        return Gone(
            "Version 2.0 of the API is not answered here. Version 2.1 is, where the same is asked "
            f"of {base}{instead}."
        )
    if _OLDEST.fullmatch(path):
        return Gone(f"Version 1 of the API is not answered here. Version 2.1 begins at {base}/.")
    within = path.removeprefix(BASE)
    if found := _AGGREGATES.fullmatch(within):
        return Gone(
            f"Version 2.1 of the API has no {found[2]} any more; the same is asked of "
            f"{base}{_found_instead(found)} with select and group_by."
        )
    if found := _SOURCE.fullmatch(path):
        return PageNotFound(
            f"The source {found[1]} does not exist; there is one source, {base}/catalog/."
        )
    return PageNotFound(f"The requested endpoint {path} does not exist. The API begins at {base}/.")


def _found_instead(found: re.Match[str]) -> str:
    """Where groups are asked for: records of a dataset, or datasets of the catalog."""
    return f"{found[1]}/{'datasets' if found[1] == '/catalog' else 'records'}"
