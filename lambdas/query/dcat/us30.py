"""The catalog as DCAT-US 3.0, which says more: the API as a service, the place, the release.

Source:
    ``jsonschema/definitions`` of GSA/dcat-us; "DCAT-US Schema v3.0", resources.data.gov.
"""

from typing import Any

from citylake.catalog import Receipt
from citylake.places import Place
from citylake.settings import Site
from lambdas.query.dcat.model import LANGUAGE, NATION, DataCatalog, Described, Distribution, Period
from lambdas.query.links import BASE

PATH = "/dcat-us-3.json"

_STANDARD = "https://resources.data.gov/dcat-us/3.0.0"

Json = dict[str, Any]


def word(catalog: DataCatalog) -> Json:
    """Word a catalog."""
    return _said(
        {
            "@id": catalog.scope.absolute(PATH),
            "@type": "Catalog",
            "conformsTo": {"@type": "Standard", "title": "DCAT-US 3.0", "identifier": _STANDARD},
            "title": catalog.title,
            "description": catalog.description,
            "language": [LANGUAGE],
            "modified": catalog.modified,
            "publisher": {"@type": "Agent", "name": catalog.site.publisher},
            "contactPoint": [_contact(catalog.site)],
            "homepage": _document(catalog.title, catalog.home),
            "spatial": [_location(catalog.scope.place)],
            "dataset": [_dataset(each, catalog.site) for each in catalog.datasets],
            "service": [_service(catalog)],
        },
        keep=frozenset({"dataset"}),
    )


def _dataset(described: Described, site: Site) -> Json:
    dataset, release = described.dataset, described.held.release
    return _said(
        {
            "@id": described.page,
            "@type": "Dataset",
            "identifier": described.page,
            "title": described.title,
            "description": described.description,
            "keyword": list(described.keywords),
            "theme": [{"@type": "Concept", "prefLabel": dataset.theme.value}],
            "publisher": {"@type": "Organization", "name": dataset.publisher},
            "contactPoint": _contact(site),
            "landingPage": _document(described.title, described.page),
            "issued": described.issued,
            "modified": described.modified,
            "version": release.id,
            "accrualPeriodicity": described.frequency,
            "temporal": _periods(described.period),
            "spatial": [_location(described.place)],
            "language": [LANGUAGE],
            "accessRights": "public",
            "rights": [dataset.license.name],
            "provenance": [_provenance(receipt) for receipt in release.receipts],
            "scopeNote": " ".join(dataset.notes),
            "relation": [one for one in (described.part_of, *described.sources) if one],
            "describedBy": {
                "@type": "Distribution",
                "title": f"{dataset.title}: fields",
                "downloadURL": described.dictionary,
                "mediaType": "application/json",
            },
            "distribution": [_distribution(each, described) for each in described.distributions],
        }
    )


def _distribution(distribution: Distribution, described: Described) -> Json:
    return _said(
        {
            "@type": "Distribution",
            "title": distribution.title,
            "description": distribution.description,
            "downloadURL" if distribution.is_file else "accessURL": distribution.address,
            "mediaType": distribution.media_type,
            "format": distribution.format,
            "license": described.license or described.dataset.license.name,
        }
    )


def _service(catalog: DataCatalog) -> Json:
    base = catalog.scope.absolute(BASE)
    return {
        "@type": "DataService",
        "title": f"Explore API: {catalog.territory}",
        "description": "Search, filter, group and export the records of every dataset.",
        "endpointURL": [f"{base}/"],
        "endpointDescription": [f"{base}/openapi.json"],
        "contactPoint": [_contact(catalog.site)],
        "publisher": {"@type": "Agent", "name": catalog.site.publisher},
    }


def _contact(site: Site) -> Json:
    return {
        "@type": "Kind",
        "fn": site.contact_name,
        "hasEmail": f"mailto:{site.contact_email}",
    }


def _document(title: str, address: str) -> Json:
    return {"@type": "Document", "title": title, "accessURL": address}


def _periods(period: Period | None) -> list[Json]:
    if period is None:
        return []
    return [{"@type": "PeriodOfTime", "startDate": period.start, "endDate": period.end}]


def _location(place: Place | None) -> Json:
    if place is None:
        return {"@type": "Location", "prefLabel": NATION}
    location: Json = {
        "@type": "Location",
        "prefLabel": place.title,
        "identifier": {
            "@type": "Identifier",
            "schemaAgency": "U.S. Census Bureau",
            "notation": place.geoid,
        },
    }
    if place.lon is not None and place.lat is not None:
        location["centroid"] = {"type": "Point", "coordinates": [place.lon, place.lat]}
    return location


def _provenance(receipt: Receipt) -> str:
    return (
        f"{receipt.publisher}, {receipt.vintage}: {receipt.address}, "
        f"retrieved {receipt.retrieved_on}, SHA-256 {receipt.sha256}."
    )


def _said(worded: Json, keep: frozenset[str] = frozenset()) -> Json:
    """Leave out what there is nothing to say of; a catalog says even that it has no datasets."""
    return {name: value for name, value in worded.items() if value or name in keep}
