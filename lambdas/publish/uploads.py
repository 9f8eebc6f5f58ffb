"""Uploads: from a member of staff who announces a file to the release that comes of it.

The state of an upload is one object, ``uploads/{id}.json`` in the city's bucket, replaced by
conditional puts; the file arrives as ``inbox/{id}/{filename}``. That it arrived may be told twice,
and whoever publishes it may die: the state says who is at it and until when they are believed, and
a release that a dead one left is found again by the file's checksum.
"""

import errno
import logging
import re
import secrets
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta
from pyiceberg.catalog import Catalog as Tables

from citylake.datasets import NATIONAL, read_dataset_id
from citylake.entitlements import Gate
from citylake.errors import (
    DatasetInvalid,
    DatasetNotFound,
    InputInvalid,
    LimitReached,
    ParameterInvalid,
    PortalError,
    PreconditionFailed,
    Suspended,
    UploadNotFound,
)
from citylake.lake.read import Lake
from citylake.lake.store import ABSENT
from lambdas.publish.inbox import SIGNED_SECONDS, Inbox, SignedPut
from lambdas.publish.publish import (
    Published,
    PublishedField,
    Submission,
    check_private,
    checksum_of,
    license_of,
    publish,
)
from lambdas.publish.reading import Options

LARGEST_FILE = 512 << 20
"""Bytes of a file: with the copies that are made of it, it has room in the function's ``/tmp``."""

MOST_PENDING = 20
"""Uploads of a city that may be under way at once."""

_ARRIVED = re.compile(r"inbox/(?P<id>[0-9TZ]{16}-[0-9a-f]{32})/(?P<filename>[^/]+)")
_ID = re.compile(r"[0-9]{8}T[0-9]{6}Z-[0-9a-f]{32}")
_FILENAME = re.compile(r"[\w .()+,=@&-]{1,150}")
_LONGEST_NAME = 200  # bytes: a disk takes 255, and a download adds some while it runs

_Short = Annotated[str, Meta(max_length=300)]
_Long = Annotated[str, Meta(max_length=10_000)]

logger = logging.getLogger(__name__)


class Announced(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file that a member of staff is about to send, and what they say of it.

    Attributes:
        dataset_id: id that the dataset has or gets.
        filename: what the file is called.
        size: its bytes.
        title: what people read; made of the file's name unless given.
        description: likewise.
        license: name of the terms under which the data may be used.
        fields: types by field name or header; the others are decided.
        missing: texts that mean that there is no value.
        timezone: IANA time zone of times without one; the place's own unless given.
        has_header: whether the first row of a text file or sheet names the columns.
        sheet: name of the sheet of a workbook; the first one unless given.
        private: whether the dataset is the city's alone from its first moment on.
    """

    dataset_id: _Short
    filename: _Short
    size: Annotated[int, Meta(ge=1, le=LARGEST_FILE)]
    title: _Short = ""
    description: _Long = ""
    license: _Short = ""
    fields: Annotated[dict[_Short, Annotated[str, Meta(max_length=40)]], Meta(max_length=2_000)] = (
        msgspec.field(default_factory=dict)
    )
    missing: Annotated[tuple[_Short, ...], Meta(max_length=100)] = ()
    timezone: _Short = ""
    has_header: bool = True
    sheet: _Short = ""
    private: bool = False


class Status(StrEnum):
    """How far an upload is."""

    WAITING = "waiting"
    PUBLISHING = "publishing"
    PUBLISHED = "published"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """An upload.

    Attributes:
        announced: what was said of it.
        by: who announced it.
        begun_at: when, ISO in UTC.
        expires_at: until when its address takes the file.
        status: how far it is.
        worker: who publishes it.
        believed_until: until when the worker is believed to be at it.
        published: what came of it.
        reason: why nothing came of it.
    """

    id: str
    announced: Announced
    by: str
    begun_at: datetime
    expires_at: datetime
    status: Status = Status.WAITING
    worker: str = ""
    believed_until: datetime | None = None
    published: Published | None = None
    reason: str = ""

    @property
    def key(self) -> str:
        """Where its file arrives."""
        return f"inbox/{self.id}/{self.announced.filename}"

    @property
    def is_settled(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.status in {Status.PUBLISHED, Status.FAILED}


class Uploads:
    """The uploads of one city.

    Args:
        lake: the lake as the city sees it.
        tables: the city's Iceberg tables.
        place: GEOID of the city.
        inbox: where files arrive.
        gate: says whether the city may write.
        now: the clock.
    """

    def __init__(
        self,
        lake: Lake,
        tables: Tables,
        place: str,
        inbox: Inbox,
        gate: Gate,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._lake = lake
        self._tables = tables
        self._place = place
        self._store = lake.store_of(place)
        self._inbox = inbox
        self._gate = gate
        self._now = now

    def begin(self, announced: Announced, by: str) -> tuple[Upload, SignedPut]:
        """Take the announcement of a file, and say where it is to be sent.

        Raises:
            Suspended: the city may not write.
            DatasetInvalid: the id is taken or none, or the dataset is to be private and is not.
            ParameterInvalid: the file's name has signs that names of files have not.
            LimitReached: too many uploads are under way.
        """
        self._gate.check_writable()
        read_dataset_id(announced.dataset_id)
        if announced.dataset_id in self._lake.catalog(NATIONAL).catalog.datasets:
            raise DatasetInvalid(
                f"{announced.dataset_id} is the id of a national dataset; choose another"
            )
        if announced.private:
            check_private(self._lake, self._place, announced.dataset_id)
        name = announced.filename
        if (
            not _FILENAME.fullmatch(name)
            or name.startswith(".")
            or len(name.encode()) > _LONGEST_NAME
        ):
            raise ParameterInvalid(
                f"filename is {name[:100]!r}; expected 1 to 150 letters, digits, spaces and "
                f". ( ) + , = @ & - in at most {_LONGEST_NAME} bytes, not beginning with a dot"
            )
        now = self._now().astimezone(UTC)
        pending = sum(1 for upload in self._recent(now) if not upload.is_settled)
        if pending >= MOST_PENDING:
            raise LimitReached(
                f"{pending} uploads of this city are under way; at most {MOST_PENDING} may be. "
                "Send their files, or wait until they expire an hour after they were begun."
            )
        upload = Upload(
            id=f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(16)}",
            announced=announced,
            by=by,
            begun_at=now,
            expires_at=now + timedelta(seconds=SIGNED_SECONDS),
        )
        self._write(upload, ABSENT)
        return upload, self._inbox.address(upload.key, announced.size)

    def find(self, upload_id: str) -> Upload:
        """Say how far an upload is.

        Raises:
            UploadNotFound: there is none of this id, or it is forgotten by now.
        """
        return self._believed(self._read(upload_id)[0])

    def arrived(self, key: str, size: int, *, worker: str, seconds: float) -> Upload | None:
        """Publish a file that arrived; why it cannot be published stands in the upload.

        Args:
            key: where it lies.
            size: its bytes.
            worker: names this attempt; the same attempt may be made again after it died.
            seconds: how long it may take.

        Returns:
            The upload as it is now; ``None`` if no upload waits for a file of this key.
        """
        named = _ARRIVED.fullmatch(key)
        if named is None:
            logger.warning("a file that nobody announced: %s", key[:300])
            return None
        try:
            upload, etag = self._read(named["id"])
        except UploadNotFound:
            logger.warning("a file that nobody announced: %s", key[:300])
            return None
        now = self._now()
        is_at_it = (
            upload.status is Status.PUBLISHING
            and upload.believed_until is not None
            and now < upload.believed_until
            and upload.worker != worker
        )
        if upload.is_settled or is_at_it or upload.key != key:
            return upload
        begun_before = upload.status is Status.PUBLISHING
        upload = replace(
            upload,
            status=Status.PUBLISHING,
            worker=worker,
            believed_until=now + timedelta(seconds=seconds),
        )
        try:
            etag = self._write(upload, etag)
        except PreconditionFailed:
            held, etag = self._read(upload.id)
            if held != upload:  # told twice at the same moment
                return held
            # It was our own put: S3's answer was lost, and the client asked once more.
        settled = self._settled(upload, size, begun_before=begun_before)
        self._write(settled, etag)
        return settled

    def _settled(self, upload: Upload, size: int, *, begun_before: bool) -> Upload:
        try:
            published = self._publish(upload, size, begun_before=begun_before)
        except (InputInvalid, Suspended) as error:
            return replace(upload, status=Status.FAILED, reason=str(error))
        except PortalError as error:
            logger.exception("the upload %s could not be published", upload.id)
            reason = f"It could not be published ({type(error).__name__}); announce it once more."
            return replace(upload, status=Status.FAILED, reason=reason)
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            reason = "Decompressed, the file needs more room than there is; send it in parts."
            return replace(upload, status=Status.FAILED, reason=reason)
        return replace(upload, status=Status.PUBLISHED, published=published)

    def _publish(self, upload: Upload, size: int, *, begun_before: bool) -> Published:
        self._gate.check_writable()
        announced = upload.announced
        if size != announced.size:
            raise ParameterInvalid(
                f"the file has {size} bytes; {announced.size} were announced, and "
                f"{LARGEST_FILE} are the most"
            )
        with tempfile.TemporaryDirectory(prefix="citylake-upload-") as folder:
            path = Path(folder) / announced.filename
            self._inbox.fetch(upload.key, path)
            if begun_before and (left := self._left_by_a_dead_worker(upload, path)):
                return left
            return publish(
                self._lake,
                self._tables,
                Submission(
                    path=path,
                    dataset_id=announced.dataset_id,
                    place=self._place,
                    title=announced.title,
                    description=announced.description,
                    license=license_of(announced.license),
                    types=announced.fields,
                    missing=announced.missing,
                    zone=announced.timezone,
                    options=Options(has_header=announced.has_header, sheet=announced.sheet),
                    private=announced.private,
                ),
                now=self._now,
            )

    def _left_by_a_dead_worker(self, upload: Upload, path: Path) -> Published | None:
        """The release of this very file, if the one who made it died before saying so."""
        try:
            release = self._lake.release(upload.announced.dataset_id, namespace=self._place)
        except DatasetNotFound:
            return None
        is_ours = datetime.fromisoformat(release.published_at) >= upload.begun_at and any(
            receipt.sha256 == checksum_of(path) for receipt in release.receipts
        )
        if not is_ours:
            return None
        return Published(
            dataset=release.dataset.id,
            place=self._place,
            release=release.id,
            rows=release.records_count,
            quarantined=sum(left_out.count for left_out in release.left_out),
            fields=tuple(map(PublishedField.of, release.dataset.fields)),
            attachments=tuple(attachment.id for attachment in release.attachments),
            notes=release.dataset.notes,
        )

    def _recent(self, now: datetime) -> Iterator[Upload]:
        """The uploads whose addresses may still take a file."""
        hours = {f"{then:%Y%m%dT%H}" for then in (now - timedelta(seconds=SIGNED_SECONDS), now)}
        for hour in sorted(hours):
            for key in self._store.keys(f"uploads/{hour}"):
                upload, _ = self._read(key.removeprefix("uploads/").removesuffix(".json"))
                if now < upload.expires_at:
                    yield upload

    def _believed(self, upload: Upload) -> Upload:
        """The same upload, and what became of it if nothing else will."""
        now = self._now()
        if upload.status is Status.WAITING and now >= upload.expires_at:
            reason = "No file arrived within an hour."
        elif (
            upload.status is Status.PUBLISHING
            and upload.believed_until is not None
            and now >= upload.believed_until
        ):
            reason = "Publishing ended before it was done; announce the file once more."
        else:
            return upload
        return replace(upload, status=Status.FAILED, reason=reason)

    def _read(self, upload_id: str) -> tuple[Upload, str]:
        held = self._store.get(_state_key(upload_id)) if _ID.fullmatch(upload_id) else None
        if held is None:
            raise UploadNotFound(f"There is no upload {upload_id[:80]}.")
        return msgspec.json.decode(held.body, type=Upload), held.etag

    def _write(self, upload: Upload, if_match: str) -> str:
        return self._store.put(
            _state_key(upload.id), msgspec.json.encode(upload), if_match=if_match
        )


def _state_key(upload_id: str) -> str:
    return f"uploads/{upload_id}.json"
