"""The catalog for people: what there is, by theme, filtered and sorted in the address."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from citylake.catalog import Entry
from citylake.datasets import Theme
from citylake.errors import ParameterInvalid
from lambdas.portal import questions
from lambdas.portal.city import theme_title
from lambdas.portal.translations import told
from lambdas.query.parameters import PAGE_LIMIT, Parameters
from lambdas.query.scope import Scope
from lambdas.query.search import Explorer


class Order(StrEnum):
    """How the list is sorted."""

    TITLE = "title"
    NEWEST = "newest"
    RECORDS = "records"


@dataclass(frozen=True, slots=True)
class Listed:
    """A dataset in the list: what the catalog says of it, and its records within the scope."""

    entry: Entry
    records_count: int
    theme: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """What a catalog page shows.

    Attributes:
        text: words that were looked for.
        theme: the theme that was chosen; empty for all.
        order: how the list is sorted.
        themes: every theme with datasets, with its title and how many there are.
        listed: the datasets that the filters let through.
        total: how many datasets the scope has.
    """

    text: str
    theme: str
    order: Order
    themes: tuple[tuple[str, str, int], ...]
    listed: tuple[Listed, ...]
    total: int


def read(explorer: Explorer, scope: Scope, parameters: Parameters) -> Shelf:
    """Read a catalog page.

    Raises:
        ParameterInvalid: an order or a theme that does not exist.
    """
    text = _first(parameters, "q").strip()
    theme = _first(parameters, "theme")
    order = _order(_first(parameters, "sort") or Order.TITLE)
    everything = _find(explorer, scope, "")
    themes = tuple(
        (member.value, theme_title(member), count)
        for member in Theme
        if (count := sum(listed.entry.dataset.theme is member for listed in everything))
    )
    if theme and theme not in set(Theme):
        raise ParameterInvalid(f"theme is {theme[:40]!r}; expected one of {', '.join(Theme)}")
    found = _find(explorer, scope, text) if text else everything
    chosen = [listed for listed in found if not theme or listed.entry.dataset.theme == theme]
    return Shelf(
        text=text,
        theme=theme,
        order=order,
        themes=themes,
        listed=tuple(_sorted(chosen, order)),
        total=len(everything),
    )


def _find(explorer: Explorer, scope: Scope, text: str) -> list[Listed]:
    entries = explorer.shelf(scope).entries()
    where = [f"search({questions.literal(text)})"] if text else []
    found: list[Mapping[str, object]] = []
    while True:
        page = explorer.datasets(
            scope,
            {"where": where, "limit": [str(PAGE_LIMIT)], "offset": [str(len(found))]},
        )
        found += page["results"]
        if not page["results"] or len(found) >= page["total_count"]:
            break
    return [
        Listed(entry, _records_count(description), theme_title(entry.dataset.theme))
        for description in found
        if (entry := entries.get(str(description["dataset_id"])))
    ]


def _records_count(description: Mapping[str, object]) -> int:
    metas = description.get("metas")
    default = metas.get("default") if isinstance(metas, Mapping) else None
    count = default.get("records_count") if isinstance(default, Mapping) else None
    return count if isinstance(count, int) else 0


def _sorted(listed: Sequence[Listed], order: Order) -> list[Listed]:
    by_title = sorted(listed, key=lambda item: told(item.entry.dataset.title))
    match order:
        case Order.TITLE:
            return by_title
        case Order.NEWEST:
            return sorted(by_title, key=lambda item: item.entry.published_at, reverse=True)
        case Order.RECORDS:
            return sorted(by_title, key=lambda item: -item.records_count)


def _order(text: str) -> Order:
    try:
        return Order(text)
    except ValueError as error:
        raise ParameterInvalid(
            f"sort is {text[:40]!r}; expected one of {', '.join(Order)}"
        ) from error


def _first(parameters: Parameters, name: str) -> str:
    return (parameters.get(name) or ("",))[0]
