"""Templates: autoescaped, strict about what they are given, and linked through one prefix."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from citylake.pages.assets import Assets
from citylake.pages.languages import LANGUAGES, speech
from citylake.pages.messages import in_page
from lambdas.portal import translations, wording
from lambdas.query.links import BASE
from lambdas.query.scope import NATION, Scope

Query = Mapping[str, Any]
"""Parameters of a link: a value, a list of values, or nothing where one is ``None`` or empty."""


def link(scope: Scope, path: str, query: Query | None = None) -> str:
    """The address of one of the scope's pages: every link of every page is made here.

    A page links to pages in its own language; the API has none.

    Args:
        scope: whose prefix stands before it.
        path: as the routes know it, beginning with a slash.
        query: parameters; empty ones are left out.
    """
    kept = {key: value for key, value in (query or {}).items() if value not in (None, "", [], ())}
    text = urlencode(kept, doseq=True, safe="/,")
    language = "" if path.startswith(BASE) else speech().prefix
    return f"{language}{scope.prefix}{quote(path)}{f'?{text}' if text else ''}"


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
        self._environment.globals.update(
            asset=assets.address,
            speech=speech,
            languages=LANGUAGES,
            nation=lambda path, query=None: link(NATION, path, query),
            _=in_page(translations._),
            ngettext=in_page(translations.ngettext),
        )
        self._environment.filters.update(
            told=translations.told,
            marked=translations.marked,
            unit=translations.unit,
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
