"""The API's description as an OpenAPI 3.1 document.

It is made from the tables by which requests are read (``parameters.PARAMETERS``) and files written
(``exports.FORMATS``), so that it cannot promise what the code does not do.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from citylake import __version__
from citylake.datasets import FacetSort, Field, FieldType, Precision
from lambdas.query.catalog import DEFAULT, METADATA
from lambdas.query.dcat.documents import Document, catalog_forms
from lambdas.query.exports import GZIP, Format, formats_of
from lambdas.query.links import BASE
from lambdas.query.metadata import APP_METAS, FEATURES
from lambdas.query.parameters import PARAMETERS, Endpoint, Kind, Parameter

Schema = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One thing that can be asked.

    Attributes:
        path: below ``BASE``, with ``{names}``.
        id: name for generated clients.
        summary: what one gets, in a few words.
        description: what to know, in Markdown.
        tag: group in the documents.
        answer: name of the answer's schema; empty for a file.
        endpoint: which parameters it takes; ``None`` for none.
    """

    path: str
    id: str
    summary: str
    tag: str
    answer: str
    description: str = ""
    endpoint: Endpoint | None = None


_DATASET = "/catalog/datasets/{dataset_id}"

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        path="/",
        id="getRoot",
        summary="Find the catalog and this document",
        tag="Catalog",
        answer="Links",
    ),
    Operation(
        path="/openapi.json",
        id="getDocument",
        summary="Read this document",
        tag="Catalog",
        answer="Document",
    ),
    Operation(
        path="/catalog",
        id="getCatalog",
        summary="Find what the catalog offers",
        tag="Catalog",
        answer="Links",
    ),
    Operation(
        path="/catalog/datasets",
        id="getDatasets",
        summary="Search the catalog",
        description=(
            "Lists the datasets that have records in this scope, as whole objects or as what "
            "`select` names. Any of their metadata can be asked for: `title`, "
            "`default.records_count`, `dcat.accrualperiodicity`."
        ),
        tag="Catalog",
        answer="Datasets",
        endpoint=Endpoint.DATASETS,
    ),
    Operation(
        path="/catalog/facets",
        id="getDatasetsFacets",
        summary="Count the catalog's facet values",
        tag="Catalog",
        answer="Facets",
        endpoint=Endpoint.CATALOG_FACETS,
    ),
    Operation(
        path="/catalog/exports",
        id="listExportFormats",
        summary="List the formats of the catalog",
        tag="Catalog",
        answer="Links",
    ),
    Operation(
        path="/catalog/exports/{format}",
        id="exportDatasets",
        summary="Export the catalog",
        tag="Catalog",
        answer="",
        endpoint=Endpoint.CATALOG_EXPORT,
    ),
    Operation(
        path=_DATASET,
        id="getDataset",
        summary="Describe a dataset",
        description=(
            "Its fields and metadata; `metas.citylake` tells where each figure comes from. "
            "With `select` only what that names."
        ),
        tag="Dataset",
        answer="DatasetOrPart",
        endpoint=Endpoint.DATASET,
    ),
    Operation(
        path=f"{_DATASET}/records",
        id="getRecords",
        summary="Search a dataset's records",
        description=(
            "Records are flat objects. With `group_by`, each result is a group and `total_count` "
            "is absent. Paging reaches 10,000 records; an export has no such bound."
        ),
        tag="Dataset",
        answer="Records",
        endpoint=Endpoint.RECORDS,
    ),
    Operation(
        path=f"{_DATASET}/records/{{record_id}}",
        id="getRecord",
        summary="Read one record",
        tag="Dataset",
        answer="Record",
        endpoint=Endpoint.RECORD,
    ),
    Operation(
        path=f"{_DATASET}/facets",
        id="getRecordsFacets",
        summary="Count a dataset's facet values",
        tag="Dataset",
        answer="Facets",
        endpoint=Endpoint.FACETS,
    ),
    Operation(
        path=f"{_DATASET}/exports",
        id="listDatasetExportFormats",
        summary="List the formats of a dataset",
        tag="Dataset",
        answer="Links",
        endpoint=Endpoint.EXPORTS,
    ),
    Operation(
        path=f"{_DATASET}/exports/{{format}}",
        id="exportRecords",
        summary="Export a dataset's records",
        description="All records that match, as a file, however many there are.",
        tag="Dataset",
        answer="",
        endpoint=Endpoint.EXPORT,
    ),
    Operation(
        path=f"{_DATASET}/attachments",
        id="getDatasetAttachments",
        summary="List the documents beside a dataset",
        description="What its publisher put there: a data dictionary, the terms of its use.",
        tag="Dataset",
        answer="Attachments",
        endpoint=Endpoint.ATTACHMENTS,
    ),
    Operation(
        path=f"{_DATASET}/attachments/{{attachment_id}}",
        id="getDatasetAttachment",
        summary="Read a document beside a dataset",
        description="The file as it was published, to be saved; in a browser it runs nothing.",
        tag="Dataset",
        answer="",
        endpoint=Endpoint.ATTACHMENTS,
    ),
    Operation(
        path=f"{_DATASET}/files/{{attachment_id}}",
        id="getDatasetFile",
        summary="Read a document beside a dataset, by its other address",
        tag="Dataset",
        answer="",
        endpoint=Endpoint.ATTACHMENTS,
    ),
)


def document(prefix: str) -> dict[str, Any]:
    """Describe the API as it stands below a scope's prefix (``""`` or ``/nc/durham``)."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Citylake Explore API",
            "version": f"2.1+citylake.{__version__}",
            "description": (
                "Reads every dataset of the portal: search, filter, group and export. It speaks "
                "the Opendatasoft Explore API v2.1, so its clients work unchanged. Everyone may "
                "read, without a key; a city's key opens what the city does not show to everyone. "
                "Each answer without a key carries an `ETag`; sent back as `If-None-Match` it "
                "saves the transfer of what has not changed."
            ),
        },
        "servers": [{"url": f"{prefix}{BASE}"}],
        "tags": [
            {"name": "Catalog", "description": "The datasets."},
            {"name": "Dataset", "description": "One dataset and its records."},
        ],
        "paths": {operation.path: {"get": _described(operation)} for operation in OPERATIONS},
        "components": {
            "parameters": _PATH_PARAMETERS,
            "schemas": _SCHEMAS,
            "responses": _RESPONSES,
            "securitySchemes": _SECURITY_SCHEMES,
            "headers": _HEADERS,
        },
        "security": [{}, *({name: []} for name in _SECURITY_SCHEMES)],
    }


def _described(operation: Operation) -> dict[str, Any]:
    in_path: list[dict[str, Any]] = [
        {"$ref": f"#/components/parameters/{name}"}
        for name in _PATH_PARAMETERS
        if f"{{{name}}}" in operation.path
    ]
    if "{format}" in operation.path:
        in_path.append(_format_parameter(operation))
    in_query = [
        _query_parameter(parameter)
        for parameter in PARAMETERS
        if operation.endpoint in parameter.accepted
    ]
    described: dict[str, Any] = {
        "operationId": operation.id,
        "summary": operation.summary,
        "description": operation.description,
        "tags": [operation.tag],
        "parameters": in_path + in_query,
        "responses": {
            "200": {
                "description": "The answer.",
                "headers": {
                    name: {"$ref": f"#/components/headers/{name}"}
                    for name in _HEADERS
                    if name not in {"Location", "Content-Disposition"}
                    or (name == "Content-Disposition" and not operation.answer)
                },
                "content": _content(operation),
            },
            **{
                status: {"$ref": f"#/components/responses/{name}"}
                for status, name in _OTHERWISE.items()
                if status != "404" or in_path
            },
        },
    }
    return {name: value for name, value in described.items() if value}


def _content(operation: Operation) -> dict[str, Any]:
    if operation.answer:
        return {"application/json": {"schema": _ref(operation.answer)}}
    if "{format}" not in operation.path:
        return {"*/*": {"schema": _BINARY}}
    files: dict[str, Schema] = {}
    for form in _forms(operation):
        media_type, schema = form.content_type.partition(";")[0], _file(form)
        known = files.get(media_type, schema)
        files[media_type] = schema if known == schema else {"anyOf": [known, schema]}
    files[GZIP] = {"description": "The file, compressed, where `compressed` is true."}
    return {content_type: {"schema": schema} for content_type, schema in files.items()}


def _forms(operation: Operation) -> tuple[Format | Document, ...]:
    is_catalog = operation.endpoint is Endpoint.CATALOG_EXPORT
    return catalog_forms() if is_catalog else formats_of(catalog=False)


def _file(form: Format | Document) -> Schema:
    if form.name == "json":
        return _list(_ref("Record"))
    if "json" in form.content_type and form.name != "jsonl":
        return _ANY_OBJECT
    return _BINARY if form.is_binary else _TEXT


def _format_parameter(operation: Operation) -> dict[str, Any]:
    offered = _forms(operation)
    return {
        "name": "format",
        "in": "path",
        "required": True,
        "description": "\n".join(f"`{form.name}`: {form.description}" for form in offered),
        "schema": {"enum": [form.name for form in offered]},
    }


def _query_parameter(parameter: Parameter) -> dict[str, Any]:
    only = f" Only for {', '.join(parameter.formats)}." if parameter.formats else ""
    described: dict[str, Any] = {
        "name": parameter.name,
        "in": "query",
        "description": f"{parameter.description}{only}",
        "schema": _schema_of(parameter),
    }
    if parameter.repeated:
        described |= {"style": "form", "explode": True}
    if parameter.example:
        described["example"] = (
            [parameter.example] if parameter.repeated else _typed(parameter, parameter.example)
        )
    return described


def _schema_of(parameter: Parameter) -> Schema:
    schema: Schema = {"type": _JSON_TYPES[parameter.kind]}
    if parameter.choices:
        schema["enum"] = list(parameter.choices)
    if parameter.minimum is not None:
        schema["minimum"] = parameter.minimum
    most = [top for top in (parameter.maximum, parameter.grouped_maximum) if top is not None]
    if most and parameter.maximum is not None:
        schema["maximum"] = max(most)
    if parameter.default:
        schema["default"] = _typed(parameter, parameter.default)
    return {"type": "array", "items": schema} if parameter.repeated else schema


def _typed(parameter: Parameter, text: str) -> str | int | bool:
    match parameter.kind:
        case Kind.INTEGER:
            return int(text)
        case Kind.BOOLEAN:
            return text == "true"
        case Kind.TEXT | Kind.TIMEZONE:
            return text


_TEXT: Schema = {"type": "string"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_ANY_OBJECT: Schema = {"type": "object"}
_BINARY: Schema = {"type": "string", "format": "binary"}
_FLAG: Schema = {"type": "boolean"}
_MAYBE_TEXT: Schema = {"type": ["string", "null"]}

_JSON_TYPES = {
    Kind.TEXT: "string",
    Kind.INTEGER: "integer",
    Kind.BOOLEAN: "boolean",
    Kind.TIMEZONE: "string",
}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _object(optional: Mapping[str, Schema] = MappingProxyType({}), **required: Schema) -> Schema:
    return {"type": "object", "required": list(required), "properties": {**required, **optional}}


def _page(result: str, total: str) -> Schema:
    """A page of results."""
    return {
        "type": "object",
        "required": ["results"],
        "properties": {
            "total_count": {**_COUNT, "description": total},
            "results": _list(_ref(result)),
            "_links": _list(_ref("Link")),
        },
    }


def _metas(template: str) -> Schema:
    """The metadata of a template; each may be null."""
    metas: dict[str, Schema] = {
        each.name: {"type": [_json_type(each.field), "null"], "description": each.field.label}
        for each in METADATA
        if each.template == template
    }
    return _object(**metas)


def _json_type(field: Field) -> str:
    return "array" if field.multivalued else _METADATA_TYPES[field.type]


_METADATA_TYPES = {
    FieldType.TEXT: "string",
    FieldType.INT: "integer",
    FieldType.DOUBLE: "number",
    FieldType.BOOLEAN: "boolean",
    FieldType.DATETIME: "string",
    FieldType.GEO_SHAPE: "object",
}


def _list(of: Schema) -> Schema:
    return {"type": "array", "items": of}


_SCHEMAS: dict[str, Schema] = {
    "Document": {
        "type": "object",
        "description": "OpenAPI 3.1.",
        "required": ["openapi", "info", "paths"],
    },
    "Links": _object(links=_list(_ref("Link"))),
    "Link": _object(rel=_TEXT, href=_TEXT),
    "Datasets": _page("DatasetOrPart", "Datasets that match; absent for groups."),
    "DatasetOrPart": {
        "anyOf": [_ref("Dataset"), _ref("Record")],
        "description": "The whole object; with `select` or `group_by` what was asked for.",
    },
    "Dataset": _object(
        {"_links": _list(_ref("Link"))},
        visibility={"enum": ["domain", "restricted"]},
        fields=_list(_ref("Field")),
        dataset_id=_TEXT,
        dataset_uid=_TEXT,
        has_records=_FLAG,
        features=_list({"enum": list(FEATURES)}),
        attachments=_list(_ref("Attachment")),
        alternative_exports={"type": "array", "maxItems": 0},
        data_visible=_FLAG,
        metas=_ref("Metas"),
    ),
    "Metas": _object(
        {APP_METAS: _metas(APP_METAS)},
        default=_metas(DEFAULT),
        dcat=_metas("dcat"),
        custom=_ANY_OBJECT,
        citylake=_ANY_OBJECT,
    ),
    "Attachment": _object(id=_TEXT, mimetype=_TEXT, title=_TEXT, url=_TEXT),
    "Field": _object(
        name=_TEXT,
        label=_TEXT,
        type={"enum": [kind.value for kind in FieldType]},
        description=_MAYBE_TEXT,
        annotations=_ref("Annotations"),
    ),
    "Annotations": {
        "type": "object",
        "description": "What is noted about a field; what says nothing is left out.",
        "properties": {
            "facet": _FLAG,
            "disjunctive": _FLAG,
            "facetsort": {"enum": [sort.value for sort in FacetSort]},
            "hierarchical": _list(_TEXT),
            "multivalued": _list(_TEXT),
            "sortable": _FLAG,
            "id": _FLAG,
            "unit": _TEXT,
            "timerangeFilter": _FLAG,
            "timeserie_precision": {"enum": [Precision.MONTH.value, Precision.YEAR.value]},
            "margin_of": _TEXT,
        },
        "additionalProperties": False,
    },
    "Records": _page("Record", "Records that match; absent for groups."),
    "Record": {
        "type": "object",
        "description": "Values by the names of their fields; null where there is none.",
        "additionalProperties": True,
    },
    "Facets": _object(links=_list(_ref("Link")), facets=_list(_ref("FacetGroup"))),
    "FacetGroup": _object(name=_TEXT, facets=_list(_ref("FacetValue"))),
    "FacetValue": {
        "type": "object",
        "required": ["name", "value", "state"],
        "properties": {
            "name": _TEXT,
            "value": {**_TEXT, "description": "What `refine` and `exclude` take."},
            "count": _COUNT,
            "state": {"enum": ["displayed", "refined", "excluded"]},
            "facets": _list(_ref("FacetValue")),
        },
    },
    "Attachments": _object(
        attachments=_list(
            _object(
                href=_TEXT,
                metas=_object(**{"mime-type": _TEXT}, title=_TEXT, url=_TEXT, id=_TEXT),
            )
        )
    ),
    "Error": _object(error_code=_TEXT, message=_TEXT),
    "QuotaError": _object(
        errorcode={"const": 10002},
        reset_time={"type": "string", "format": "date-time"},
        limit_time_unit={"const": "day"},
        call_limit={"type": "integer", "minimum": 1},
        error=_TEXT,
    ),
}

_PATH_PARAMETERS: dict[str, Schema] = {
    "dataset_id": {
        "name": "dataset_id",
        "in": "path",
        "required": True,
        "description": "Id of a dataset, as the catalog lists it.",
        "schema": _TEXT,
    },
    "record_id": {
        "name": "record_id",
        "in": "path",
        "required": True,
        "description": "Id of a record: its key's values, joined by hyphens.",
        "schema": _TEXT,
    },
    "attachment_id": {
        "name": "attachment_id",
        "in": "path",
        "required": True,
        "description": "Id of a document, as `attachments` lists it.",
        "schema": _TEXT,
    },
}

_HEADERS: dict[str, Schema] = {
    "ETag": {
        "description": "Names the answer; absent where the clock or chance has a say in it.",
        "schema": _TEXT,
    },
    "Cache-Control": {"description": "For how long it may be held.", "schema": _TEXT},
    "Content-Disposition": {"description": "What a file is called.", "schema": _TEXT},
    "Location": {"description": "Where to go on.", "schema": _TEXT},
}


def _refused(description: str) -> Schema:
    return {
        "description": description,
        "content": {"application/json": {"schema": _ref("Error")}},
    }


_OTHERWISE = {
    "302": "Elsewhere",
    "304": "NotModified",
    "400": "BadRequest",
    "401": "Unauthorized",
    "404": "NotFound",
    "429": "TooManyRequests",
    "500": "Failed",
    "503": "Unavailable",
}

_RESPONSES: dict[str, Schema] = {
    "Elsewhere": {
        "description": (
            "In the cloud, an answer of more than 4 MB lies in storage, and a file that takes long "
            "is still being made: follow, as clients do by themselves."
        ),
        "headers": {"Location": {"$ref": "#/components/headers/Location"}},
    },
    "NotModified": {"description": "What the client holds is still the answer."},
    "BadRequest": _refused(
        "A parameter or an ODSQL clause cannot be understood, or a limit was reached."
    ),
    "Unauthorized": _refused("A key was sent that opens nothing here.")
    | {"headers": {"WWW-Authenticate": {"description": "`Apikey`.", "schema": _TEXT}}},
    "TooManyRequests": {
        "description": "The key has no calls left until midnight, UTC.",
        "headers": {
            "Retry-After": {"description": "Seconds until then.", "schema": _COUNT},
            "X-RateLimit-Limit": {"description": "Calls a day.", "schema": _COUNT},
            "X-RateLimit-Remaining": {"description": "None.", "schema": _COUNT},
            "X-RateLimit-Reset": {"description": "When it has them again.", "schema": _TEXT},
        },
        "content": {"application/json": {"schema": _ref("QuotaError")}},
    },
    "NotFound": _refused("There is no such dataset, record, release, format or document."),
    "Failed": _refused("Our fault; it was logged."),
    "Unavailable": _refused("The data cannot be read at the moment."),
}

_SECURITY_SCHEMES: dict[str, Schema] = {
    "header": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "`Apikey` and a key of the city: `Apikey clk_…`.",
    },
    "query": {
        "type": "apiKey",
        "in": "query",
        "name": "apikey",
        "description": "The key alone, for clients that can send no header.",
    },
}
