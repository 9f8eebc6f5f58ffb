"""Settings that a deployment chooses, read from the environment once, at cold start."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from citylake.errors import InputInvalid


@dataclass(frozen=True, slots=True)
class QueryLimits:
    """What one query of a stranger may cost.

    Attributes:
        seconds: longest run of one statement, after which it is interrupted.
        memory_mb: memory that the engine may hold, for all queries together.
        threads: threads that the engine may use.
        text_length: longest ODSQL clause, in characters.
        depth: deepest nesting of brackets and operators in a clause.
    """

    seconds: float = 20.0
    memory_mb: int = 1024
    threads: int = 2
    text_length: int = 8_192
    depth: int = 48

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "QueryLimits":
        """Read ``CITYLAKE_QUERY_SECONDS``, ``…_MEMORY_MB`` and ``…_THREADS``, if they are set.

        Raises:
            InputInvalid: a value that is not a positive number.
        """
        default = cls()
        return cls(
            seconds=_positive(environment, "CITYLAKE_QUERY_SECONDS", default.seconds),
            memory_mb=int(_positive(environment, "CITYLAKE_QUERY_MEMORY_MB", default.memory_mb)),
            threads=int(_positive(environment, "CITYLAKE_QUERY_THREADS", default.threads)),
        )


def _positive(environment: Mapping[str, str], name: str, default: float) -> float:
    text = environment.get(name)
    if text is None:
        return default
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise InputInvalid(f"{name} is {text!r}; expected a positive number")
    return value
