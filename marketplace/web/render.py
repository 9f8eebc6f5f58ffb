"""Templates: autoescaped, strict about what they are given."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from citylake.pages.assets import Assets
from citylake.pages.languages import LANGUAGES, speech
from citylake.pages.messages import in_page
from marketplace.web import translations, wording


def link(path: str, query: Mapping[str, str] | None = None) -> str:
    """The address of one of our pages, in the language of the request."""
    text = urlencode({key: value for key, value in (query or {}).items() if value})
    return f"{speech().prefix}{quote(path)}{f'?{text}' if text else ''}"


class Renderer:
    """Renders pages.

    Args:
        assets: styles that pages name.
        shared: what every page may say: who helps, where the showcase is.
    """

    def __init__(self, assets: Assets, **shared: object) -> None:
        self._environment = Environment(
            loader=PackageLoader("marketplace.web"),
            autoescape=select_autoescape(default=True),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals.update(
            asset=assets.address,
            speech=speech,
            languages=LANGUAGES,
            link=link,
            _=in_page(translations._),
            ngettext=in_page(translations.ngettext),
            **shared,
        )
        self._environment.filters.update(
            number=wording.number,
            money=wording.money,
            day=wording.day,
            moment=wording.moment,
            month=wording.month,
            account=wording.account,
        )

    def page(self, template: str, **values: Any) -> str:  # noqa: ANN401  # whatever a template needs
        """Render a page."""
        return self._environment.get_template(template).render(**values)
