"""The catalog as a file for other catalogs: one table of forms, all worded from one model."""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import orjson

from citylake.errors import PageNotFound, ParameterInvalid
from citylake.settings import Site
from lambdas.query.dcat import rdf, rss, us11, us30
from lambdas.query.dcat.model import DataCatalog, Described, Describer
from lambdas.query.exports import Export, Exporter, Format, formats_of
from lambdas.query.parameters import Endpoint, Parameters, Request, read
from lambdas.query.scope import Scope
from lambdas.query.search import Explorer


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One way to tell other catalogs of ours.

    Attributes:
        name: as it stands in the address.
        label: as people call it.
        content_type: media type, with the character set.
        description: what one gets, in a sentence.
        filename: what a download is called.
        word: makes the bytes.
        has_labels: whether files are offered with labels for names, as the vendor does.
    """

    name: str
    label: str
    content_type: str
    description: str
    filename: str
    word: Callable[[DataCatalog], bytes]
    has_labels: bool = False

    @property
    def is_binary(self) -> bool:
        """None of them is."""
        return False


def _json(word: Callable[[DataCatalog], Mapping[str, Any]]) -> Callable[[DataCatalog], bytes]:
    return lambda catalog: orjson.dumps(word(catalog), option=orjson.OPT_INDENT_2)


_XML = "application/rdf+xml; charset=utf-8"
_JSON = "application/json; charset=utf-8"

DOCUMENTS: tuple[Document, ...] = (
    Document(
        name="rss",
        label="RSS",
        content_type="application/rss+xml; charset=utf-8",
        description="A feed with an item per dataset.",
        filename="datasets.rss",
        word=rss.word,
    ),
    Document(
        name="dcat",
        label="DCAT",
        content_type=_XML,
        description="DCAT in RDF/XML, for harvesters.",
        filename="datasets.rdf",
        word=rdf.word_xml,
        has_labels=True,
    ),
    Document(
        name="rdf",
        label="RDF/XML",
        content_type=_XML,
        description="The same as `dcat`.",
        filename="datasets.rdf",
        word=rdf.word_xml,
        has_labels=True,
    ),
    Document(
        name="ttl",
        label="Turtle",
        content_type="text/turtle; charset=utf-8",
        description="The same graph as `dcat`, in Turtle.",
        filename="datasets.ttl",
        word=rdf.word_turtle,
        has_labels=True,
    ),
    Document(
        name="dublin_core",
        label="Dublin Core",
        content_type=_XML,
        description="The elements of Dublin Core, in RDF/XML.",
        filename="datasets-dublin-core.rdf",
        word=rdf.word_dublin_core,
    ),
    Document(
        name="data.json",
        label="DCAT-US 1.1",
        content_type=_JSON,
        description="DCAT-US 1.1, as `data.json` of the portal has it.",
        filename="data.json",
        word=_json(us11.word),
    ),
    Document(
        name="dcat-us-3.json",
        label="DCAT-US 3.0",
        content_type=_JSON,
        description="DCAT-US 3.0, as `dcat-us-3.json` of the portal has it.",
        filename="dcat-us-3.json",
        word=_json(us30.word),
    ),
)
"""Every document, in the order in which people read of them."""


def catalog_forms() -> tuple[Format | Document, ...]:
    """Every form in which the catalog can be had: tables, then documents for other catalogs."""
    return (*formats_of(catalog=True), *DOCUMENTS)


class CatalogExporter:
    """Writes files of a scope's catalog. Safe to share between threads.

    Args:
        explorer: what finds the datasets.
        exporter: what writes tables.
        site: who answers for the deployment.
    """

    def __init__(self, explorer: Explorer, exporter: Exporter, site: Site) -> None:
        self._explorer = explorer
        self._exporter = exporter
        self._describer = Describer(explorer, site)

    def export(self, scope: Scope, name: str, parameters: Parameters) -> Export:
        """Export the catalog: the datasets that a question finds, in its order.

        Raises:
            PageNotFound: no such form.
            ParameterInvalid: a document holds whole datasets, and parts or groups are asked for.
        """
        for form in catalog_forms():
            if form.name == name:
                break
        else:
            known = ", ".join(form.name for form in catalog_forms())
            raise PageNotFound(
                f"The requested export format {name[:40]} does not exist; there are {known}."
            )
        if isinstance(form, Format):
            return self._exporter.export_catalog(scope, name, parameters)
        request = read(Endpoint.CATALOG_EXPORT, parameters)
        if request.group_by or request.select not in {"", "*"}:
            asked = "group_by" if request.group_by else "select"
            raise ParameterInvalid(
                f"Invalid value for {asked} API parameter: {name} tells of whole datasets, "
                "and nothing is expected."
            )
        ids = self._explorer.catalog_ids(scope, parameters)

        def chunks() -> Generator[bytes, None, None]:
            catalog = self._describer.catalog(scope, only=ids)
            told = (_offering(each, form, request) for each in catalog.datasets)
            yield form.word(replace(catalog, datasets=tuple(told)))

        export = Export(form.filename, form.content_type, chunks())
        return export.compressed() if request.compressed else export


def _offering(described: Described, form: Document, request: Request) -> Described:
    """A dataset with the distributions that the request wants told of."""
    wanted = {name.strip() for name in request.include_exports.split(",") if name.strip()}
    labels = "use_labels=true" if form.has_labels and request.use_labels_in_exports else ""
    return replace(
        described,
        distributions=tuple(
            replace(each, address=_asking(each.address, labels)) if each.is_file else each
            for each in described.distributions
            if not wanted or each.name in wanted
        ),
    )


def _asking(address: str, more: str) -> str:
    if not more:
        return address
    return f"{address}{'&' if '?' in address else '?'}{more}"
