"""Trino's dialect, which Athena speaks: how our trees are said so that they mean what DuckDB means.

Where the two differ, this is the place that makes up for it. Lists are given as JSON, since in what
Athena answers the elements of a list cannot be told apart.
"""

import functools
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import orjson
from sqlglot import exp, parse_one
from sqlglot.dialects.trino import Trino
from sqlglot.generators.trino import TrinoGenerator

from citylake.errors import LakeUnusable, QueryInvalid, QueryTooCostly
from lambdas.query.odsql.sql import (
    AsStored,
    Bound,
    Fold,
    Listed,
    Meets,
    Percentile,
    Records,
    WholeSum,
)

_BOUNDS = {"west": "ST_XMin", "south": "ST_YMin", "east": "ST_XMax", "north": "ST_YMax"}

_PERCENTILE = """
    ELEMENT_AT(TRANSFORM(
        ARRAY[
            ARRAY_AGG(CAST(:number AS DOUBLE) ORDER BY :number) FILTER (WHERE :number IS NOT NULL)
        ],
        held -> ELEMENT_AT(TRANSFORM(
            ARRAY[(CARDINALITY(held) - 1) * :share],
            at -> held[CAST(FLOOR(at) AS BIGINT) + 1]
                + (held[CAST(CEIL(at) AS BIGINT) + 1] - held[CAST(FLOOR(at) AS BIGINT) + 1])
                * (at - FLOOR(at))
        ), 1)
    ), 1)
"""
"""Between the two sorted values that lie nearest to the share, as the share lies between them."""


class LakeTrino(Trino):
    """Trino's dialect, and how it says what sqlglot has no words for, or says otherwise."""

    class Generator(TrinoGenerator):
        """Prints trees."""

        TYPE_MAPPING = {  # noqa: RUF012 - sqlglot's own form
            **TrinoGenerator.TYPE_MAPPING,
            # Without a precision they would end at the millisecond.
            exp.DType.TIMESTAMP: "TIMESTAMP(6)",
            exp.DType.TIMESTAMPTZ: "TIMESTAMP(6)",
        }

        TRANSFORMS = {  # noqa: RUF012 - sqlglot's own form
            **TrinoGenerator.TRANSFORMS,
            AsStored: lambda self, order: self.order_sql(order),
            Bound: lambda self, node: self.func(_BOUNDS[node.args["side"].name], _shape(node.this)),
            Fold: lambda self, fold: self.sql(_fold(fold)),
            Listed: lambda self, listed: self.sql(exp.cast(listed.this, "json")),
            Meets: lambda self, meets: self.sql(_meets(meets)),
            Percentile: lambda self, node: self.sql(_percentile(node)),
            Records: lambda self, records: self._records_sql(records),
            WholeSum: lambda self, node: self.func("SUM", exp.cast(node.this, "decimal(38, 0)")),
            exp.MD5: lambda self, node: self.sql(_md5(node)),
        }

        def _records_sql(self, records: Records) -> str:
            table, snapshot = (self.sql(records, name) for name in ("table", "snapshot"))
            return f"{table} FOR VERSION AS OF {snapshot}"

        def literal_sql(self, expression: exp.Literal) -> str:
            """Print a constant; a text with control characters by their numbers."""
            if not expression.is_string or expression.this.isprintable():
                return super().literal_sql(expression)
            written = "".join(map(_written, expression.this))
            return f"U&'{written}'"


def _written(character: str) -> str:
    """A character of a text in Unicode escapes."""
    if character.isprintable():
        return {"\\": "\\\\", "'": "''"}.get(character, character)
    return f"\\+{ord(character):06X}"


def _fold(node: Fold) -> exp.Expr:
    """Without what combines with a letter, composed again: as ``strip_accents`` does it."""
    return _normalized(
        exp.func(
            "regexp_replace",
            _normalized(exp.Lower(this=node.this), "NFD"),
            exp.Literal.string(r"\p{M}"),
            exp.Literal.string(""),
            dialect=Trino,
        ),
        "NFC",
    )


def _normalized(text: exp.Expr, form: str) -> exp.Expr:
    return exp.Anonymous(this="NORMALIZE", expressions=[text, exp.var(form)])


def _shape(wkb: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this="ST_GeomFromBinary", expressions=[wkb])


def _meets(node: Meets) -> exp.Expr:
    shape = _shape(node.this)
    area = exp.Anonymous(this="ST_GeometryFromText", expressions=[node.args["area"]])
    if not node.args["within"].this:
        return exp.Anonymous(this="ST_Intersects", expressions=[shape, area])
    # ST_Within is false of a line or a point that lies wholly on the border.
    outside = exp.Anonymous(this="ST_Difference", expressions=[shape, area])
    return exp.Anonymous(this="ST_IsEmpty", expressions=[outside])


def _percentile(node: Percentile) -> exp.Expr:
    return exp.replace_placeholders(
        _parsed(_PERCENTILE), number=node.this, share=exp.cast(node.args["share"], "double")
    )


@functools.cache
def _parsed(template: str) -> exp.Expr:
    return parse_one(template, read=Trino)


def _md5(node: exp.MD5) -> exp.Expr:
    """The digest as text, in lower case."""
    digest = exp.Anonymous(
        this="MD5", expressions=[exp.Anonymous(this="TO_UTF8", expressions=[node.this])]
    )
    return exp.Lower(this=exp.Anonymous(this="TO_HEX", expressions=[digest]))


def to_trino(tree: exp.Expr) -> str:
    """Print a tree as Trino's SQL."""
    return tree.sql(LakeTrino)


# What is answered


def decoder(type_name: str) -> Callable[[str], Any]:
    """How the text of a value is read, which is not null.

    Args:
        type_name: of its column, with or without precision.

    Raises:
        LakeUnusable: a type that no tree of ours has.
    """
    known = _DECODERS.get(type_name.partition("(")[0])
    if known is None:
        raise LakeUnusable(f"a column has the type {type_name}, which is none of the lake's")
    return known


def _whole(text: str) -> int | float:
    number = Decimal(text)
    return int(number) if number == number.to_integral_value() else float(number)


_DECODERS: Mapping[str, Callable[[str], Any]] = {
    "bigint": int,
    "boolean": "true".__eq__,
    "date": date.fromisoformat,
    "decimal": _whole,
    "double": float,
    "integer": int,
    "json": orjson.loads,  # a list of texts
    "timestamp": datetime.fromisoformat,
    "unknown": str,  # of a column that is null throughout
    "varbinary": bytes.fromhex,
    "varchar": str,
}

_OF_VALUES = frozenset(
    {"DIVISION_BY_ZERO", "INVALID_CAST_ARGUMENT", "INVALID_FUNCTION_ARGUMENT",
     "NUMERIC_VALUE_OUT_OF_RANGE"}
)  # fmt: skip
_OF_COST = frozenset(
    {"CLUSTER_OUT_OF_MEMORY", "EXCEEDED_CPU_LIMIT", "EXCEEDED_GLOBAL_MEMORY_LIMIT",
     "EXCEEDED_LOCAL_MEMORY_LIMIT", "EXCEEDED_SCAN_LIMIT", "EXCEEDED_SPILL_LIMIT",
     "EXCEEDED_TIME_LIMIT", "GENERIC_INSUFFICIENT_RESOURCES", "QUERY_HAS_TOO_MANY_STAGES",
     "QUERY_TEXT_TOO_LARGE"}
)  # fmt: skip


def refusal(name: str, message: str) -> QueryInvalid | QueryTooCostly | None:
    """Word one of Trino's errors, if it is one of the values that a query met, or of its cost.

    Args:
        name: Trino's own, such as ``NUMERIC_VALUE_OUT_OF_RANGE``.
        message: what it says.
    """
    told = message.splitlines()[0] if message else name
    if name in _OF_VALUES:
        return QueryInvalid(f"ODSQL query cannot be computed: {told}")
    if name in _OF_COST:
        return QueryTooCostly(f"The query needs too much: {told}; ask for less.")
    return None
