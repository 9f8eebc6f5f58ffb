"""Publishing: from a city's file to a release that readers see."""

import hashlib
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pyiceberg.catalog import Catalog as Tables

from citylake.attachments import attach
from citylake.catalog import Receipt
from citylake.datasets import (
    NATIONAL,
    Dataset,
    Field,
    License,
    Theme,
    Visibility,
    read_dataset_id,
)
from citylake.errors import DatasetInvalid, ParameterInvalid
from citylake.lake.read import Lake
from citylake.lake.write import Staged, Writer
from citylake.places import Place
from lambdas.publish.prepare import Prepared, Tell, prepare, quiet
from lambdas.publish.quarantine import Quarantine
from lambdas.publish.reading import Options
from lambdas.publish.register import find_publisher, zone_of

UNSTATED = License(name="Not stated by the publisher")


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A file, and what its city says of it.

    Attributes:
        path: the file.
        dataset_id: id that the dataset has or gets.
        place: GEOID or address of the place whose data it is.
        title: what people read; made of the file's name unless given.
        description: likewise.
        license: terms under which the data may be used.
        types: types by field name or header (``text[]`` for lists); the others are decided.
        missing: texts that mean that there is no value.
        zone: IANA time zone of times without one; the place's own unless given.
        options: how the file is read.
        private: whether the dataset is the city's alone from its first moment on.
        attachments: title and file of each document to be put beside the data; ``None`` to keep
            those of the release before.
    """

    path: Path
    dataset_id: str
    place: str
    title: str = ""
    description: str = ""
    license: License = UNSTATED
    types: Mapping[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    zone: str = ""
    options: Options = field(default_factory=Options)
    private: bool = False
    attachments: tuple[tuple[str, Path], ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedField:
    """A field of what was published; ``type`` as one asks for it."""

    name: str
    type: str
    label: str

    @classmethod
    def of(cls, field: Field) -> "PublishedField":
        """How a field of the dataset is told of."""
        kind = f"{field.type}[]" if field.multivalued else str(field.type)
        return cls(name=field.name, type=kind, label=field.label)


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What was published.

    Attributes:
        rows: records of the release.
        quarantined: rows of the file that are not among them.
        attachments: ids of the documents beside it.
        notes: what to know, a sentence each.
    """

    dataset: str
    place: str
    release: str
    rows: int
    quarantined: int
    fields: tuple[PublishedField, ...]
    attachments: tuple[str, ...]
    notes: tuple[str, ...]


def license_of(name: str) -> License:
    """The license that a name stands for; unstated if it is empty."""
    return License(name=name) if name else UNSTATED


def publish(
    lake: Lake,
    tables: Tables,
    submission: Submission,
    *,
    tell: Tell = quiet,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Published:
    """Publish a file as a dataset of its city: one table, one release, seen at once.

    An older release of the dataset is replaced as a whole and stays readable. Rows that cannot be
    published are kept with the release, each with its line and the reason.

    Args:
        lake: the lake that is written.
        tables: its Iceberg tables.
        submission: the file, and what its city says of it.
        tell: told what is being done.
        now: the clock.

    Raises:
        ParameterInvalid: no such time zone, or no such file.
        PlaceNotFound: no such place.
        PlaceInvalid: the place has no government.
        DatasetInvalid: the id is taken or none, the file is of no known format or has no good
            row, a type is asked for that cannot be, an attachment is too large, or it is to be
            private and is not. Nothing was published.
        PublishConflict: others kept publishing the same dataset. Nothing of this is visible.
    """
    dataset_id = read_dataset_id(submission.dataset_id)
    if not submission.path.is_file():
        raise ParameterInvalid(f"there is no file {submission.path}")
    place = find_publisher(lake, submission.place)
    if dataset_id in lake.catalog(NATIONAL).catalog.datasets:
        raise DatasetInvalid(
            f"{dataset_id} is the id of a national dataset; choose another for the city's own"
        )
    if submission.private:
        check_private(lake, place.geoid, dataset_id)
    zone = _read_zone(submission.zone or zone_of(place))
    attachments = None if submission.attachments is None else attach(submission.attachments)
    with tempfile.TemporaryDirectory(prefix="citylake-publish-") as folder:
        working = Path(folder)
        with Quarantine(working / "quarantine.jsonl") as quarantine:
            prepared = prepare(
                submission.path,
                working,
                quarantine,
                types=submission.types,
                missing=submission.missing,
                zone=zone,
                options=submission.options,
                tell=tell,
            )
        dataset = _describe(submission, place, prepared)
        receipt = Receipt(
            publisher=dataset.publisher,
            address=submission.path.name,
            vintage="",
            sha256=checksum_of(submission.path),
            retrieved_on=now().date().isoformat(),
            license=dataset.license.name,
            records=prepared.rows,
            note=prepared.format,
        )
        tell("publish")
        release = Writer(lake, tables, now=now).publish(
            dataset,
            Staged(
                parquet=prepared.staged,
                receipts=(receipt,),
                left_out=quarantine.left_out(),
                quarantine=quarantine.path if quarantine.count else None,
                attachments=attachments,
            ),
            begins=Visibility.PRIVATE if submission.private else Visibility.PUBLIC,
        )
    return Published(
        dataset=dataset.id,
        place=place.geoid,
        release=release.id,
        rows=release.records_count,
        quarantined=quarantine.count,
        fields=tuple(map(PublishedField.of, dataset.fields)),
        attachments=tuple(attachment.id for attachment in release.attachments),
        notes=tuple(note.text for note in prepared.notes),
    )


def check_private(lake: Lake, owner: str, dataset_id: str) -> None:
    """Check that a dataset that is to be private is so already, or is yet to come.

    Raises:
        DatasetInvalid: others may read it.
    """
    held = lake.catalog(owner).catalog.datasets.get(dataset_id)
    if held is not None and held.visibility is not Visibility.PRIVATE:
        raise DatasetInvalid(
            f"{dataset_id} is {held.visibility}; expected a private dataset, or a new one. "
            "Make it private first, and then publish to it."
        )


def _describe(submission: Submission, place: Place, prepared: Prepared) -> Dataset:
    stem = submission.path.name.partition(".")[0].replace("_", " ").replace("-", " ").strip()
    title = submission.title or stem.capitalize() or submission.dataset_id
    return Dataset(
        id=submission.dataset_id,
        title=title,
        description=submission.description or f"{title}, published by {place.title}.",
        theme=Theme.CITY,
        owner=place.geoid,
        publisher=place.title,
        license=submission.license,
        key=(),
        fields=prepared.fields,
        notes=tuple(note.text for note in prepared.notes if note.is_public),
    )


def _read_zone(name: str) -> str:
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ParameterInvalid(
            f"there is no time zone {name[:60]!r}; expected a name such as America/Chicago"
        ) from error


def checksum_of(path: Path) -> str:
    """The SHA-256 of a file, as receipts state it."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
