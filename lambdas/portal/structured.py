"""What a page says to search engines: schema.org, as a block of JSON-LD in its head.

Source:
    schema.org, ``Dataset``, ``DataCatalog`` and ``City``; the properties are those that dataset
    searches read.
"""

from dataclasses import dataclass
from typing import Any

from citylake.catalog import Receipt
from citylake.datasets import Field
from citylake.places import Place
from citylake.settings import Site
from lambdas.portal.citing import Citation, cite
from lambdas.query.dcat.model import (
    LANGUAGE,
    NATION,
    Described,
    Describer,
    Distribution,
    title,
)
from lambdas.query.scope import Scope
from lambdas.query.search import Held

Json = dict[str, Any]

_CONTEXT = "https://schema.org/"
_GEOID_MEANING = "https://www.census.gov/programs-surveys/geography/guidance/geo-identifiers.html"


@dataclass(frozen=True, slots=True)
class Introduction:
    """What a dataset's page says to those who come from elsewhere.

    Attributes:
        page: whole address of the page, whatever else the visitor's one says.
        citation: how the release is cited.
        data: what search engines are told of it.
    """

    page: str
    citation: Citation
    data: Json


def introduce(describer: Describer, scope: Scope, held: Held) -> Introduction:
    """Introduce a release of a dataset."""
    described = describer.dataset(scope, held)
    citation = cite(described, describer.site.publisher)
    data = of_dataset(described, describer.site, citation)
    return Introduction(described.page, citation, data)


def of_dataset(described: Described, site: Site, citation: Citation) -> Json:
    """Describe a release of a dataset; the catalog is named, not described again."""
    scope = described.scope
    dataset, release = described.dataset, described.held.release
    period = described.period
    return {"@context": _CONTEXT} | _said(
        {
            "@type": "Dataset",
            "@id": described.page,
            "url": described.page,
            "identifier": described.version_page,
            "name": described.title,
            "description": described.description,
            "keywords": list(described.keywords),
            "version": release.id,
            "datePublished": described.issued,
            "dateModified": described.modified,
            "license": described.license or dataset.license.name,
            "isAccessibleForFree": True,
            "inLanguage": LANGUAGE,
            "creator": _organization(dataset.publisher),
            "publisher": _organization(site.publisher),
            "includedInDataCatalog": {
                "@type": "DataCatalog",
                "@id": _catalog_id(scope),
                "name": title(scope),
                "url": scope.absolute("/catalog/"),
            },
            "isPartOf": described.part_of,
            "temporalCoverage": f"{period.start}/{period.end}" if period else "",
            "spatialCoverage": _place(described.place),
            "variableMeasured": [
                _variable(field) for field in dataset.fields if field.name not in dataset.key
            ],
            "measurementTechnique": dataset.attribution,
            "isBasedOn": [_source(receipt) for receipt in release.receipts],
            "citation": citation.text,
            "distribution": [_download(each) for each in described.distributions if each.is_file],
        }
    )


def of_place(describer: Describer, scope: Scope, place: Place) -> Json:
    """Describe a place and the catalog of the data about it; datasets only by name and page."""
    catalog = describer.catalog(scope, with_periods=False)
    where = {**_place(place), "@id": f"{catalog.home}#place", "url": catalog.home}
    data = {
        "@type": "DataCatalog",
        "@id": _catalog_id(catalog.scope),
        "url": catalog.scope.absolute("/catalog/"),
        "name": catalog.title,
        "description": catalog.description,
        "inLanguage": LANGUAGE,
        "dateModified": catalog.modified,
        "publisher": _organization(catalog.site.publisher),
        "about": {"@id": where["@id"]},
        "spatialCoverage": {"@id": where["@id"]},
        "dataset": [
            {
                "@type": "Dataset",
                "@id": described.page,
                "url": described.page,
                "name": described.title,
                "description": described.description,
            }
            for described in catalog.datasets
        ],
    }
    return {"@context": _CONTEXT, "@graph": [where, _said(data)]}


def _catalog_id(scope: Scope) -> str:
    return f"{scope.absolute('/')}#catalog"


def _organization(name: str) -> Json:
    return {"@type": "Organization", "name": name}


def _place(place: Place | None) -> Json:
    if place is None:
        return {"@type": "Country", "name": NATION}
    located: Json = {
        # A census designated place is no city: nobody governs it.
        "@type": "City" if place.has_government else "Place",
        "name": place.title,
        "identifier": {
            "@type": "PropertyValue",
            "propertyID": _GEOID_MEANING,
            "name": "GEOID",
            "value": place.geoid,
        },
        "containedInPlace": {"@type": "State", "name": place.state},
    }
    if place.lon is not None and place.lat is not None:
        located["geo"] = {
            "@type": "GeoCoordinates",
            "latitude": place.lat,
            "longitude": place.lon,
        }
    return located


def _variable(field: Field) -> Json:
    return _said(
        {
            "@type": "PropertyValue",
            "name": field.label,
            "alternateName": field.name,
            "description": field.description,
            "unitText": field.unit,
        }
    )


def _source(receipt: Receipt) -> Json:
    is_address = receipt.address.startswith(("https://", "http://"))
    return _said(
        {
            "@type": "CreativeWork",
            "name": f"{receipt.publisher}, {receipt.vintage}",
            "url" if is_address else "description": receipt.address,
            "publisher": _organization(receipt.publisher),
            "license": receipt.license,
            "version": receipt.vintage,
        }
    )


def _download(distribution: Distribution) -> Json:
    return {
        "@type": "DataDownload",
        "name": distribution.title,
        "contentUrl": distribution.address,
        "encodingFormat": distribution.media_type,
    }


def _said(worded: Json) -> Json:
    """Leave out what there is nothing to say of."""
    return {name: value for name, value in worded.items() if value not in ("", [], None)}
