"""Patterns of ``LIKE``, in words that DuckDB answers in linear time.

DuckDB tries every way in which a pattern with ``ESCAPE`` may fit: for ``%a%a%a%a%b`` and a text of
three hundred letters that is a minute, and within one record nothing interrupts it. Its regular
expressions are RE2's, which read a text once.
"""

import re

from sqlglot import exp

_PARTS = re.compile(r"\\(.)|(%)|(.)", re.DOTALL)
_WORD = re.compile(r"\w")


def fits(node: exp.Like) -> exp.Expr:
    """That a text fits a pattern, in which a backslash escapes."""
    escaped = node.expression
    pattern = escaped.this if isinstance(escaped, exp.Escape) else escaped
    parts = (
        ".*" if any_run else "." if letter == "_" and not given else _plain(given or letter)
        for given, any_run, letter in _PARTS.findall(pattern.this)
    )
    return exp.Anonymous(
        this="REGEXP_FULL_MATCH",
        expressions=[node.this, exp.Literal.string("".join(parts)), exp.Literal.string("s")],
    )


def _plain(letter: str) -> str:
    """A letter that means itself in RE2, which knows no escapes of letters and digits."""
    return letter if _WORD.match(letter) else f"\\x{{{ord(letter):x}}}"
