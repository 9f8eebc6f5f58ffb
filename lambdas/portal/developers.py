"""The API's description, arranged for a page on which every endpoint can be tried."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from citylake.errors import PageNotFound, ParameterInvalid
from lambdas.query.parameters import Parameters

Document = Mapping[str, Any]
"""An OpenAPI document, whose parameters may be references."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """One parameter as a form shows it.

    Attributes:
        name: as it is sent.
        place: ``path`` or ``query``.
        description: what it does.
        is_required: whether the endpoint needs it.
        choices: the only values, where there is a list of them.
        default: what counts when it is absent; empty for none.
        example: a value to try; empty for none.
    """

    name: str
    place: str
    description: str
    is_required: bool
    choices: tuple[str, ...]
    default: str
    example: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One endpoint as the page shows it."""

    id: str
    path: str
    summary: str
    description: str
    inputs: tuple[Input, ...]


def endpoints(document: Document) -> tuple[Endpoint, ...]:
    """Arrange the document's endpoints, in its order."""
    return tuple(
        Endpoint(
            id=operation["operationId"],
            path=path,
            summary=operation["summary"],
            description=operation.get("description", ""),
            inputs=tuple(
                _input(_resolved(document, parameter))
                for parameter in operation.get("parameters", ())
            ),
        )
        for path, operations in document["paths"].items()
        for operation in operations.values()
    )


def address(document: Document, parameters: Parameters) -> tuple[str, dict[str, list[str]]]:
    """Turn a filled-in form into the address that it asks for: a path below the API, and a query.

    Raises:
        PageNotFound: no endpoint has the id that the form names.
        ParameterInvalid: a part of the path was left empty.
    """
    wanted = (parameters.get("endpoint") or ("",))[0]
    for endpoint in endpoints(document):
        if endpoint.id == wanted:
            break
    else:
        raise PageNotFound(f"The API has no endpoint {wanted[:80]!r}.")
    path = endpoint.path
    query: dict[str, list[str]] = {}
    for given in endpoint.inputs:
        values = [value for value in parameters.get(given.name, ()) if value]
        if given.place == "query":
            query[given.name] = values
        elif values:
            path = path.replace(f"{{{given.name}}}", quote(values[0], safe=""))
        else:
            raise ParameterInvalid(f"{given.name} is empty; {endpoint.path} needs it.")
    return path, query


def _input(parameter: Mapping[str, Any]) -> Input:
    schema = parameter.get("schema", {})
    single = schema.get("items", schema)
    example = parameter.get("example", "")
    if isinstance(example, list):
        example = example[0] if example else ""
    return Input(
        name=parameter["name"],
        place=parameter["in"],
        description=parameter.get("description", ""),
        is_required=parameter.get("required", False),
        choices=tuple(str(choice) for choice in single.get("enum", ())),
        default=_text(single.get("default", "")),
        example=_text(example),
    )


def _resolved(document: Document, parameter: Mapping[str, Any]) -> Mapping[str, Any]:
    reference = parameter.get("$ref")
    if reference is None:
        return parameter
    found: Any = document
    for step in reference.removeprefix("#/").split("/"):
        found = found[step]
    resolved: Mapping[str, Any] = found
    return resolved


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
