"""Settings that a deployment chooses, read from the environment once, at cold start."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass

from citylake.errors import InputInvalid

_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:\d{1,5})?")
_EMAIL = re.compile(r"[\w~!$&'()*+,;=:.-]+@[\w.-]+\.[\w-]+")


@dataclass(frozen=True, slots=True)
class QueryLimits:
    """What one query of a stranger may cost.

    Attributes:
        seconds: longest run of one statement, after which it is interrupted.
        answer_seconds: longest answering of one request that is no export, all statements together.
        file_seconds: longest making of a file that cannot be sent as it is made (Parquet).
        memory_mb: memory that the engine may hold, for all queries together.
        threads: threads that the engine may use.
        slow_at_once: statements of more than ``slow_seconds`` that may run at once; one more is
            interrupted, so that quick ones always find room.
        slow_seconds: what is slow.
        streams: exports that may be read at once.
        query_length: longest query of a request as it was sent, in characters.
        facets: most facets that one request may name.
        work: most steps that a query may ask of each record.
        text_length: longest ODSQL clause, in characters.
        depth: deepest nesting of brackets and operators in a clause.
    """

    seconds: float = 20.0
    answer_seconds: float = 30.0
    file_seconds: float = 300.0
    memory_mb: int = 1024
    threads: int = 2
    slow_at_once: int = 4
    slow_seconds: float = 1.0
    streams: int = 64
    query_length: int = 16_384
    facets: int = 100
    work: int = 5_000
    text_length: int = 8_192
    depth: int = 48

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "QueryLimits":
        """Read ``CITYLAKE_QUERY_SECONDS``, ``…_FILE_SECONDS``, ``…_MEMORY_MB`` and ``…_THREADS``.

        What is not set has its default.

        Raises:
            InputInvalid: a value that is not a positive number.
        """
        default = cls()
        return cls(
            seconds=_positive(environment, "CITYLAKE_QUERY_SECONDS", default.seconds),
            file_seconds=_positive(
                environment, "CITYLAKE_QUERY_FILE_SECONDS", default.file_seconds
            ),
            memory_mb=int(_positive(environment, "CITYLAKE_QUERY_MEMORY_MB", default.memory_mb)),
            threads=int(_positive(environment, "CITYLAKE_QUERY_THREADS", default.threads)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AthenaSettings:
    """What is asked of Athena, and when.

    Attributes:
        workgroup: that queries run in; empty where there is no Athena.
        from_bytes: what the files that a query reads must hold for it to go there. A place's
            records lie in one or two of half a gibibyte, so what is asked of a place stays here.
    """

    workgroup: str = ""
    from_bytes: int = 1 << 31

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "AthenaSettings":
        """Read ``CITYLAKE_ATHENA_WORKGROUP`` and ``CITYLAKE_ATHENA_BYTES``.

        Raises:
            InputInvalid: a number of bytes that is not positive.
        """
        from_bytes = _positive(environment, "CITYLAKE_ATHENA_BYTES", cls().from_bytes)
        return cls(
            workgroup=environment.get("CITYLAKE_ATHENA_WORKGROUP", ""), from_bytes=int(from_bytes)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportPace:
    """Who waits how long for an export that goes by way of storage.

    API Gateway gives a function 29 seconds. Browsers follow 20 redirects, Python's requests 30,
    curl 50: a file of five minutes takes 16.

    Attributes:
        own_seconds: how long the function that was asked makes the file itself.
        turn_seconds: how long one turn of a waiting client takes, from its request on.
        answer_seconds: how long any other answer may take, whatever it asks of the engine.
        poll_seconds: how often storage is looked at meanwhile.
        turns: most turns of a client; together as long as the function that makes the file lives.
        start_seconds: how long the start of that function may take.
        beat_seconds: how often it says that it lives.
        grace_seconds: how much longer than it said a maker is believed to live.
    """

    own_seconds: float = 15.0
    turn_seconds: float = 20.0
    answer_seconds: float = 25.0
    poll_seconds: float = 1.0
    turns: int = 45
    start_seconds: float = 60.0
    beat_seconds: float = 15.0
    grace_seconds: float = 15.0

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "ExportPace":
        """Read ``CITYLAKE_EXPORT_SECONDS``, how long the function makes a file itself.

        Raises:
            InputInvalid: a value that is not a positive number.
        """
        own = _positive(environment, "CITYLAKE_EXPORT_SECONDS", cls().own_seconds)
        return cls(own_seconds=own)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Who answers for a deployment, as its catalogs tell other machines.

    Attributes:
        origin: scheme and host by which the deployment is known (``https://data.example.gov``).
            What names a dataset for good begins with it; empty to take each request's own host.
        publisher: who publishes the catalog.
        contact_name: whom to ask about the data.
        contact_email: where; a catalog without one is not valid, so the one that stands here until
            an operator sets another can be nobody's (RFC 6761 reserves ``invalid``).
    """

    origin: str = ""
    publisher: str = "Citylake"
    contact_name: str = "The operator of this portal"
    contact_email: str = "unset@citylake.invalid"

    def __post_init__(self) -> None:
        if self.origin and not _ORIGIN.fullmatch(self.origin):
            raise InputInvalid(
                f"the origin is {self.origin[:100]!r}; expected a scheme and a host in lower case "
                "without a path, like https://data.example.gov"
            )
        if not _EMAIL.fullmatch(self.contact_email):
            raise InputInvalid(
                f"the contact's address is {self.contact_email[:100]!r}; expected an e-mail address"
            )

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Site":
        """Read ``CITYLAKE_ORIGIN``, ``…_PUBLISHER``, ``…_CONTACT_NAME`` and ``…_CONTACT_EMAIL``.

        Raises:
            InputInvalid: an origin or an address that is none.
        """
        default = cls()
        return cls(
            origin=environment.get("CITYLAKE_ORIGIN", default.origin).rstrip("/"),
            publisher=environment.get("CITYLAKE_PUBLISHER") or default.publisher,
            contact_name=environment.get("CITYLAKE_CONTACT_NAME") or default.contact_name,
            contact_email=environment.get("CITYLAKE_CONTACT_EMAIL") or default.contact_email,
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
