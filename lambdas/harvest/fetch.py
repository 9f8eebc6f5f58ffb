"""Asking a publisher for bytes: politely, again when that helps, and never without bounds.

Protocols are given a ``Get`` and know nothing else of the network. ``HttpGet`` asks publishers;
``Folder`` is the same seam over files, from which the bundle is made and with which tests run.
"""

import contextlib
import email.utils
import gzip
import io
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import Message
from http import HTTPStatus
from http.client import HTTPException, HTTPMessage
from pathlib import Path
from typing import IO, Protocol

from citylake import __version__
from citylake.errors import SourceChanged, SourceUnreachable

USER_AGENT = f"citylake/{__version__} (open-data portal for US cities; harvests published figures)"

_WORTH_ANOTHER_TRY = frozenset({429, 500, 502, 503, 504})
_CHUNK = 1 << 16


@dataclass(frozen=True, slots=True)
class Answer:
    """What a publisher sent.

    Attributes:
        body: the bytes, unpacked from any transfer compression.
        address: the address that was asked, without secrets.
        content_type: media type as declared; empty if none was.
        etag: the publisher's tag for these bytes; empty if there was none.
        last_modified: the publisher's date for these bytes, as sent; empty likewise.
    """

    body: bytes
    address: str
    content_type: str = ""
    etag: str = ""
    last_modified: str = ""


class Get(Protocol):
    """Asks for one address."""

    def __call__(self, address: str, parameters: Mapping[str, str] | None = None) -> Answer:
        """Return the answer.

        Raises:
            SourceUnreachable: no answer, or a refusal.
            SourceChanged: an answer that cannot be meant, such as a redirect to an error page.
        """


@dataclass(frozen=True, slots=True)
class Folder:
    """A file in place of an answer: whatever is asked for, this is what comes.

    Attributes:
        root: folder of raw files.
        path: the file in it.
    """

    root: Path
    path: str

    def __call__(self, address: str, parameters: Mapping[str, str] | None = None) -> Answer:
        """Return the file's bytes.

        Raises:
            SourceUnreachable: there is no such file.
        """
        del parameters
        try:
            return Answer((self.root / self.path).read_bytes(), address)
        except OSError as error:
            raise SourceUnreachable(
                f"{self.path} cannot be read in {self.root}: {error.strerror}; "
                "expected the raw file there"
            ) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one answer may cost.

    Attributes:
        bytes: longest body, unpacked.
        seconds: longest wait for a connection or for the next bytes.
        total_seconds: longest time for one whole answer.
        attempts: how often an address is asked before giving up.
        pause_seconds: wait before asking a second time; doubled each time after.
        interval_seconds: least time between two requests to one host.
    """

    bytes: int = 512 * 1024 * 1024
    seconds: float = 30.0
    total_seconds: float = 600.0
    attempts: int = 4
    pause_seconds: float = 2.0
    interval_seconds: float = 1.0


@dataclass(frozen=True, slots=True)
class Secret:
    """An API key: added to requests at the last moment, shown nowhere.

    Attributes:
        host: the only host that it is sent to.
        parameter: name of the query parameter that carries it.
    """

    host: str
    parameter: str
    value: str = field(repr=False)


Known = Callable[[str], Answer | None]
"""The answer that was kept for an address, so that a publisher need not send it again."""


class Response(Protocol):
    """What opening a request gives, as far as it is used here."""

    headers: Message

    def read(self, amount: int, /) -> bytes:
        """Read at most so many bytes; none at the end."""

    def close(self) -> None:
        """Let go of the connection."""


class _NoRedirectAway(urllib.request.HTTPRedirectHandler):
    """Follow redirects within a host; one that leads elsewhere, or to an error page, is an answer.

    A key must not travel to another host, and the Census API answers a missing key by a redirect to
    a page for people, which would look like success.
    """

    def redirect_request(  # noqa: PLR0917 - urllib's own signature
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        """Follow, unless the redirect leads away."""
        away = (
            urllib.parse.urlsplit(newurl).hostname != urllib.parse.urlsplit(req.full_url).hostname
        )
        if away or "X-DataWebAPI-KeyError" in headers:
            return None
        return super().redirect_request(req, fp, code, msg, headers, newurl)


class HttpGet:
    """Asks publishers over HTTP.

    Args:
        secrets: API keys by the host they belong to.
        limits: what one answer may cost.
        known: answers that were kept, for conditional requests.
        open_url: opens a request; the seam for tests.
        clock: seconds that only grow.
        pause: waits, in seconds.
    """

    def __init__(
        self,
        *,
        secrets: Iterable[Secret] = (),
        limits: Limits = Limits(),
        known: Known = lambda _: None,
        open_url: Callable[..., Response] | None = None,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._secrets = tuple(secrets)
        self._limits = limits
        self._known = known
        self._open = open_url or urllib.request.build_opener(_NoRedirectAway).open
        self._clock = clock
        self._pause = pause
        self._asked_at: dict[str, float] = {}

    def __call__(self, address: str, parameters: Mapping[str, str] | None = None) -> Answer:
        """Ask for an address until it answers or the attempts are used up."""
        shown = _with(address, parameters or {})
        if urllib.parse.urlsplit(shown).scheme not in {"http", "https"}:
            raise SourceUnreachable(f"{shown}: expected an http or https address")
        wait, reason = 0.0, ""
        for attempt in range(self._limits.attempts):
            if attempt:
                self._pause(max(wait, self._limits.pause_seconds * 2 ** (attempt - 1)))
            try:
                return self._ask(shown)
            except urllib.error.HTTPError as error:
                with error:
                    if error.code == HTTPStatus.NOT_MODIFIED:
                        return self._kept(shown)
                    reason = f"HTTP {error.code}"
                    if error.code not in _WORTH_ANOTHER_TRY:
                        raise SourceUnreachable(self._refusal(shown, error)) from None
                    wait = _retry_after(error.headers.get("Retry-After"))
            except (OSError, HTTPException) as error:
                # Such an error may name the whole address, key and all: say its kind only.
                reason = type(error).__name__
        raise SourceUnreachable(
            f"{shown} gave no answer in {self._limits.attempts} attempts (last: {reason})"
        )

    def _ask(self, shown: str) -> Answer:
        host = urllib.parse.urlsplit(shown).hostname or ""
        self._be_polite(host)
        keys = {secret.parameter: secret.value for secret in self._secrets if secret.host == host}
        request = urllib.request.Request(  # noqa: S310 - the scheme was checked by the caller
            _with(shown, keys), headers={"User-Agent": USER_AGENT, "Accept-Encoding": "gzip"}
        )
        kept = self._known(shown)
        if kept and kept.etag:
            request.add_header("If-None-Match", kept.etag)
        elif kept and kept.last_modified:
            request.add_header("If-Modified-Since", kept.last_modified)
        with contextlib.closing(self._open(request, timeout=self._limits.seconds)) as response:
            headers = response.headers
            body = self._read(response, shown)
        if headers.get("Content-Encoding") == "gzip":
            body = self._unpack(body, shown)
        return Answer(
            body,
            shown,
            content_type=headers.get_content_type(),
            etag=headers.get("ETag", ""),
            last_modified=headers.get("Last-Modified", ""),
        )

    def _be_polite(self, host: str) -> None:
        now = self._clock()
        due = self._asked_at.get(host, now - self._limits.interval_seconds)
        if (rest := due + self._limits.interval_seconds - now) > 0:
            self._pause(rest)
        self._asked_at[host] = self._clock()

    def _read(self, response: Response, shown: str) -> bytes:
        began, body = self._clock(), bytearray()
        while chunk := response.read(_CHUNK):
            body += chunk
            if len(body) > self._limits.bytes:
                raise SourceChanged(f"{shown} sent more than {self._limits.bytes:,} bytes")
            if self._clock() - began > self._limits.total_seconds:
                raise TimeoutError
        return bytes(body)

    def _unpack(self, body: bytes, shown: str) -> bytes:
        try:
            with gzip.open(io.BytesIO(body)) as packed:
                unpacked = packed.read(self._limits.bytes + 1)
        except (OSError, EOFError) as error:
            raise SourceChanged(f"{shown} sent a damaged gzip body") from error
        if len(unpacked) > self._limits.bytes:
            raise SourceChanged(f"{shown} unpacks to more than {self._limits.bytes:,} bytes")
        return unpacked

    def _kept(self, shown: str) -> Answer:
        kept = self._known(shown)
        if kept is None:
            raise SourceChanged(f"{shown} answered 304 to a request that was not conditional")
        return kept

    def _refusal(self, shown: str, error: urllib.error.HTTPError) -> str:
        if "X-DataWebAPI-KeyError" in error.headers:
            return f"{shown} asks for an API key that it accepts, and was sent none"
        return f"{shown} refused: HTTP {error.code} {error.reason}"


def _with(address: str, parameters: Mapping[str, str]) -> str:
    if not parameters:
        return address
    query = urllib.parse.urlencode(parameters, safe=":*,()")
    return f"{address}{'&' if '?' in address else '?'}{query}"


def _retry_after(text: str | None) -> float:
    """Seconds that a publisher asks to wait, five minutes at most; 0 where it does not say."""
    if not text:
        return 0.0
    if text.isdecimal():
        return min(float(text), 300.0)
    try:
        due = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    return min(max((due - datetime.now(UTC)).total_seconds(), 0.0), 300.0)
