"""Documents that a publisher puts beside a dataset: what its codes mean, the terms of its use."""

import hashlib
import mimetypes
import re
import unicodedata
from collections.abc import Container, Sequence
from dataclasses import dataclass
from pathlib import Path

from citylake.errors import DatasetInvalid, ParameterInvalid

MOST = 20
"""Documents of one release."""

LARGEST = 25_000_000
"""Bytes of one document."""

_LONGEST_NAME = 100
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9._-]+")
_UNKNOWN = "application/octet-stream"

# Python's own table, without what this machine may have added; these it does not know.
_TYPES = mimetypes.MimeTypes()
_OFFICE = "application/vnd.openxmlformats-officedocument"
for _ending, _type in {
    ".docx": f"{_OFFICE}.wordprocessingml.document",
    ".geojson": "application/geo+json",
    ".md": "text/markdown",
    ".ods": "application/vnd.oasis.opendocument.spreadsheet",
    ".odt": "application/vnd.oasis.opendocument.text",
    ".pptx": f"{_OFFICE}.presentationml.presentation",
    ".xlsx": f"{_OFFICE}.spreadsheetml.sheet",
}.items():
    _TYPES.add_type(_type, _ending)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A document beside a release, as its manifest keeps it.

    Attributes:
        id: name within the release: ``data-dictionary-pdf``.
        title: what people read.
        filename: what a download is called: letters, digits, ``.``, ``_`` and ``-``.
        media_type: by the file's name; nobody looks inside.
        size: bytes.
        sha256: checksum of the bytes, by which the lake finds them.
    """

    id: str
    title: str
    filename: str
    media_type: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Attached:
    """A document that is to be published, and the file of this machine that holds it."""

    attachment: Attachment
    path: Path


def attachment_key(namespace: str, dataset_id: str, sha256: str) -> str:
    """Where the lake keeps a document: once, however many releases have it."""
    return f"releases/{namespace}/{dataset_id}/attachments/{sha256}"


def read_attachment(text: str) -> tuple[str, Path]:
    """Read how a person names a document: a file, or its title, ``=`` and a file.

    Without a title it is made of the file's name.
    """
    title, is_titled, file = text.partition("=")
    path = Path(text)
    if is_titled and not path.is_file():
        return title.strip(), Path(file.strip())
    return path.stem.replace("_", " ").replace("-", " ").strip().capitalize(), path


def attach(documents: Sequence[tuple[str, Path]]) -> tuple[Attached, ...]:
    """Make documents ready to be published.

    Args:
        documents: title and file of each.

    Raises:
        ParameterInvalid: a file is not there.
        DatasetInvalid: there are too many, or one is empty or too large.
    """
    if len(documents) > MOST:
        raise DatasetInvalid(f"{len(documents)} attachments; a release may have {MOST}")
    attached: dict[str, Attached] = {}
    for title, path in documents:
        if not path.is_file():
            raise ParameterInvalid(f"there is no file {path} to attach")
        size = path.stat().st_size
        if not 0 < size <= LARGEST:
            raise DatasetInvalid(
                f"attachment {path.name} has {size:,} bytes; expected 1 to {LARGEST:,}. "
                "What is larger is kept elsewhere, and its address told in the description"
            )
        filename = _plain(path.name)
        name = re.sub(r"[^a-z0-9]+", "-", filename.lower()).strip("-") or "attachment"
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        attachment = Attachment(
            id=_free(name, attached),
            title=title or filename,
            filename=filename,
            media_type=_TYPES.guess_type(filename)[0] or _UNKNOWN,
            size=size,
            sha256=sha256,
        )
        attached[attachment.id] = Attached(attachment, path)
    return tuple(attached.values())


def _plain(name: str) -> str:
    """A file's name without what a header, or another system, could misread."""
    decomposed = unicodedata.normalize("NFKD", name)
    letters = "".join(mark for mark in decomposed if not unicodedata.combining(mark))
    return _NOT_PLAIN.sub("-", letters)[-_LONGEST_NAME:].strip(".-") or "attachment"


def _free(name: str, taken: Container[str]) -> str:
    number = 1
    found = name
    while found in taken:
        number += 1
        found = f"{name}-{number}"
    return found
