"""RDF as Turtle, JSON-LD and RDF/XML: the same statements in three forms.

A record is a resource under its own address, of which the dataset's page of the API is the whole;
a field is a property, named by the dataset's address and its name. What is made of many records has
no address of its own: a blank node whose source is the dataset. What is missing is not stated.
"""

from collections.abc import Iterator

import orjson

from citylake.datasets import FieldType, Precision
from lambdas.query.exports.encodings import JSON_TEXT, URL, XML
from lambdas.query.exports.forms import PLAIN, WKT_POINT, WKT_SHAPE, Form
from lambdas.query.exports.markup import HEAD, xml_name
from lambdas.query.exports.table import Table
from lambdas.query.exports.template import All, Each, Joined, Part, Value, fill
from lambdas.query.exports.texts import lower_escapes
from lambdas.query.plan import Column

_XSD = "http://www.w3.org/2001/XMLSchema#"
_WKT = "http://www.opengis.net/ont/geosparql#wktLiteral"
_VOCABULARIES = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcterms": "http://purl.org/dc/terms/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
}
_DATES = {
    Precision.DAY: f"{_XSD}date",
    Precision.MONTH: f"{_XSD}gYearMonth",
    Precision.YEAR: f"{_XSD}gYear",
}
_TYPES = {
    FieldType.INT: f"{_XSD}integer",
    FieldType.DOUBLE: f"{_XSD}double",
    FieldType.BOOLEAN: f"{_XSD}boolean",
    FieldType.DATETIME: f"{_XSD}dateTime",
    FieldType.GEO_POINT: _WKT,
    FieldType.GEO_SHAPE: _WKT,
}
_FORMS = {FieldType.GEO_POINT: WKT_POINT, FieldType.GEO_SHAPE: WKT_SHAPE}


def write_turtle(table: Table) -> Iterator[bytes]:
    """Write Turtle: prefixes, the dataset and its fields, then a block per record.

    Source:
        W3C, "RDF 1.1 Turtle".
    """
    named = {**_VOCABULARIES, "d": table.about.address, "f": f"{table.about.address}#"}
    prefixes = "".join(f"@prefix {name}: <{address}> .\n" for name, address in named.items())
    fields = "".join(
        f"f:{xml_name(column.name)} a rdf:Property ; rdfs:label {_json(column.label)} .\n"
        for column in table.columns
    )
    title = _json(table.about.title)
    yield (f"{prefixes}\nd: a dcat:Dataset ; dcterms:title {title} .\n{fields}").encode()
    subject: Part = "[]"
    if table.has_ids:
        subject = All((f"<{table.about.address}/records/", _ID, ">"))
    belongs = f" {_belonging(table)} d:"
    members = tuple(_turtle_member(table, number) for number in range(len(table.columns)))
    yield from _written(table, Joined((subject, belongs, *members, " .\n")))


def write_jsonld(table: Table) -> Iterator[bytes]:
    """Write JSON-LD: a context that says what keys mean, then an object per record.

    Source:
        W3C, "JSON-LD 1.1".
    """
    keys = [xml_name(column.name) for column in table.columns]
    context = {key: _term(table, number) for number, key in enumerate(keys)}
    # Whole addresses: a field may be called as any prefix is.
    described = [
        {
            "@id": table.about.address,
            "@type": _whole("dcat:Dataset"),
            _whole("dcterms:title"): table.about.title,
        },
        *(
            {
                "@id": _property(table, number),
                "@type": _whole("rdf:Property"),
                _whole("rdfs:label"): column.label,
            }
            for number, column in enumerate(table.columns)
        ),
    ]
    yield b'{"@context":%b,"@graph":[\n%b' % (
        orjson.dumps(context),
        b",\n".join(map(orjson.dumps, described)),
    )
    belongs = f'"{_whole(_belonging(table))}":{{"@id":{_json(table.about.address)}}}'
    subject: Part = f",\n{{{belongs}"
    if table.has_ids:
        address = _json(f"{table.about.address}/records/")[:-1]
        subject = All((f',\n{{"@id":{address}', _ID, f'",{belongs}'))
    members = tuple(_json_member(table, number, key) for number, key in enumerate(keys))
    yield from _written(table, Joined((subject, *members, "}")))
    yield b"\n]}\n"


def write_rdfxml(table: Table) -> Iterator[bytes]:
    """Write RDF/XML: a description per record.

    Source:
        W3C, "RDF 1.1 XML Syntax".
    """
    vocabularies = "".join(f' xmlns:{name}="{address}"' for name, address in _VOCABULARIES.items())
    dataset = XML.in_python(table.about.address)
    fields = "".join(
        f'<rdf:Property rdf:about="{XML.in_python(_property(table, number))}">'
        f"<rdfs:label>{XML.in_python(column.label)}</rdfs:label></rdf:Property>\n"
        for number, column in enumerate(table.columns)
    )
    yield (
        f'{HEAD}<rdf:RDF{vocabularies} xmlns:f="{dataset}#">\n'
        f'<dcat:Dataset rdf:about="{dataset}">'
        f"<dcterms:title>{XML.in_python(table.about.title)}</dcterms:title></dcat:Dataset>\n"
        f"{fields}"
    ).encode(errors="replace")
    subject: Part = "<rdf:Description>"
    if table.has_ids:
        subject = All((f'<rdf:Description rdf:about="{dataset}/records/', _ID, '">'))
    belongs = f'<{_belonging(table)} rdf:resource="{dataset}"/>'
    members = tuple(_xml_member(table, number) for number in range(len(table.columns)))
    record = Joined((subject, belongs, *members, "</rdf:Description>\n"))
    for batch in fill(table, record):
        yield "".join(batch).encode(errors="replace")
    yield b"</rdf:RDF>\n"


_ID = Value(Table.ID, encoding=URL)


def _written(table: Table, record: Part) -> Iterator[bytes]:
    for batch in fill(table, record):
        yield lower_escapes("".join(batch)).encode(errors="replace")


def _whole(name: str) -> str:
    prefix, _, local = name.partition(":")
    return f"{_VOCABULARIES[prefix]}{local}"


def _belonging(table: Table) -> str:
    return "dcterms:isPartOf" if table.has_ids else "dcterms:source"


def _property(table: Table, number: int) -> str:
    return f"{table.about.address}#{xml_name(table.columns[number].name)}"


def _type(column: Column) -> str:
    """The type of a column's literals; empty for plain texts."""
    if column.multivalued:
        return ""
    if column.type is FieldType.DATE:
        return _DATES[column.precision]
    return _TYPES.get(column.type, "")


def _value(column: Column) -> Form:
    return _FORMS.get(column.type, PLAIN)


def _turtle_member(table: Table, number: int) -> Part:
    column = table.columns[number]
    before, kind = f" ;\n\tf:{xml_name(column.name)} ", _type(column)
    if column.multivalued:
        return Each(number, before, JSON_TEXT, "")
    if not kind:
        return All((before, Value(number, encoding=JSON_TEXT)))
    return All((f'{before}"', Value(number, _value(column)), f'"^^<{kind}>'))


def _json_member(table: Table, number: int, key: str) -> Part:
    column = table.columns[number]
    before = f",{_json(key)}:"
    if column.multivalued:
        return All((f"{before}[", Each(number, "", JSON_TEXT, "", between=","), "]"))
    if column.type in {FieldType.INT, FieldType.BOOLEAN}:
        return All((before, Value(number)))
    if _type(column):
        return All((f'{before}"', Value(number, _value(column)), '"'))
    return All((before, Value(number, encoding=JSON_TEXT)))


def _xml_member(table: Table, number: int) -> Part:
    column = table.columns[number]
    name, kind = f"f:{xml_name(column.name)}", _type(column)
    if column.multivalued:
        return Each(number, f"<{name}>", XML, f"</{name}>")
    of_type = f' rdf:datatype="{kind}"' if kind else ""
    value = Value(number, _value(column), None if kind else XML)
    return All((f"<{name}{of_type}>", value, f"</{name}>"))


def _term(table: Table, number: int) -> object:
    kind = _type(table.columns[number])
    address = _property(table, number)
    return {"@id": address, "@type": kind} if kind else address


def _json(text: str) -> str:
    return orjson.dumps(text).decode()
