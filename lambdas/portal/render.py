"""Templates: autoescaped, strict about what they are given, and linked through one prefix."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from lambdas.portal import wording
from lambdas.portal.assets import Assets
from lambdas.query.scope import Scope

Query = Mapping[str, Any]
"""Parameters of a link: a value, a list of values, or nothing where one is ``None`` or empty."""


def link(scope: Scope, path: str, query: Query | None = None) -> str:
    """The address of one of the scope's pages: every link of every page is made here.

    Args:
        scope: whose prefix stands before it.
        path: as the routes know it, beginning with a slash.
        query: parameters; empty ones are left out.
    """
    kept = {key: value for key, value in (query or {}).items() if value not in (None, "", [], ())}
    text = urlencode(kept, doseq=True)
    return f"{scope.prefix}{quote(path)}{f'?{text}' if text else ''}"


class Renderer:
    """Renders pages.

    Args:
        assets: styles and scripts that pages name.
    """

    def __init__(self, assets: Assets) -> None:
        self._environment = Environment(
            loader=PackageLoader("lambdas.portal"),
            autoescape=select_autoescape(default=True),
            undefined=StrictUndefined,
        )
        self._environment.globals["asset"] = assets.address
        self._environment.filters.update(
            number=wording.number,
            day=wording.day,
            moment=wording.moment,
            listed=wording.listed,
        )

    def page(self, template: str, scope: Scope, **values: object) -> str:
        """Render a page of a scope."""
        return self._environment.get_template(template).render(
            scope=scope,
            place=scope.place,
            link=lambda path, query=None: link(scope, path, query),
            **values,
        )
