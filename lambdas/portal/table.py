"""A dataset's table: its filters live in the address, and the API answers the same question."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from citylake.datasets import Dataset, Field
from citylake.errors import InputInvalid
from lambdas.portal import questions, wording
from lambdas.query.parameters import PAGING_LIMIT, Parameters
from lambdas.query.scope import Scope
from lambdas.query.search import Explorer

PAGE_ROWS = 25
"""Records of one page of the table."""

_REFINE = "refine."


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What the address says of a table.

    Attributes:
        text: words that must occur in a record.
        where: an ODSQL clause.
        refine: chosen value of a facet, by the field's name.
        order_by: field by which records are sorted; empty for the dataset's own order.
        descending: whether the largest comes first.
        page: number of the page, from 1.
        version: id of the release that is looked at; empty for the current one.
    """

    text: str = ""
    where: str = ""
    refine: Mapping[str, str]
    order_by: str = ""
    descending: bool = False
    page: int = 1
    version: str = ""

    @property
    def is_filtering(self) -> bool:
        """Whether the filters leave records out, as against sorting and paging them."""
        return bool(self.text or self.where or self.refine)

    @property
    def address(self) -> dict[str, str]:
        """The same as parameters of an address; ``read`` turns it back."""
        order = f"-{self.order_by}" if self.descending else self.order_by
        return {
            "q": self.text,
            "where": self.where,
            **{f"{_REFINE}{name}": value for name, value in self.refine.items()},
            "order_by": order,
            "page": str(self.page) if self.page > 1 else "",
            "version": self.version,
        }

    @property
    def question(self) -> dict[str, list[str]]:
        """The filters as parameters of the API."""
        where = [clause for clause in (self.where, self._text_clause) if clause]
        direction = " desc" if self.descending else ""
        order = [f"{questions.name(self.order_by)}{direction}"] if self.order_by else []
        refine = [f"{name}:{questions.literal(value)}" for name, value in self.refine.items()]
        version = [self.version] if self.version else []
        asked = {"where": where, "refine": refine, "order_by": order, "version": version}
        return {key: values for key, values in asked.items() if values}

    @property
    def _text_clause(self) -> str:
        return f"search({questions.literal(self.text)})" if self.text else ""

    def sorted_by(self, name: str) -> "Filters":
        """The filters after a click on a column's heading: sorted by it, then the other way."""
        return replace(
            self, order_by=name, descending=self.order_by == name and not self.descending, page=1
        )

    def on_page(self, page: int) -> "Filters":
        """The same filters, on another page."""
        return replace(self, page=page)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A facet by which the table may be filtered, with its commonest values and their counts."""

    field: Field
    values: tuple[tuple[str, int], ...]
    chosen: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One page of a dataset's records.

    Attributes:
        filters: what the address says.
        fields: columns.
        rows: worded cells, one row per record.
        total: records that the filters let through.
        last_page: number of the last page that paging reaches.
        cut: whether there are records beyond it, which only an export gives.
        error: why the filters could not be used; empty if they could.
        choices: facets to filter by.
        question: the API's parameters that give this page.
    """

    filters: Filters
    fields: tuple[Field, ...]
    rows: tuple[tuple[str, ...], ...]
    total: int
    last_page: int
    cut: bool
    error: str
    choices: tuple[Choice, ...]
    question: Mapping[str, Sequence[str]]


def read_filters(dataset: Dataset, parameters: Parameters) -> Filters:
    """Read an address; what it cannot mean is left out."""
    names = {field.name for field in dataset.fields}
    order = _first(parameters, "order_by")
    order_by = order.removeprefix("-")
    page = _first(parameters, "page")
    number = int(page) if page.isascii() and page.isdecimal() and len(page) < 6 else 1  # noqa: PLR2004
    return Filters(
        text=_first(parameters, "q").strip(),
        where=_first(parameters, "where").strip(),
        refine={
            name: value
            for name in sorted(names)
            if (value := _first(parameters, f"{_REFINE}{name}"))
        },
        order_by=order_by if order_by in names else "",
        descending=order.startswith("-"),
        page=max(1, min(number, PAGING_LIMIT // PAGE_ROWS)),
        version=_first(parameters, "version"),
    )


def read(explorer: Explorer, scope: Scope, dataset: Dataset, filters: Filters) -> Table:
    """Read one page of a table; filters that the API refuses give an empty one that says why."""
    offset = (filters.page - 1) * PAGE_ROWS
    question = {**filters.question, "limit": [str(PAGE_ROWS)]}
    if offset:
        question["offset"] = [str(offset)]
    error = ""
    try:
        answer = explorer.records(scope, dataset.id, question)
        facets = explorer.facets(scope, dataset.id, filters.question)
    except InputInvalid as refused:
        answer, facets, error = {"results": [], "total_count": 0}, {"facets": []}, str(refused)
    total = answer["total_count"]
    pages = max(1, -(-total // PAGE_ROWS))
    reached = PAGING_LIMIT // PAGE_ROWS
    return Table(
        filters=filters,
        fields=dataset.fields,
        rows=tuple(
            tuple(wording.cell(row.get(field.name), field, dataset) for field in dataset.fields)
            for row in answer["results"]
        ),
        total=total,
        last_page=min(pages, reached),
        cut=pages > reached,
        error=error,
        choices=_choices(dataset, facets["facets"], filters),
        question=question,
    )


def example(dataset: Dataset) -> str:
    """A condition that this dataset understands, for people to begin from."""
    for field in dataset.fields:
        if wording.is_number(field, dataset):
            return f"{field.name} > 100"
    return f"{dataset.fields[0].name} is not null"


def _choices(
    dataset: Dataset, facets: Sequence[Mapping[str, Any]], filters: Filters
) -> tuple[Choice, ...]:
    counted = {facet["name"]: facet["facets"] for facet in facets}
    choices = []
    for field in dataset.fields:
        values = tuple(
            (str(value["value"]), int(value.get("count", 0)))
            for value in counted.get(field.name, ())
        )
        chosen = filters.refine.get(field.name, "")
        if field.facet and (len(values) > 1 or chosen):
            choices.append(Choice(field=field, values=values, chosen=chosen))
    return tuple(choices)


def _first(parameters: Parameters, name: str) -> str:
    values = parameters.get(name) or ("",)
    return values[0]
