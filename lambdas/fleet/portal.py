"""A city's deployed portal, asked over HTTP as anybody asks it."""

import http.client
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

from citylake.errors import PortalUnsound

API = "/api/explore/v2.1"

_PAGE = 100
_LONGEST_BODY = 8_000_000
_SECONDS = 31.0
"""A second more than API Gateway lets a function take."""

PATIENCE = (2.0, 4.0, 8.0, 16.0, 32.0)
"""Seconds between attempts: what was deployed a moment ago may not answer yet."""


class Answer(NamedTuple):
    """What a server answered; names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


Ask = Callable[[str, str], Answer]
"""Sends a request: method and whole address. Raises ``OSError`` where nobody answers."""


def ask(method: str, address: str) -> Answer:
    """Send a request without a body, following no redirect.

    Names that end with ``.localhost`` are this machine's own (RFC 6761), whether or not its
    resolver knows: an emulator gives each API such a name.

    Raises:
        OSError: nobody answers, or not with HTTP.
    """
    parts = urlsplit(address)
    host = parts.hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        host = "127.0.0.1"
    kinds = {"https": http.client.HTTPSConnection, "http": http.client.HTTPConnection}
    connection = kinds[parts.scheme](host, parts.port, timeout=_SECONDS)
    target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    try:
        connection.request(method, target, headers={"Host": parts.netloc})
        response = connection.getresponse()
        return Answer(
            response.status,
            {name.lower(): value for name, value in response.getheaders()},
            response.read(_LONGEST_BODY),
        )
    except http.client.HTTPException as error:
        raise OSError(f"{address} does not answer with HTTP: {error!r}") from error
    finally:
        connection.close()


class Portal:
    """One deployed portal.

    It is asked again as often as there are pauses, over all questions together: one that does not
    come up is given up in a time that its number of questions hardly changes.

    Args:
        address: scheme and host, without a slash at the end.
        ask: sends requests.
        pause: waits between two attempts; called with seconds.
        patience: the pauses, in seconds.
    """

    def __init__(
        self,
        address: str,
        ask: Ask,
        pause: Callable[[float], None],
        patience: Sequence[float] = PATIENCE,
    ) -> None:
        self._address = address.rstrip("/")
        self._ask = ask
        self._pause = pause
        self._pauses = iter(patience)

    def get(self, path: str) -> Answer:
        """Get what must be there.

        Raises:
            PortalUnsound: it was not, as long as patience lasted.
        """
        answer = self.request("GET", path)
        if answer.status != http.client.OK:
            raise PortalUnsound(
                f"GET {path} is answered with {answer.status}: {_beginning(answer.body)}"
            )
        return answer

    def request(self, method: str, path: str) -> Answer:
        """Ask until the portal itself answers, well or ill, or patience is at an end.

        Raises:
            PortalUnsound: nobody answers.
        """
        asked = 0
        while True:
            asked += 1
            try:
                answer = self._ask(method, f"{self._address}{path}")
            except OSError as error:
                trouble = str(error)
            else:
                if answer.status not in _NOT_YET:
                    return answer
                trouble = f"{answer.status}: {_beginning(answer.body)}"
            seconds = next(self._pauses, None)
            if seconds is None:
                times = "once" if asked == 1 else f"{asked} times"
                raise PortalUnsound(f"{method} {path} was asked {times}, and at last got {trouble}")
            self._pause(seconds)

    def datasets(self) -> Mapping[str, int]:
        """Records by dataset, as the catalog of the API has them.

        Raises:
            PortalUnsound: the answer is no catalog.
        """
        return dict(self._datasets())

    def _datasets(self) -> Iterator[tuple[str, int]]:
        offset = 0
        while True:
            page = self.json(f"{API}/catalog/datasets?limit={_PAGE}&offset={offset}")
            try:
                for held in page["results"]:
                    yield held["dataset_id"], held["metas"]["default"]["records_count"]
                total, here = page["total_count"], len(page["results"])
            except (KeyError, TypeError) as error:
                raise PortalUnsound(f"the catalog lacks {error}: {page!r:.300}") from error
            offset += here
            if offset >= total or not here:
                return

    def json(self, path: str) -> Any:  # noqa: ANN401  # JSON may be anything
        """Get JSON.

        Raises:
            PortalUnsound: the answer is not JSON.
        """
        body = self.get(path).body
        try:
            return json.loads(body)
        except ValueError as error:
            raise PortalUnsound(f"GET {path} is no JSON: {_beginning(body)}") from error


def dataset_path(dataset_id: str) -> str:
    """Where the API has a dataset."""
    return f"{API}/catalog/datasets/{quote(dataset_id, safe='')}"


_NOT_YET = frozenset({404, 429, 500, 502, 503, 504})
"""What a gateway says of a route, a function or a permission that it does not know of yet."""


def _beginning(body: bytes) -> str:
    return body[:300].decode("utf-8", errors="replace")
