"""The catalog as RDF, by DCAT: one graph, written as RDF/XML or Turtle; and by Dublin Core.

Source:
    W3C, Data Catalog Vocabulary (DCAT), version 2; DCMI Metadata Terms.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from lambdas.query.dcat.model import LANGUAGE, DataCatalog, Described, Distribution
from lambdas.query.markup import legal

if TYPE_CHECKING:
    from rdflib import Graph, Literal, URIRef

_MEDIA_TYPES = "https://www.iana.org/assignments/media-types/"
_LANGUAGES = "http://publications.europa.eu/resource/authority/language/"
_ILLEGAL = re.compile(r"[\x00-\x20<>\"{}|\\^`]")


def word_xml(catalog: DataCatalog) -> bytes:
    """Word a catalog as DCAT in RDF/XML."""
    return _graph(catalog).serialize(format="xml", encoding="utf-8")


def word_turtle(catalog: DataCatalog) -> bytes:
    """Word a catalog as DCAT in Turtle."""
    return _graph(catalog).serialize(format="turtle", encoding="utf-8")


def word_dublin_core(catalog: DataCatalog) -> bytes:
    """Word a catalog by the fifteen elements of Dublin Core, in RDF/XML."""
    from rdflib import DC, Graph  # noqa: PLC0415 - few requests need it

    graph = Graph()
    graph.bind("dc", DC)
    for described in catalog.datasets:
        dataset = described.dataset
        page = _iri(described.page)
        for element, text in (
            (DC.title, described.title),
            (DC.description, described.description),
            (DC.identifier, described.page),
            (DC.publisher, dataset.publisher),
            (DC.date, described.modified),
            (DC.type, "Dataset"),
            (DC.language, LANGUAGE),
            (DC.coverage, described.territory),
            (DC.rights, dataset.license.name),
            *((DC.subject, keyword) for keyword in described.keywords),
            *((DC.source, source) for source in described.sources),
            *((DC.format, each.media_type) for each in described.distributions if each.is_file),
        ):
            graph.add((page, element, _text(text)))
    return graph.serialize(format="xml", encoding="utf-8")


def _graph(catalog: DataCatalog) -> Graph:
    from rdflib import DCAT, DCTERMS, FOAF, RDF, XSD, Graph, Namespace  # noqa: PLC0415

    vcard = Namespace("http://www.w3.org/2006/vcard/ns#")
    graph = Graph()
    for prefix, namespace in (
        ("dcat", DCAT), ("dcterms", DCTERMS), ("foaf", FOAF), ("vcard", vcard),
    ):  # fmt: skip
        graph.bind(prefix, namespace)

    # Everything has a name of its own, so that who reads it twice knows it again.
    def agent(of: str, name: str) -> URIRef:
        node = _iri(f"{of}#publisher")
        graph.add((node, RDF.type, FOAF.Agent))
        graph.add((node, FOAF.name, _text(name)))
        return node

    home = _iri(catalog.home)
    graph.add((home, RDF.type, DCAT.Catalog))
    graph.add((home, DCTERMS.title, _text(catalog.title, LANGUAGE)))
    graph.add((home, DCTERMS.description, _text(catalog.description, LANGUAGE)))
    graph.add((home, DCTERMS.publisher, agent(catalog.home, catalog.site.publisher)))
    graph.add((home, DCTERMS.language, _iri(f"{_LANGUAGES}ENG")))
    graph.add((home, FOAF.homepage, home))
    if catalog.modified:
        graph.add((home, DCTERMS.modified, _text(catalog.modified, kind=XSD.dateTime)))
    contact = _iri(f"{catalog.home}#contact")
    graph.add((contact, RDF.type, vcard.Organization))
    graph.add((contact, vcard.fn, _text(catalog.site.contact_name)))
    graph.add((contact, vcard.hasEmail, _iri(f"mailto:{catalog.site.contact_email}")))
    for described in catalog.datasets:
        page = _iri(described.page)
        graph.add((home, DCAT.dataset, page))
        graph.add((page, DCAT.contactPoint, contact))
        graph.add((page, DCTERMS.publisher, agent(described.page, described.dataset.publisher)))
        _add_dataset(graph, page, described)
        for distribution in described.distributions:
            _add_distribution(graph, page, distribution, described)
    return graph


def _add_dataset(graph: Graph, page: URIRef, described: Described) -> None:
    from rdflib import DCAT, DCTERMS, RDF, XSD  # noqa: PLC0415 - see above

    graph.add((page, RDF.type, DCAT.Dataset))
    graph.add((page, DCTERMS.identifier, _text(described.page)))
    graph.add((page, DCTERMS.title, _text(described.title, LANGUAGE)))
    graph.add((page, DCTERMS.description, _text(described.description, LANGUAGE)))
    graph.add((page, DCTERMS.issued, _text(described.issued, kind=XSD.dateTime)))
    graph.add((page, DCTERMS.modified, _text(described.modified, kind=XSD.dateTime)))
    graph.add((page, DCTERMS.language, _iri(f"{_LANGUAGES}ENG")))
    graph.add((page, DCAT.landingPage, page))
    for keyword in described.keywords:
        graph.add((page, DCAT.keyword, _text(keyword, LANGUAGE)))
    for source in described.sources:
        graph.add((page, DCTERMS.source, _iri(source)))
    if described.part_of:
        graph.add((page, DCTERMS.isPartOf, _iri(described.part_of)))
    if described.period:
        time = _iri(f"{described.page}#period")
        graph.add((page, DCTERMS.temporal, time))
        graph.add((time, RDF.type, DCTERMS.PeriodOfTime))
        graph.add((time, DCAT.startDate, _text(described.period.start, kind=XSD.date)))
        graph.add((time, DCAT.endDate, _text(described.period.end, kind=XSD.date)))


def _add_distribution(
    graph: Graph, page: URIRef, distribution: Distribution, described: Described
) -> None:
    from rdflib import DCAT, DCTERMS, RDF  # noqa: PLC0415 - see above

    node = _iri(distribution.address)
    graph.add((page, DCAT.distribution, node))
    graph.add((node, RDF.type, DCAT.Distribution))
    graph.add((node, DCTERMS.title, _text(distribution.title, LANGUAGE)))
    graph.add((node, DCTERMS.description, _text(distribution.description, LANGUAGE)))
    graph.add((node, DCAT.accessURL, node))
    if distribution.is_file:
        graph.add((node, DCAT.downloadURL, node))
    graph.add((node, DCAT.mediaType, _iri(f"{_MEDIA_TYPES}{distribution.media_type}")))
    if described.license:
        graph.add((node, DCTERMS.license, _iri(described.license)))


def _iri(address: str) -> URIRef:
    """An address as a name; what no name may hold is percent-encoded."""
    from rdflib import URIRef  # noqa: PLC0415 - see above

    return URIRef(_ILLEGAL.sub(lambda found: quote(found[0]), address))


def _text(text: str, language: str = "", *, kind: URIRef | None = None) -> Literal:
    from rdflib import Literal  # noqa: PLC0415 - see above

    return Literal(legal(text), lang=language or None, datatype=kind)
