"""A request's query as names and values, and the ones among them that nobody else may see."""

from urllib.parse import parse_qsl, unquote_plus

from citylake.errors import ParameterInvalid

CREDENTIALS = ("apikey", "access_token")
"""Parameters that carry a key. They are no part of a question: not of links, not of an ETag."""

_MOST_PARAMETERS = 1_000


def read_pairs(query: str) -> list[tuple[str, str]]:
    """Read a query: names and values, decoded, in the order in which they came.

    Raises:
        ParameterInvalid: more parameters than any client sends.
    """
    try:
        return parse_qsl(query.lstrip("?"), keep_blank_values=True, max_num_fields=_MOST_PARAMETERS)
    except ValueError as error:
        raise ParameterInvalid(
            f"The query has {query.count('&') + 1} parameters; at most {_MOST_PARAMETERS} are read."
        ) from error


def is_credential(name: str) -> bool:
    """Whether a parameter carries a key, in whatever case it is written."""
    return name.lower() in CREDENTIALS


def without_credentials(query: str) -> str:
    """The same query, as it was sent, without the keys in it."""
    parts = query.lstrip("?").split("&")
    return "&".join(
        part for part in parts if not is_credential(unquote_plus(part.partition("=")[0]))
    )
