"""Trees from SQL that is written here; what a file holds enters them as nodes, never as text."""

from functools import cache

from sqlglot import exp, parse_one


def tree(template: str, **values: exp.Expr | str | int | None) -> exp.Expr:
    """Fill ``:name`` in a template; texts and numbers become literals that the printer quotes."""
    nodes = {name: exp.convert(value) for name, value in values.items()}
    return exp.replace_placeholders(_parsed(template).copy(), **nodes)


def column(name: str) -> exp.Column:
    """A column, quoted."""
    return exp.column(name, quoted=True)


def texts(values: tuple[str, ...]) -> exp.Expr:
    """A list of texts."""
    return exp.Array(expressions=[exp.Literal.string(value) for value in values])


def parquet(path: str) -> exp.Expr:
    """The rows of a Parquet file, as a ``FROM``."""
    return tree("read_parquet(:path)", path=path)


@cache
def _parsed(template: str) -> exp.Expr:
    return parse_one(template, dialect="duckdb")
