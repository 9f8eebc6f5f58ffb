"""The nodes that sqlglot lacks; each engine's dialect says how they are printed."""

from sqlglot import exp


class Records(exp.Expression):
    """The records of one release, as the ``FROM`` of a query.

    ``files`` are addresses of Parquet files, ``table`` and ``snapshot`` name the same rows for an
    engine that reads Iceberg.
    """

    arg_types = {"files": True, "table": True, "snapshot": True}  # noqa: RUF012 - sqlglot's own form


class Fold(exp.Expression, exp.Func):
    """A text in lower case, without accents: ``citylake.places.fold`` in SQL."""

    arg_types = {"this": True}  # noqa: RUF012 - sqlglot's own form
