"""Searching: what the API answers, as plain values.

The ``Explorer`` knows the lake, an engine and ODSQL; it knows no event, no status and no bytes.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

from citylake.attachments import Attachment
from citylake.catalog import Entry, Release
from citylake.datasets import RECORD_ID
from citylake.errors import AttachmentNotFound, RecordNotFound
from citylake.lake.read import Lake
from citylake.settings import QueryLimits
from lambdas.query import links
from lambdas.query.catalog import FACETS, catalog_columns, catalog_relation
from lambdas.query.engines import Engine
from lambdas.query.facets import Counter, Facet, facet_of, read_facets
from lambdas.query.kept import Kept
from lambdas.query.metadata import describe, without_app_metas
from lambdas.query.odsql import typed
from lambdas.query.odsql.compile import compile_statement
from lambdas.query.odsql.context import Context
from lambdas.query.odsql.statement import Clauses, check_statement, check_where
from lambdas.query.odsql.typed import Kind, Output, Statement, Typed
from lambdas.query.parameters import (
    ALL,
    GROUPS_LIMIT,
    PAGE_LIMIT,
    PAGING_LIMIT,
    Endpoint,
    Parameters,
    Request,
    read,
)
from lambdas.query.plan import Plan, column_of, with_one_of
from lambdas.query.refine import Refinement, condition_of, read_refinements
from lambdas.query.relation import Counts, Relation, relation_of
from lambdas.query.scope import Scope
from lambdas.query.shelf import Shelf

_COUNTS_KEPT = 4_096

_ID = Output(RECORD_ID, typed.Column(RECORD_ID, Kind.TEXT))
_TOTAL = Output("total", typed.Aggregate("count", None, Kind.INT))


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What a scope holds of a dataset.

    Attributes:
        entry: what the catalog says of it.
        release: the release that is read.
        records_count: its records in scope.
    """

    entry: Entry
    release: Release
    records_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    """A request whose parameters were read against the relation that it is about."""

    request: Request
    relation: Relation
    context: Context
    facets: tuple[Facet, ...]
    refined: tuple[Refinement, ...]
    excluded: tuple[Refinement, ...]

    @property
    def disjunctive(self) -> frozenset[str]:
        """Fields of which several refined values widen the answer."""
        return frozenset(
            name
            for name, facet in _by_field(self.context, self.facets).items()
            if facet.disjunctive
        )

    @property
    def condition(self) -> Typed:
        """What records must fulfil, ``where`` aside."""
        return typed.all_of(
            self.relation.restriction,
            condition_of(self.refined, self.excluded, self.disjunctive, self.context),
        )


class Explorer:
    """Answers the questions of the Explore API. Safe to share between threads.

    Args:
        lake: what is searched.
        engine: what does the searching.
        limits: how long and deep a clause may be.
        now: the clock.
    """

    def __init__(
        self,
        lake: Lake,
        engine: Engine,
        *,
        limits: QueryLimits = QueryLimits(),
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.lake = lake
        self.engine = engine
        self.limits = limits
        self._now = now
        self._counts = Counts(lake, engine)
        self._totals = Kept[tuple[str, bytes], int](_COUNTS_KEPT)

    # The catalog

    def datasets(self, scope: Scope, parameters: Parameters) -> dict[str, Any]:
        """Search the catalog: ``{"total_count", "results": [dataset]}``.

        A place's catalog lists the datasets that have records of it, or are about no place.
        A result is the whole dataset object, or what ``select`` names.
        """
        request = read(Endpoint.DATASETS, parameters)
        described = self._described(scope)
        question = self._question(self._catalog(scope, described.values()), request)
        whole = not request.group_by and request.select in {"", "*"}
        asked = replace(request, select="dataset_id") if whole else request
        found = self._page(replace(question, request=asked))
        if whole:
            found["results"] = [
                self._shown(scope, request, described[result["dataset_id"]])
                for result in found["results"]
            ]
        if request.include_links:
            path = f"{links.CATALOG}/datasets"
            found["_links"] = self._page_links(scope, path, parameters, request, found)
        return found

    def dataset(self, scope: Scope, dataset_id: str, parameters: Parameters) -> dict[str, Any]:
        """Describe one dataset.

        Raises:
            DatasetNotFound: no dataset has this id.
            ReleaseNotFound: it has no such release.
        """
        request = read(Endpoint.DATASET, parameters)
        described = self._describe(scope, self.look_up(scope, dataset_id, request.version))
        if request.select in {"", "*"}:
            return self._shown(scope, request, described)
        relation = catalog_relation([described], described["metas"]["citylake"]["release"])
        selected = self._page(self._question(relation, replace(request, limit=1)))["results"][0]
        return self._with_links(scope, request, selected, dataset_id)

    def catalog_facets(self, scope: Scope, parameters: Parameters) -> dict[str, Any]:
        """Count the values of the catalog's facets: ``{"links", "facets"}``."""
        request = read(Endpoint.CATALOG_FACETS, parameters)
        question = self._question(
            self._catalog(scope, self._described(scope).values()),
            request,
            FACETS,
        )
        path = f"{links.CATALOG}/facets"
        return {
            "links": [links.link("self", scope, path), links.link("source", scope, links.CATALOG)],
            "facets": self._counted(question),
        }

    def catalog_export_plan(self, scope: Scope, parameters: Parameters) -> Plan:
        """Make an export of the catalog ready: a row per dataset.

        Without ``select`` there is a column for everything that is said of datasets, called by its
        template and name; the last one is ``datasetid``.
        """
        request = read(Endpoint.CATALOG_EXPORT, parameters)
        relation = self._catalog(scope, self._described(scope).values())
        if request.select in {"", "*"} and not request.group_by:
            request = replace(request, select=",".join(catalog_columns()))
        return self._plan(self._question(relation, request))

    def catalog_ids(self, scope: Scope, parameters: Parameters) -> list[str]:
        """Ids of the datasets that an export of the catalog is about, in its order."""
        request = replace(read(Endpoint.CATALOG_EXPORT, parameters), select="dataset_id")
        relation = self._catalog(scope, self._described(scope).values())
        plan = self._plan(self._question(relation, request))
        return [dataset_id for (dataset_id,) in plan.values(self.engine.run(plan.tree).rows)]

    # Records

    def records(self, scope: Scope, dataset_id: str, parameters: Parameters) -> dict[str, Any]:
        """Search a dataset: ``{"total_count", "results": [record]}``, groups without the count.

        Raises:
            DatasetNotFound: no dataset has this id.
            ReleaseNotFound: it has no such release.
            ParameterInvalid: a parameter is outside of its range.
            QueryInvalid: a clause is no ODSQL, or means nothing for this dataset.
            QueryTooCostly: a limit of time or memory was reached.
        """
        request = read(Endpoint.RECORDS, parameters)
        _, release = self._release(scope, dataset_id, request)
        question = self._question(relation_of(self.lake, release, scope), request)
        known = self._counts.of(release, scope)
        found = self._page(question, unfiltered=known, with_ids=request.include_links)
        if not request.include_links:
            return found
        to_dataset = self._to_dataset(scope, dataset_id, request)
        for record in found["results"]:
            if RECORD_ID in record:
                path = links.record_path(dataset_id, record.pop(RECORD_ID))
                record["_links"] = [
                    links.link("self", scope, path, links.of_version(request.version)),
                    to_dataset,
                ]
        path = f"{links.dataset_path(dataset_id)}/records"
        pages = self._page_links(scope, path, parameters, request, found)
        found["_links"] = [*pages, to_dataset]
        return found

    def record(
        self, scope: Scope, dataset_id: str, record_id: str, parameters: Parameters
    ) -> dict[str, Any]:
        """Give one record, with ``_id``, ``_timestamp`` (when it was published) and ``_links``.

        Raises:
            DatasetNotFound: no dataset has this id.
            ReleaseNotFound: it has no such release.
            RecordNotFound: the dataset has no such record in scope.
        """
        request = replace(read(Endpoint.RECORD, parameters), limit=1)
        _, release = self._release(scope, dataset_id, request)
        question = self._question(relation_of(self.lake, release, scope), request)
        wanted = typed.Compare("=", _ID.value, typed.Constant(record_id, Kind.TEXT))
        plan = self._plan(question, also=wanted)
        rows = self.engine.run(plan.tree).rows
        if not rows:
            raise RecordNotFound(
                f"The requested record {record_id[:80]} of dataset {dataset_id} does not exist."
            )
        path = links.record_path(dataset_id, record_id)
        return {
            **plan.records(rows)[0],
            "_id": record_id,
            "_timestamp": release.published_at,
            "_links": [
                links.link("self", scope, path, links.of_version(request.version)),
                self._to_dataset(scope, dataset_id, request),
            ],
        }

    def facets(self, scope: Scope, dataset_id: str, parameters: Parameters) -> dict[str, Any]:
        """Count the values of a dataset's facets: ``{"links", "facets"}``.

        Raises:
            DatasetNotFound: no dataset has this id.
            ReleaseNotFound: it has no such release.
            QueryInvalid: a facet, refinement or clause means nothing for this dataset.
        """
        request = read(Endpoint.FACETS, parameters)
        _, release = self._release(scope, dataset_id, request)
        question = self._question(
            relation_of(self.lake, release, scope),
            request,
            [field.name for field in release.dataset.fields if field.facet],
        )
        path = f"{links.dataset_path(dataset_id)}/facets"
        return {
            "links": [
                links.link("self", scope, path, links.of_version(request.version)),
                self._to_dataset(scope, dataset_id, request),
            ],
            "facets": self._counted(question),
        }

    def attachments(self, scope: Scope, dataset_id: str, parameters: Parameters) -> dict[str, Any]:
        """List the documents beside a dataset: ``{"attachments": [{"href", "metas"}]}``.

        Raises:
            DatasetNotFound: no dataset has this id.
            ReleaseNotFound: it has no such release.
        """
        request = read(Endpoint.ATTACHMENTS, parameters)
        _, release = self._release(scope, dataset_id, request)
        return {
            "attachments": [
                {
                    "href": address,
                    "metas": {
                        "mime-type": attachment.media_type,
                        "title": attachment.title,
                        "url": address,
                        "id": attachment.id,
                    },
                }
                for attachment in release.attachments
                for address in [_attachment_address(scope, release, attachment, request.version)]
            ]
        }

    def attachment(
        self, scope: Scope, dataset_id: str, attachment_id: str, parameters: Parameters
    ) -> tuple[Release, Attachment]:
        """Find a document beside a dataset, and the release that has it.

        Raises:
            DatasetNotFound: no dataset has this id.
            ReleaseNotFound: it has no such release.
            AttachmentNotFound: the release has no such document.
        """
        request = read(Endpoint.ATTACHMENTS, parameters)
        _, release = self._release(scope, dataset_id, request)
        for attachment in release.attachments:
            if attachment.id == attachment_id:
                return release, attachment
        raise AttachmentNotFound(
            f"The requested attachment {attachment_id[:80]} of dataset {dataset_id} does not exist."
        )

    def export_plan(
        self,
        scope: Scope,
        dataset_id: str,
        parameters: Parameters,
        *,
        saying: Sequence[Kind] = (),
        with_ids: bool = False,
    ) -> Plan:
        """Make an export of a dataset's records ready; the limits of pages do not apply.

        Args:
            scope: whom the request is about.
            dataset_id: what is exported.
            parameters: the request's.
            saying: kinds of which a record has one though none was selected, in a last column:
                the first that the dataset has.
            with_ids: whether each record is followed by its id, unless records are summed up.

        Raises:
            DatasetNotFound: no dataset has this id.
            ReleaseNotFound: it has no such release.
            QueryInvalid: a clause is no ODSQL, or means nothing for this dataset.
        """
        request = read(Endpoint.EXPORT, parameters)
        _, release = self._release(scope, dataset_id, request)
        question = self._question(relation_of(self.lake, release, scope), request)
        limit = None if request.limit == ALL else request.limit
        statement = self._statement(question, limit=limit)
        statement = with_one_of(statement, saying, release.dataset.fields)
        plan = self._compile(question, statement)
        if not with_ids or statement.aggregated:
            return plan
        identified = replace(statement, outputs=(*statement.outputs, _ID))
        return replace(self._compile(question, identified), columns=plan.columns, has_ids=True)

    def release(self, scope: Scope, dataset_id: str, parameters: Parameters) -> Release:
        """The release that a request about a dataset reads.

        Raises:
            DatasetNotFound: no dataset has this id.
            ReleaseNotFound: it has no such release.
        """
        request = read(Endpoint.FACETS, _only_version(parameters))
        return self._release(scope, dataset_id, request)[1]

    def version(self, scope: Scope, dataset_id: str, parameters: Parameters) -> str:
        """Name what an answer would be made of, for its ETag: a release, or the catalog's version.

        Args:
            scope: whom the request is about.
            dataset_id: empty for a question to the catalog.
            parameters: of which ``version`` counts.

        Raises:
            DatasetNotFound: no dataset has this id.
            ReleaseNotFound: it has no such release.
        """
        if not dataset_id:
            return self.shelf(scope).version
        return self.release(scope, dataset_id, parameters).id

    # What the catalog says

    def shelf(self, scope: Scope) -> Shelf:
        """The datasets that a scope may read."""
        return Shelf(self.lake, scope)

    def _release(self, scope: Scope, dataset_id: str, request: Request) -> tuple[Entry, Release]:
        entry = self.shelf(scope).entry(dataset_id)
        version = request.version or None
        return entry, self.lake.release(dataset_id, version, entry.dataset.owner)

    def held(self, scope: Scope) -> Mapping[str, Held]:
        """The datasets of a scope's catalog by id, each with its current release.

        A place's catalog has the datasets that have records of it, or are about no place, and
        its own.
        """
        found = {}
        for dataset_id, entry in self.shelf(scope).entries().items():
            release = self.lake.release(dataset_id, entry.release, entry.dataset.owner)
            count = self._counts.of(release, scope)
            if count or scope.place is None:
                found[dataset_id] = self._held(scope, entry, release)
        return found

    def look_up(self, scope: Scope, dataset_id: str, version: str = "") -> Held:
        """Find a dataset, whether or not the scope has records of it.

        Args:
            scope: whom the request is about.
            dataset_id: which dataset.
            version: id of a release; empty for the current one.

        Raises:
            DatasetNotFound: no dataset has this id.
            ReleaseNotFound: it has no such release.
        """
        parameters = {"version": [version]} if version else {}
        return self._held(
            scope, *self._release(scope, dataset_id, read(Endpoint.DATASET, parameters))
        )

    def _held(self, scope: Scope, entry: Entry, release: Release) -> Held:
        return Held(
            entry=entry,
            release=release,
            records_count=self._counts.of(release, scope),
        )

    def _describe(self, scope: Scope, held: Held) -> Mapping[str, Any]:
        release = held.release
        # A release that is not the current one is told with addresses that go on answering so.
        version = "" if release.id == held.entry.release else release.id
        return describe(
            held.entry,
            release,
            records_count=held.records_count,
            box=self._counts.box(release, scope),
            place=scope.place,
            attachments={
                attachment.id: _attachment_address(scope, release, attachment, version)
                for attachment in release.attachments
            },
        )

    def _described(self, scope: Scope) -> Mapping[str, Mapping[str, Any]]:
        return {
            dataset_id: self._describe(scope, held) for dataset_id, held in self.held(scope).items()
        }

    def _catalog(self, scope: Scope, described: Iterable[Mapping[str, Any]]) -> Relation:
        place = scope.place.geoid if scope.place else ""
        return catalog_relation(list(described), f"{self.shelf(scope).version}/{place}")

    def _shown(
        self, scope: Scope, request: Request, described: Mapping[str, Any]
    ) -> dict[str, Any]:
        """A whole dataset object, with as much as the request asks for."""
        shown = dict(described) if request.include_app_metas else without_app_metas(described)
        return self._with_links(scope, request, shown, described["dataset_id"])

    def _with_links(
        self, scope: Scope, request: Request, described: Mapping[str, Any], dataset_id: str
    ) -> dict[str, Any]:
        if not request.include_links:
            return dict(described)
        path, version = links.dataset_path(dataset_id), links.of_version(request.version)
        return {
            "_links": [
                links.link("self", scope, path, version),
                links.link("catalog", scope, links.CATALOG),
                *(
                    links.link(name, scope, f"{path}/{name}", version)
                    for name in ("records", "exports", "facets", "attachments")
                ),
            ],
            **described,
        }

    def _to_dataset(self, scope: Scope, dataset_id: str, request: Request) -> links.Link:
        path = links.dataset_path(dataset_id)
        return links.link("dataset", scope, path, links.of_version(request.version))

    def _page_links(
        self,
        scope: Scope,
        path: str,
        parameters: Parameters,
        request: Request,
        found: Mapping[str, Any],
    ) -> list[links.Link]:
        size, total = _page_size(request), found.get("total_count")
        is_full = len(found["results"]) == size
        return links.page_links(
            scope,
            path,
            parameters,
            limit=size,
            offset=request.offset,
            total=total,
            has_more=is_full if total is None else request.offset + size < total,
            furthest=GROUPS_LIMIT if request.group_by else PAGING_LIMIT,
        )

    # Questions

    def _question(
        self, relation: Relation, request: Request, default_facets: Sequence[str] = ()
    ) -> _Question:
        context = Context(
            fields=relation.fields,
            timezone=request.timezone,
            language=request.lang,
            now=self._now(),
            searched=relation.searched,
        )
        facets = read_facets(request.facet or default_facets, context, self.limits)
        separators = {name: facet.separator for name, facet in _by_field(context, facets).items()}
        return _Question(
            request=request,
            relation=relation,
            context=context,
            facets=facets,
            refined=read_refinements(request.refine, "refine", context, separators),
            excluded=read_refinements(request.exclude, "exclude", context, separators),
        )

    def _statement(
        self, question: _Question, *, limit: int | None, also: Typed = typed.TRUE
    ) -> Statement:
        request = question.request
        return check_statement(
            Clauses(
                select=request.select,
                where=request.where,
                group_by=request.group_by,
                order_by=request.order_by,
                limit=limit,
                offset=request.offset,
            ),
            question.context,
            condition=typed.all_of(question.condition, also),
            tie_break=question.relation.key,
            limits=self.limits,
        )

    def _plan(self, question: _Question, *, also: Typed = typed.TRUE) -> Plan:
        limit = None if question.request.limit == ALL else question.request.limit
        return self._compile(question, self._statement(question, limit=limit, also=also))

    def _compile(self, question: _Question, statement: Statement) -> Plan:
        timezone = question.context.timezone
        compiled = compile_statement(statement, question.relation.source, timezone)
        return Plan(
            tree=compiled.tree,
            columns=tuple(column_of(output) for output in statement.outputs),
            readers=compiled.readers,
            timezone=timezone,
            release=question.relation.version,
        )

    def _page(
        self, question: _Question, *, unfiltered: int | None = None, with_ids: bool = False
    ) -> dict[str, Any]:
        """One page of results, with the count of all records unless they are grouped."""
        request = question.request
        size = _page_size(request)
        statement = self._statement(question, limit=size)
        if with_ids and not statement.aggregated:
            statement = replace(statement, outputs=(*statement.outputs, _ID))
        plan = self._compile(question, statement)
        results = plan.records(self.engine.run(plan.tree).rows) if size else []
        if statement.groups:
            return {"results": results}
        if statement.condition == question.relation.restriction and unfiltered is not None:
            total = unfiltered
        elif not statement.aggregated and 0 < len(results) < size:
            total = request.offset + len(results)
        else:
            total = self._total(question, statement.condition)
        return {"total_count": total, "results": results}

    def _total(self, question: _Question, condition: Typed) -> int:
        """How many records fulfil a condition; of one release always the same, so it is kept."""

        def count() -> int:
            statement = Statement(outputs=(_TOTAL,), condition=condition)
            total: int = self.engine.run(self._compile(question, statement).tree).rows[0][0]
            return total

        # A condition may be long, and as many are kept as strangers think of. What the hour of an
        # instant is, the time zone decides.
        asked = repr((condition, question.context.timezone.key))
        named = blake2b(asked.encode("utf-8", "surrogatepass")).digest()
        return self._totals.get((question.relation.version, named), count)

    def _counted(self, question: _Question) -> list[dict[str, Any]]:
        counter = Counter(
            self.engine,
            question.relation,
            question.context,
            refined=question.refined,
            excluded=question.excluded,
            condition=typed.all_of(
                question.relation.restriction,
                check_where(question.request.where, question.context, self.limits),
            ),
        )
        return [counter.count(facet, question.disjunctive) for facet in question.facets]


def _attachment_address(
    scope: Scope, release: Release, attachment: Attachment, version: str
) -> str:
    path = links.attachment_path(release.dataset.id, attachment.id)
    return links.address(scope, path, links.of_version(version))


def _page_size(request: Request) -> int:
    if request.limit != ALL:
        return request.limit
    return GROUPS_LIMIT if request.group_by else PAGE_LIMIT


def _by_field(context: Context, facets: Sequence[Facet]) -> Mapping[str, Facet]:
    """How each field is refined: as it declares, unless the request says otherwise."""
    declared = {field.name: facet_of(field.name, field) for field in context.columns()}
    return declared | {facet.field.name: facet for facet in facets}


def _only_version(parameters: Parameters) -> Parameters:
    return {"version": parameters.get("version", ())}
