"""What makes a catalog valid, restated: the published schemas' rules for what we write.

DCAT-US 1.1 by the rules for publishers that are not federal; DCAT-US 3.0 as of its JSON schemas.
A name that the schemas do not know is a fault too: it would be a slip of ours.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

Rule = Callable[[Any], bool]


@dataclass(frozen=True)
class Shape:
    """What an object must and may have; nested shapes are looked into."""

    kind: str
    required: Mapping[str, "Rule | Shape | Many"]
    optional: Mapping[str, "Rule | Shape | Many"] = field(default_factory=dict)

    def faults(self, value: object, where: str = "") -> list[str]:
        if not isinstance(value, dict):
            return [f"{where or '/'} is no object"]
        found = [f"{where}/{name} is missing" for name in self.required if name not in value]
        if value.get("@type", self.kind) != self.kind:
            found.append(f"{where}/@type is not {self.kind}")
        known = {**self.required, **self.optional, "@type": text, "@id": address}
        for name, held in value.items():
            rule = known.get(name)
            at = f"{where}/{name}"
            if rule is None:
                found.append(f"{at} is not known")
            elif isinstance(rule, Shape | Many):
                found += rule.faults(held, at)
            elif not rule(held):
                found.append(f"{at} may not be {held!r}")
        return found


@dataclass(frozen=True)
class Many:
    """A list of objects of one shape."""

    shape: Shape

    def faults(self, values: object, where: str) -> list[str]:
        if not isinstance(values, list):
            return [f"{where} is no list"]
        return [
            fault
            for index, value in enumerate(values)
            for fault in self.shape.faults(value, f"{where}/{index}")
        ]


def text(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def address(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"https?://[^\s/]+(/\S*)?", value) is not None


def instant(value: object) -> bool:
    if not isinstance(value, str) or not re.match(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}", value):
        return False
    return datetime.fromisoformat(value).tzinfo is not None


def day(value: object) -> bool:
    return isinstance(value, str) and date.fromisoformat(value).isoformat() == value


def span(value: object) -> bool:
    start, _, end = str(value).partition("/")
    return day(start) and day(end) and start <= end


def repetition(value: object) -> bool:
    period = r"P(?=[\dT])(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+S)?)?"
    return value == "irregular" or re.fullmatch(f"R/{period}", str(value)) is not None


def email(value: object) -> bool:
    return re.fullmatch(r"mailto:[\w~!$&'()*+,;=:.-]+@[\w.-]+\.[\w.-]+", str(value)) is not None


def media_type(value: object) -> bool:
    return re.fullmatch(r"[-\w]+/[-\w]+(\.[-\w]+)*(\+[-\w]+)?", str(value)) is not None


def exactly(wanted: object) -> Rule:
    return lambda value: value == wanted


def all_of(rule: Rule, *, at_least: int = 0, unique: bool = False) -> Rule:
    def checked(values: object) -> bool:
        return (
            isinstance(values, list)
            and len(values) >= at_least
            and all(map(rule, values))
            and (not unique or len(set(values)) == len(values))
        )

    return checked


def languages(value: object) -> bool:
    return all_of(lambda code: re.fullmatch("[a-z]{2}", code) is not None)(value)


SCHEMA = "https://project-open-data.cio.gov/v1.1/schema"

US11 = Shape(
    "dcat:Catalog",
    {
        "conformsTo": exactly(SCHEMA),
        "dataset": Many(
            Shape(
                "dcat:Dataset",
                {
                    "title": text,
                    "description": text,
                    "keyword": all_of(text, at_least=1),
                    "modified": instant,
                    "publisher": Shape("org:Organization", {"name": text}),
                    "contactPoint": Shape("vcard:Contact", {"fn": text, "hasEmail": email}),
                    "identifier": text,
                    "accessLevel": exactly("public"),
                },
                {
                    "issued": instant,
                    "accrualPeriodicity": repetition,
                    "temporal": span,
                    "spatial": text,
                    "language": languages,
                    "license": address,
                    "theme": all_of(text, at_least=1, unique=True),
                    "landingPage": address,
                    "isPartOf": text,
                    "describedBy": address,
                    "describedByType": media_type,
                    "references": all_of(address, at_least=1, unique=True),
                    "distribution": Many(
                        Shape(
                            "dcat:Distribution",
                            {"mediaType": media_type},
                            {
                                "title": text,
                                "description": text,
                                "format": text,
                                "downloadURL": address,
                                "accessURL": address,
                            },
                        )
                    ),
                },
            )
        ),
    },
    {"@context": exactly(f"{SCHEMA}/catalog.jsonld"), "describedBy": address},
)

AGENT = Shape("Agent", {"name": text})
KIND = Shape("Kind", {"fn": text, "hasEmail": email})
DOCUMENT = Shape("Document", {"title": text}, {"accessURL": address})
DISTRIBUTION = Shape(
    "Distribution",
    {},
    {
        "title": text,
        "description": text,
        "format": text,
        "mediaType": media_type,
        "downloadURL": address,
        "accessURL": address,
        "license": text,
    },
)
LOCATION = Shape(
    "Location",
    {},
    {
        "prefLabel": text,
        "identifier": Shape("Identifier", {}, {"schemaAgency": text, "notation": text}),
        "centroid": lambda point: (
            point["type"] == "Point" and all_of(lambda part: abs(part) <= 180)(point["coordinates"])
        ),
    },
)

US30 = Shape(
    "Catalog",
    {
        "dataset": Many(
            Shape(
                "Dataset",
                {
                    "title": text,
                    "description": text,
                    "identifier": text,
                    "publisher": Shape("Organization", {"name": text}),
                    "contactPoint": KIND,
                },
                {
                    "keyword": all_of(text),
                    "theme": Many(Shape("Concept", {"prefLabel": text})),
                    "landingPage": DOCUMENT,
                    "issued": instant,
                    "modified": instant,
                    "version": text,
                    "accrualPeriodicity": repetition,
                    "temporal": Many(
                        Shape("PeriodOfTime", {}, {"startDate": day, "endDate": day}),
                    ),
                    "spatial": Many(LOCATION),
                    "language": languages,
                    "accessRights": text,
                    "rights": all_of(text),
                    "provenance": all_of(text),
                    "scopeNote": text,
                    "relation": all_of(address),
                    "describedBy": DISTRIBUTION,
                    "distribution": Many(DISTRIBUTION),
                },
            )
        )
    },
    {
        "conformsTo": Shape("Standard", {}, {"title": text, "identifier": text}),
        "title": text,
        "description": text,
        "language": languages,
        "modified": instant,
        "publisher": AGENT,
        "contactPoint": Many(KIND),
        "homepage": DOCUMENT,
        "spatial": Many(LOCATION),
        "service": Many(
            Shape(
                "DataService",
                {
                    "contactPoint": Many(KIND),
                    "endpointURL": all_of(address, at_least=1),
                    "publisher": AGENT,
                    "title": text,
                },
                {"description": text, "endpointDescription": all_of(text)},
            )
        ),
    },
)


def faults_of_us11(catalog: Mapping[str, Any]) -> Sequence[str]:
    """What is wrong with a DCAT-US 1.1 catalog; names of datasets must differ, too."""
    return [*US11.faults(catalog), *_named_twice(catalog)]


def faults_of_us30(catalog: Mapping[str, Any]) -> Sequence[str]:
    """What is wrong with a DCAT-US 3.0 catalog."""
    return [*US30.faults(catalog), *_named_twice(catalog)]


def _named_twice(catalog: Mapping[str, Any]) -> list[str]:
    names = [str(dataset.get("identifier")) for dataset in catalog.get("dataset", ())]
    return sorted({f"{name} names several" for name in names if names.count(name) > 1})
