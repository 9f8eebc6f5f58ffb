"""The catalog as DCAT-US 1.1 (``data.json``), by the rules for publishers that are not federal.

Source:
    Project Open Data, metadata schema 1.1; ``schemas/dcatus1.1`` and
    ``schemas/non-federal_dataset.json`` of GSA/datagov-harvester, by which data.gov checks.
"""

from typing import Any

from citylake.settings import Site
from lambdas.query.dcat.model import LANGUAGE, DataCatalog, Described, Distribution

PATH = "/data.json"
"""Where harvesters look for it."""

_SCHEMA = "https://project-open-data.cio.gov/v1.1/schema"

Json = dict[str, Any]


def word(catalog: DataCatalog) -> Json:
    """Word a catalog; no bureau's or program's code, which only federal publishers have."""
    return {
        "@context": f"{_SCHEMA}/catalog.jsonld",
        "@id": catalog.scope.absolute(PATH),
        "@type": "dcat:Catalog",
        "conformsTo": _SCHEMA,
        "describedBy": f"{_SCHEMA}/catalog.json",
        "dataset": [_dataset(each, catalog.site) for each in catalog.datasets],
    }


def _dataset(described: Described, site: Site) -> Json:
    dataset = described.dataset
    worded = {
        "@type": "dcat:Dataset",
        "identifier": described.page,
        "accessLevel": "public",
        "title": described.title,
        "description": described.description,
        "keyword": list(described.keywords),
        "theme": [dataset.theme.value],
        "publisher": {"@type": "org:Organization", "name": dataset.publisher},
        "contactPoint": {
            "@type": "vcard:Contact",
            "fn": site.contact_name,
            "hasEmail": f"mailto:{site.contact_email}",
        },
        "issued": described.issued,
        "modified": described.modified,
        "accrualPeriodicity": described.frequency,
        "temporal": f"{described.period.start}/{described.period.end}" if described.period else "",
        "spatial": described.territory,
        "language": [LANGUAGE],
        "license": described.license,
        "landingPage": described.page,
        "isPartOf": described.part_of,
        "describedBy": described.dictionary,
        "describedByType": "application/json",
        "references": list(described.sources),
        "distribution": [_distribution(each) for each in described.distributions],
    }
    return {name: value for name, value in worded.items() if value}


def _distribution(distribution: Distribution) -> Json:
    return {
        "@type": "dcat:Distribution",
        "title": distribution.title,
        "description": distribution.description,
        "downloadURL" if distribution.is_file else "accessURL": distribution.address,
        "mediaType": distribution.media_type,
        "format": distribution.format,
    }
