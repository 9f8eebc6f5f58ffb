"""A file on its way to a client."""

from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass, replace

from lambdas.query.packing import packed

GZIP = "application/gzip"
"""Media type of a file that is compressed itself."""


@dataclass(frozen=True, slots=True)
class Export:
    """A file on its way out.

    Attributes:
        filename: what the client may call it.
        content_type: its media type, with the character set.
        chunks: its bytes; reading them reads the lake. Closing them gives up the rest.
        encoding: how they are packed for the way (``gzip``); empty for not at all.
        is_dense: whether its bytes are compressed by nature, so that packing gains nothing.
        is_elsewhere: whether this function lacks what making it takes, and another has it.
    """

    filename: str
    content_type: str
    chunks: Generator[bytes, None, None]
    encoding: str = ""
    is_dense: bool = False
    is_elsewhere: bool = False

    @property
    def headers(self) -> dict[str, str]:
        """What HTTP says of the file."""
        headers = {
            "Content-Type": self.content_type,
            "Content-Disposition": f'attachment; filename="{self.filename}"',
        }
        return {**headers, "Content-Encoding": self.encoding} if self.encoding else headers

    def begun(self) -> "Export":
        """The same file, of which the first bytes were read.

        So an engine that refuses does so before the answer has a status.
        """
        first = next(self.chunks, b"")

        def resumed() -> Generator[bytes, None, None]:
            with closing(self.chunks):
                yield first
                yield from self.chunks

        return replace(self, chunks=resumed())

    def gzipped(self) -> "Export":
        """The same file, packed for the way; as it is where that gains nothing."""
        if self.is_dense:
            return self
        return replace(self, chunks=packed(self.chunks), encoding="gzip")

    def compressed(self) -> "Export":
        """The file as a compressed file of its own."""
        return replace(
            self,
            filename=f"{self.filename}.gz",
            content_type=GZIP,
            chunks=packed(self.chunks),
            is_dense=True,
        )
