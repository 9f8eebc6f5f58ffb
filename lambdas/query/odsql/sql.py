"""The nodes that sqlglot lacks; each engine's dialect says how they are printed."""

from sqlglot import exp


class Records(exp.Expression):
    """The records of one release, as the ``FROM`` of a query.

    ``files`` are addresses of Parquet files, ``table`` and ``snapshot`` name the same rows for an
    engine that reads Iceberg. ``bytes`` is how much the files hold.
    """

    arg_types = {"files": True, "table": True, "snapshot": True, "bytes": True}  # noqa: RUF012 - sqlglot's own form


class Fold(exp.Expression, exp.Func):
    """A text in lower case, then without its marks: ``words.folded`` in SQL.

    That is: decomposed (NFD), what Unicode calls a mark left out, composed again (NFC).
    """

    arg_types = {"this": True}  # noqa: RUF012 - sqlglot's own form


class Meets(exp.Expression, exp.Func):
    """Whether a shape (WKB) meets an area, or lies within it.

    ``area`` is a literal of well-known text, written by ``geometry.Area``; ``within`` a boolean.
    """

    arg_types = {"this": True, "area": True, "within": True}  # noqa: RUF012 - sqlglot's own form


class Bound(exp.Expression, exp.Func):
    """The least or greatest longitude or latitude of a shape (WKB): ``west``, ``south`` …."""

    arg_types = {"this": True, "side": True}  # noqa: RUF012 - sqlglot's own form


class AsStored(exp.Order):
    """An ``ORDER BY`` in which the records of a release are stored: by the dataset's key.

    An engine that reads them in their order need not sort.
    """


class WholeSum(exp.Expression, exp.AggFunc):
    """The exact sum of integers, which may be larger than any of 64 bits."""

    arg_types = {"this": True}  # noqa: RUF012 - sqlglot's own form


class Percentile(exp.Expression, exp.AggFunc):
    """The value below which a ``share`` (0 to 1) of the numbers lies, interpolated."""

    arg_types = {"this": True, "share": True}  # noqa: RUF012 - sqlglot's own form


class Listed(exp.Expression, exp.Func):
    """A list of texts as a column of an answer."""

    arg_types = {"this": True}  # noqa: RUF012 - sqlglot's own form


class Projected(exp.Expression, exp.Func):
    """A geometry on WGS 84 in another reference system, whose EPSG code is a number."""

    arg_types = {"this": True, "epsg": True}  # noqa: RUF012 - sqlglot's own form
