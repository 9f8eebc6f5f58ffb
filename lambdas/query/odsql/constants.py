"""Values → constants of SQL."""

import math
from datetime import date, datetime

from sqlglot import exp

from lambdas.query.odsql.typed import Kind


def constant(value: object, kind: Kind) -> exp.Expr:
    """A constant of a kind: numbers keep their sign apart, instants are written in UTC."""
    match value:
        case None:
            return exp.null()
        case bool():
            return exp.convert(value)
        case datetime():
            text = value.replace(tzinfo=None).isoformat(" ", "microseconds")
            if value.tzinfo is None:
                return exp.cast(exp.Literal.string(text), "timestamp")
            return exp.cast(exp.Literal.string(f"{text}+00:00"), "timestamptz")
        case date():
            return exp.cast(exp.Literal.string(value.isoformat()), "date")
        case float() if math.isinf(value):
            return exp.cast(exp.Literal.string(f"{'-' * (value < 0)}Infinity"), "double")
        case int() | float():
            number = exp.Literal.number(repr(abs(value)))
            signed = exp.Neg(this=number) if value < 0 else number
            return exp.cast(signed, "double") if kind is Kind.DOUBLE else signed
        case _:
            return exp.Literal.string(str(value))


def double(number: float) -> exp.Expr:
    """A floating-point constant, whatever the number looks like."""
    return constant(float(number), Kind.DOUBLE)
