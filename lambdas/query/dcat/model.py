"""What other catalogs are told of ours, before it is worded in any of their formats."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from citylake.catalog import Receipt
from citylake.datasets import NATIONAL, Dataset
from citylake.places import Place
from citylake.settings import Site
from lambdas.query.exports import formats_for
from lambdas.query.kept import Kept
from lambdas.query.links import BASE, dataset_path
from lambdas.query.scope import Scope
from lambdas.query.search import Explorer, Held

NATION = "United States"
LANGUAGE = "en"
IRREGULAR = "irregular"

_PERIODS_KEPT = 4_096
_YEAR = re.compile(r"\d{4}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")

_FREQUENCIES = {
    "daily": "R/P1D",
    "weekly": "R/P1W",
    "monthly": "R/P1M",
    "quarterly": "R/P3M",
    "yearly": "R/P1Y",
    "annual": "R/P1Y",
    "annually": "R/P1Y",
    "every two years": "R/P2Y",
    "every ten years": "R/P10Y",
}


@dataclass(frozen=True, slots=True)
class Period:
    """The time that records speak of: its first day and its last, ISO."""

    start: str
    end: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """One form in which a dataset can be had.

    Attributes:
        name: of the format, or ``records`` for the API.
        title: what people call it.
        description: what one gets, in a sentence.
        address: where, whole.
        media_type: without its character set.
        format: how people call it (``CSV``).
        is_file: whether the address gives the whole as a file, as against a service to be asked.
    """

    name: str
    title: str
    description: str
    address: str
    media_type: str
    format: str
    is_file: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """A dataset as other catalogs are told of it.

    Attributes:
        held: the dataset itself.
        page: whole address of its page, which names it for good.
        title: with the place's name, where the dataset shows one place's records.
        description: what it is, and how records were tied to their places.
        keywords: at least one.
        place: whose figures they are; ``None`` where they are the nation's.
        modified: instant of this release, ISO, UTC.
        issued: instant of the first release, likewise.
        frequency: ISO 8601 repetition (``R/P1Y``), ``irregular``, or empty where nothing is said.
        period: the time that its records speak of; ``None`` where they have no time.
        part_of: page of the dataset of all places, where this is one place's part of it.
        dictionary: whole address of the description of its fields, JSON.
        license: address of the terms of use; empty where they have none.
        distributions: the forms in which it can be had.
        sources: addresses at the publisher's that people can open, most general first.
    """

    held: Held
    scope: Scope
    page: str
    title: str
    description: str
    keywords: tuple[str, ...]
    place: Place | None
    modified: str
    issued: str
    frequency: str
    period: Period | None
    part_of: str
    dictionary: str
    license: str
    distributions: tuple[Distribution, ...]
    sources: tuple[str, ...]

    @property
    def territory(self) -> str:
        """Name of the place, or of the nation."""
        return territory(self.place)

    @property
    def dataset(self) -> Dataset:
        """The dataset as the described release has it."""
        return self.held.release.dataset

    @property
    def version_page(self) -> str:
        """Whole address of this very release, whatever comes after it."""
        return f"{self.page}?version={self.held.release.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DataCatalog:
    """A scope's catalog as others are told of it.

    Attributes:
        scope: whose.
        site: who answers for it.
        description: what it holds, in a sentence.
        modified: instant of the newest release, ISO, UTC; empty where there is none.
        datasets: in the order of their ids, or as they were asked for.
    """

    scope: Scope
    site: Site
    description: str
    modified: str
    datasets: tuple[Described, ...]

    @property
    def title(self) -> str:
        """What people call it."""
        return title(self.scope)

    @property
    def home(self) -> str:
        """Whole address of the scope's first page."""
        return self.scope.absolute("/")

    @property
    def territory(self) -> str:
        """Name of the place, or of the nation."""
        return territory(self.scope.place)


class Describer:
    """Describes datasets and catalogs for others. Safe to share between threads.

    Args:
        explorer: what answers questions.
        site: who answers for the deployment.
    """

    def __init__(self, explorer: Explorer, site: Site) -> None:
        self.site = site
        self._explorer = explorer
        self._periods = Kept[tuple[str, str], Period | None](_PERIODS_KEPT)

    def catalog(
        self, scope: Scope, *, only: Sequence[str] | None = None, with_periods: bool = True
    ) -> DataCatalog:
        """Describe a scope's catalog: the datasets that have records of it, or are about none.

        Args:
            scope: whose.
            only: ids of the datasets to be told of, in this order; all of them unless given.
            with_periods: whether to find out what time the records of each dataset speak of, which
                takes two queries for each that was not asked for before.
        """
        held = self._explorer.held(scope)
        return DataCatalog(
            scope=scope,
            site=self.site,
            description=(
                f"Figures about {subject(scope)} that national publishers release, checked and "
                "arranged by place, each with its source, vintage, and terms."
            ),
            modified=newest(list(held.values())),
            datasets=tuple(
                self.dataset(scope, held[dataset_id], with_period=with_periods)
                for dataset_id in (sorted(held) if only is None else only)
            ),
        )

    def dataset(self, scope: Scope, held: Held, *, with_period: bool = True) -> Described:
        """Describe a dataset as it is now, or as an older release had it.

        An older release is described with addresses that go on answering as it did.

        Args:
            scope: whose records.
            held: what the scope holds of it.
            with_period: whether to find out what time its records speak of.
        """
        release, dataset = held.release, held.release.dataset
        page = f"/datasets/{dataset.id}/"
        is_national = dataset.owner == NATIONAL
        place = scope.place if dataset.place_field or not is_national else None
        is_old = release.id != held.entry.release
        return Described(
            held=held,
            scope=scope,
            page=scope.absolute(page),
            title=f"{dataset.title}: {place.title}" if place else dataset.title,
            description=f"{dataset.description} {dataset.attribution}".strip(),
            keywords=dataset.keywords or (dataset.theme.value,),
            place=place,
            modified=instant(release.published_at),
            issued=self._issued(held),
            frequency=frequency(dataset.update_frequency),
            period=self._period(scope, held) if with_period else None,
            part_of=f"{scope.origin}{page}" if place and is_national and scope.prefix else "",
            dictionary=_api(scope, dataset, version=release.id if is_old else ""),
            license=dataset.license.url if _is_address(dataset.license.url) else "",
            distributions=distributions(scope, dataset, release.id if is_old else ""),
            sources=sources(dataset, release.receipts),
        )

    def _issued(self, held: Held) -> str:
        first = held.entry.releases[-1]
        dataset = held.entry.dataset
        lake = self._explorer.lake
        return instant(lake.release(dataset.id, first, dataset.owner).published_at)

    def _period(self, scope: Scope, held: Held) -> Period | None:
        """Read the period that a scope's records of a release span; it never changes."""
        time = held.release.dataset.time_field
        if not time or not held.records_count:
            return None

        def read() -> Period | None:
            first, last = (self._first(scope, held, time, order) for order in ("asc", "desc"))
            return period(first, last)

        place = scope.place.geoid if scope.place else ""
        return self._periods.get((held.release.id, place), read)

    def _first(self, scope: Scope, held: Held, field: str, order: str) -> object:
        """The value of a field that comes first in an order; ``None`` where no record has one."""
        question = {
            "select": [f"`{field}`"],
            "where": [f"`{field}` is not null"],
            "order_by": [f"`{field}` {order}"],
            "limit": ["1"],
            "version": [held.release.id],
        }
        found = self._explorer.records(scope, held.release.dataset.id, question)["results"]
        return found[0][field] if found else None


def territory(place: Place | None) -> str:
    """Name whom figures are about: ``Durham, NC``, or the nation."""
    return place.title if place else NATION


def subject(scope: Scope) -> str:
    """Say what a scope's data are about, as it stands in a sentence."""
    return scope.place.title if scope.place else "every US city"


def title(scope: Scope) -> str:
    """Name a scope's catalog."""
    return f"Open data about {subject(scope)}"


def newest(held: Sequence[Held]) -> str:
    """The instant of the newest of several releases, ISO, UTC; empty for none."""
    return max((instant(each.release.published_at) for each in held), default="")


def instant(iso: str) -> str:
    """Write an instant as every catalog reads it: ``2026-11-23T07:31:19Z``."""
    return datetime.fromisoformat(iso).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def frequency(words: str) -> str:
    """Code how often a dataset is updated; words without a code of their own are ``irregular``."""
    return _FREQUENCIES.get(words.strip().lower(), IRREGULAR) if words else ""


def period(first: object, last: object) -> Period | None:
    """Read the days that two values of a time field reach from and to.

    A day is itself; a year, or the years of a vintage (``2019-2023``), count from the first of
    January to the last of December. ``None`` for values that name no year.
    """
    start, end = _days(str(first)), _days(str(last))
    return Period(start[0], end[-1]) if start and end else None


def _days(text: str) -> list[str]:
    if day := _DAY.match(text):
        try:
            return [date.fromisoformat(day[0]).isoformat()]
        except ValueError:
            return []
    years = _YEAR.findall(text)
    return [f"{years[0]}-01-01", f"{years[-1]}-12-31"] if years else []


def distributions(scope: Scope, dataset: Dataset, version: str) -> tuple[Distribution, ...]:
    """The forms in which a scope's records of a dataset can be had: every file, and the API.

    A form for maps or calendars is not told of a dataset that has no place or date.
    """
    files = (
        Distribution(
            name=form.name,
            title=f"{dataset.title} as {form.label}",
            description=form.description,
            address=_api(scope, dataset, f"/exports/{form.name}", version=version),
            media_type=form.content_type.partition(";")[0],
            format=form.label,
            is_file=True,
        )
        for form in formats_for(dataset)
    )
    api = Distribution(
        name="records",
        title=f"{dataset.title} by the API",
        description="Search, filter, group and page through the records as JSON.",
        address=_api(scope, dataset, "/records", version=version),
        media_type="application/json",
        format="API",
        is_file=False,
    )
    return (*files, api)


def sources(dataset: Dataset, receipts: Sequence[Receipt]) -> tuple[str, ...]:
    """Addresses at the publisher's, each once: the one for people, then those of the files."""
    told = (dataset.source_url, *(receipt.address for receipt in receipts))
    return tuple(dict.fromkeys(filter(_is_address, told)))


def _is_address(text: str) -> bool:
    return text.startswith(("https://", "http://"))


def _api(scope: Scope, dataset: Dataset, below: str = "", *, version: str = "") -> str:
    query = f"?version={version}" if version else ""
    return scope.absolute(f"{BASE}{dataset_path(dataset.id)}{below}{query}")
