"""The staff's API of a city: files and their releases, who may read what, and the keys for it.

It stands behind the HTTP API's JWT authorizer; a request that comes without verified claims is
refused all the same. No page but the city's own may call it: it sends no CORS headers.
"""

import base64
import binascii
import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, TypeVar

import msgspec
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from msgspec import Meta

from citylake.datasets import Visibility
from citylake.entitlements import Gate
from citylake.errors import (
    AccessRefused,
    InputInvalid,
    LakeError,
    LimitReached,
    NotFound,
    PageNotFound,
    ParameterInvalid,
    PortalError,
    PublishConflict,
)
from citylake.keys import Key
from citylake.lake.read import Lake
from lambdas.publish.keys import DAILY_CALLS, Wanted, create_key, list_keys, revoke_key
from lambdas.publish.releases import list_releases, restore
from lambdas.publish.sharing import share
from lambdas.publish.staff import Role, Staff, read_staff
from lambdas.publish.uploads import Announced, Status, Upload, Uploads

BASE = "/api/publish/v1"

ERRORS: Mapping[type[PortalError], tuple[int, str]] = {
    InputInvalid: (400, "InputInvalid"),
    AccessRefused: (403, "AccessRefused"),
    NotFound: (404, "NotFound"),
    PublishConflict: (409, "PublishConflict"),
    LimitReached: (429, "LimitReached"),
    LakeError: (503, "DataUnavailable"),
    PortalError: (500, "InternalServerError"),
}
"""Status and ``error_code`` by class; any other class is worded as its nearest ancestor."""

_JSON = "application/json; charset=utf-8"
_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
_LARGEST_BODY = 1 << 18
_MOST_PARTIES = 100
_Short = Annotated[str, Meta(max_length=300)]

Answer = Response[str]
Handler = Callable[[dict[str, Any], Any], dict[str, Any]]
Kind = TypeVar("Kind")

logger = logging.getLogger(__name__)


class Restoring(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which release is to be the current one again."""

    release: str


class Sharing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who may read a dataset: ``public``, ``private``, or ``shared`` with these GEOIDs."""

    visibility: Visibility
    shared_with: Annotated[tuple[_Short, ...], Meta(max_length=_MOST_PARTIES)] = ()


class Asked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a new key is to be; see ``lambdas.publish.keys.Wanted``."""

    name: _Short
    everything: bool = False
    datasets: Annotated[tuple[_Short, ...], Meta(max_length=1_000)] = ()
    shared_with: _Short = ""
    daily_calls: int = DAILY_CALLS
    expires_at: datetime | None = None


def build(lake: Lake, place: str, uploads: Uploads, gate: Gate) -> Handler:
    """Make the handler of a city, once, at cold start.

    Args:
        lake: the lake as the city sees it.
        place: the city's GEOID.
        uploads: its uploads.
        gate: says whether it may write.
    """
    app = APIGatewayHttpResolver()
    api = _Api(app, lake, place, uploads, gate)
    for method, path, action in (
        ("POST", "/uploads", api.begin),
        ("GET", "/uploads/<upload_id>", api.upload),
        ("GET", "/datasets", api.datasets),
        ("GET", "/datasets/<dataset_id>/releases", api.releases),
        ("POST", "/datasets/<dataset_id>/restore", api.restore),
        ("POST", "/datasets/<dataset_id>/share", api.share),
        ("GET", "/keys", api.keys),
        ("POST", "/keys", api.create_key),
        ("POST", "/keys/<key_id>/revoke", api.revoke_key),
    ):
        app.route(f"{BASE}{path}", [method], middlewares=[_worded])(action)
    # Powertools tries routes without a group first: this must have one, to be the last.
    app.route("(.*)", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"], middlewares=[_worded])(
        api.nowhere
    )
    return app.resolve


class _Api:
    """The actions of the API, each the envelope around one step of the domain."""

    def __init__(
        self, app: APIGatewayHttpResolver, lake: Lake, place: str, uploads: Uploads, gate: Gate
    ) -> None:
        self._app = app
        self._lake = lake
        self._place = place
        self._uploads = uploads
        self._gate = gate

    def begin(self) -> Answer:
        staff = self._staff()
        upload, put = self._uploads.begin(self._body(Announced), staff.id)
        logger.info("%s announced %s for %s", staff.id, upload.id, upload.announced.dataset_id)
        said = {
            "upload_id": upload.id,
            "method": "PUT",
            "url": put.url,
            "headers": put.headers,
            "expires_at": upload.expires_at,
        }
        return _answer(said, HTTPStatus.CREATED)

    def upload(self, upload_id: str) -> Answer:
        self._staff()
        return _answer(_told(self._uploads.find(upload_id)))

    def datasets(self) -> Answer:
        self._staff()
        held = self._lake.catalog(self._place).catalog.datasets
        found = [
            {
                "dataset_id": dataset_id,
                "title": entry.dataset.title,
                "visibility": entry.visibility,
                "shared_with": entry.grants,
                "release": entry.release,
                "rows": entry.records_count,
                "published_at": entry.published_at,
            }
            for dataset_id, entry in held.items()
        ]
        return _answer({"total_count": len(found), "results": found})

    def releases(self, dataset_id: str) -> Answer:
        self._staff()
        found = list_releases(self._lake, self._place, dataset_id)
        return _answer({"total_count": len(found), "results": found})

    def restore(self, dataset_id: str) -> Answer:
        staff = self._staff()
        self._gate.check_writable()
        entry = restore(self._lake, self._place, dataset_id, self._body(Restoring).release)
        logger.info("%s restored %s of %s", staff.id, entry.release, dataset_id)
        return _answer({"dataset_id": dataset_id, "release": entry.release})

    def share(self, dataset_id: str) -> Answer:
        staff = self._staff()
        self._gate.check_writable()
        asked = self._body(Sharing)
        entry = share(self._lake, self._place, dataset_id, asked.visibility, asked.shared_with)
        logger.info("%s made %s %s", staff.id, dataset_id, entry.visibility)
        return _answer(
            {
                "dataset_id": dataset_id,
                "visibility": entry.visibility,
                "shared_with": entry.grants,
            }
        )

    def keys(self) -> Answer:
        self._staff()
        found = [_listed(key) for key in list_keys(self._lake, self._place)]
        return _answer({"total_count": len(found), "results": found})

    def create_key(self) -> Answer:
        staff = self._staff()
        self._gate.check_writable()
        if staff.role is not Role.ADMIN:  # a key outlives whoever made it
            raise AccessRefused(f"Keys are made by admins: expected you in {self._place}:admin.")
        asked = self._body(Asked)
        wanted = Wanted(
            name=asked.name,
            everything=asked.everything,
            datasets=asked.datasets,
            party=asked.shared_with,
            daily_calls=asked.daily_calls,
            expires_at=asked.expires_at,
        )
        key, secret = create_key(self._lake, self._place, wanted)
        logger.info("%s made the key %s", staff.id, key.id)
        return _answer({"key": secret, **_listed(key)}, HTTPStatus.CREATED)

    def revoke_key(self, key_id: str) -> Answer:
        staff = self._staff()  # while the subscription is suspended, too: it takes nothing
        key = revoke_key(self._lake, self._place, key_id)
        logger.info("%s revoked the key %s", staff.id, key.id)
        return _answer(_listed(key))

    def nowhere(self) -> Answer:
        self._staff()
        event = self._app.current_event
        raise PageNotFound(f"There is no {event.http_method} {event.path[:200]} below {BASE}.")

    def _staff(self) -> Staff:
        """Who asks. Every action begins with this, so that none can be had without it."""
        context = self._app.current_event.get("requestContext") or {}
        jwt = (context.get("authorizer") or {}).get("jwt") or {}
        return read_staff(jwt.get("claims") or {}, self._place)

    def _body(self, kind: type[Kind]) -> Kind:
        event = self._app.current_event
        text = event.get("body") or ""
        try:
            raw = base64.b64decode(text) if event.get("isBase64Encoded") else text.encode()
        except binascii.Error as error:
            raise ParameterInvalid("The body is not what it says it is: no base64.") from error
        if len(raw) > _LARGEST_BODY:
            raise ParameterInvalid(f"The body has {len(raw)} bytes; at most {_LARGEST_BODY} may.")
        try:
            return msgspec.json.decode(raw, type=kind)
        except msgspec.MsgspecError as error:
            raise ParameterInvalid(f"The body is not as expected: {error}.") from error


def _worded(
    app: APIGatewayHttpResolver, next_middleware: Callable[[APIGatewayHttpResolver], Answer]
) -> Answer:
    """Word what a route raises, once for all of them."""
    try:
        return next_middleware(app)
    except PortalError as error:
        status, code = next(ERRORS[kind] for kind in type(error).__mro__ if kind in ERRORS)
        message = str(error)
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            # What is wrong on our side names files and places that are no caller's business.
            logger.exception("a request could not be answered")
            message = "The data cannot be reached at the moment; please try again."
    except Exception:
        logger.exception("a request failed: %s", app.current_event.path)
        status, code = HTTPStatus.INTERNAL_SERVER_ERROR.value, "InternalServerError"
        message = "The request failed; the failure was recorded."
    return _answer({"error_code": code, "message": message}, HTTPStatus(status))


def _answer(said: Mapping[str, Any], status: HTTPStatus = HTTPStatus.OK) -> Answer:
    return Response(status.value, _JSON, msgspec.json.encode(said).decode(), dict(_HEADERS))


def _listed(key: Key) -> dict[str, Any]:
    """A key, for its city's staff: not even its hash."""
    return {
        "id": key.id,
        "name": key.name,
        "everything": key.rights.everything,
        "datasets": key.rights.datasets,
        "shared_with": key.rights.party,
        "daily_calls": key.daily_calls,
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "revoked_at": key.revoked_at,
    }


def _told(upload: Upload) -> dict[str, Any]:
    """How far an upload is, for its staff."""
    told: dict[str, Any] = {
        "upload_id": upload.id,
        "dataset_id": upload.announced.dataset_id,
        "filename": upload.announced.filename,
        "status": upload.status,
        "begun_at": upload.begun_at,
    }
    if upload.status is Status.WAITING:
        told["expires_at"] = upload.expires_at
    if upload.status is Status.FAILED:
        told["reason"] = upload.reason
    if published := upload.published:
        told |= {
            "release": published.release,
            "rows": published.rows,
            "quarantined": published.quarantined,
            "fields": published.fields,
            "notes": published.notes,
        }
    return told
